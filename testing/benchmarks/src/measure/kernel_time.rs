// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How much of a load is the kernel's own work, bpf(2), and what the other system calls take:
//! by strace(1), whose tracing is not in the time of the whole.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::{PROGRAM, Place},
    report::Report,
    timing::{median, milliseconds, single, timed},
};

/// Traced runs.
const TRACED: usize = 15;
/// Other system calls that have a figure of their own, by time; the rest has one together.
const LISTED: usize = 12;

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let mut load = place.loading(&place.standard_package());
    let whole = single(place.runs, || {
        place.free(PROGRAM);
        Ok(milliseconds(timed(&mut load)?))
    })?;
    let bpf = |options: &[&str]| -> Result<f64> {
        let times = traced(place, &[options, &["-e", "trace=bpf"]].concat())?;
        Ok(times.get("bpf").copied().unwrap_or(0.0))
    };
    let waited = bpf(&["-w"])?;
    report.add(
        Figure::new("load as a whole", Unit::Milliseconds, whole)
            .beside("bpf(2) in it, waiting included", waited),
    )?;
    report.add(Figure::new("bpf(2) in load, CPU time", Unit::Milliseconds, bpf(&[])?))?;
    let mut others: Vec<(String, f64)> =
        traced(place, &["-w"])?.into_iter().filter(|(call, _)| call != "bpf").collect();
    others.sort_by(|a, b| f64::total_cmp(&b.1, &a.1));
    let rest = others.split_off(LISTED.min(others.len()));
    for (call, time) in others {
        report.add(Figure::new(format!("{call}(2) in load"), Unit::Milliseconds, time))?;
    }
    let rest = rest.iter().map(|(_, time)| time).sum();
    report.add(Figure::new("all other system calls in load", Unit::Milliseconds, rest))
}

/// Milliseconds in each system call, the median of some runs; a call that a run did not make
/// took it none.
fn traced(place: &Place, options: &[&str]) -> Result<BTreeMap<String, f64>> {
    let log = place.path("strace");
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..TRACED {
        place.free(PROGRAM);
        let load = place.loading(&place.standard_package());
        let mut strace = command("strace", ["-f", "-c", "-o"]);
        strace.arg(&log).args(options).arg("--").arg(load.get_program()).args(load.get_args());
        output(strace)?;
        for (call, time) in summary(&log)? {
            found.entry(call).or_default().push(time);
        }
    }
    for times in found.values_mut() {
        times.resize(TRACED, 0.0);
    }
    Ok(found.into_iter().map(|(call, times)| (call, median(times))).collect())
}

/// The lines of a summary: share, seconds, microseconds a call, calls, errors if any, name.
fn summary(log: &Path) -> Result<Vec<(String, f64)>> {
    let text = fs::read_to_string(log)?;
    let line = |line: &str| -> Option<(String, f64)> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, seconds) = (*words.last()?, words.get(1)?.parse::<f64>().ok()?);
        (name != "total").then(|| (name.to_owned(), seconds * 1000.0))
    };
    Ok(text.lines().filter_map(line).collect())
}
