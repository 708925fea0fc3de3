// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What each program costs for each event, beside a tool of Debian's that answers the same
//! question: both are attached at once and see the same events.

mod cases;
mod kernel;
mod workloads;

use std::{fs, thread, time::Duration};

use crate::{
    Result,
    command::{Background, command},
    figure::{Figure, Unit},
    place::{Place, text},
    report::Report,
};
use cases::{CASES, Case};
use kernel::{Statistics, counted, programs};
use workloads::Workloads;

/// How long a rival may take to attach.
const ATTACHES: Duration = Duration::from_secs(3);

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let workloads = Workloads::new(place)?;
    let mut failures = Vec::new();
    for case in &CASES {
        // The others can be measured all the same.
        if let Err(failure) = one(place, &workloads, case, report) {
            failures.push(format!("{}: {failure}", case.package));
        }
        place.unload(case.package);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn one(place: &Place, workloads: &Workloads, case: &Case, report: &mut Report) -> Result<()> {
    let package = place.package(&place.program_dir(case.package), case.package, &[])?;
    let go = text(&workloads.go);
    let before = programs();
    let rival = match case.rival {
        [] => None,
        [program, arguments @ ..] => {
            let arguments = arguments.iter().map(|a| a.replace("GO-PROGRAM", &go));
            let rival = Background::start(command(program, arguments))?;
            thread::sleep(ATTACHES);
            Some(rival)
        }
    };
    let theirs: Vec<u32> = programs().difference(&before).copied().collect();
    let before = programs();
    let binary: &[&str] = if case.package == "go-malloc" { &["--binary", &go] } else { &[] };
    place.load(&package, binary)?;
    let ours: Vec<u32> = programs().difference(&before).copied().collect();
    {
        let _counting = Statistics::on()?;
        (case.workload)(workloads)?;
    }
    let (ours, theirs) = (counted(&ours), counted(&theirs));
    drop(rival);
    let figure = |what: &str, unit, value: f64, other: f64| {
        let figure = Figure::new(format!("{}: {what}", case.package), unit, value);
        match case.rival.first() {
            Some(name) => figure.beside(*name, other),
            None => figure,
        }
    };
    report.add(figure("an event", Unit::Nanoseconds, ours.each(), theirs.each()))?;
    report.add(figure("events", Unit::Count, ours.runs as f64, theirs.runs as f64))
}

/// The control of what the kernel counts of programs.
const STATISTICS: &str = "/proc/sys/kernel/bpf_stats_enabled";

fn set_statistics(value: &str) -> Result<()> {
    fs::write(STATISTICS, value).map_err(|e| format!("{STATISTICS}: {e}").into())
}
