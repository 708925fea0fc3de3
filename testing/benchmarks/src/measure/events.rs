// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Events through the holder: from a ring buffer (every 10 ms, or when a quarter of 1 MiB is
//! filled) and from a perf buffer (every 10 ms, or 500 events of a CPU).

use std::{process::Command, time::Duration};

use bpfsign_readers::read;

use crate::{
    Result,
    figure::{Figure, Unit},
    place::Place,
    report::Report,
};

/// How long events are made.
const TIME: Duration = Duration::from_secs(5);
/// Events that the workload asks for in every millisecond.
const PACE: &str = "110";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let source = place.test_program_dir("event-rate");
    for (buffer, target) in [("ring buffer", "generic"), ("perf buffer", "kylin-v10-4.19")] {
        let package = place.package(&source, "events", &["--target", target])?;
        place.load(&package, &[])?;
        for readers in [1, 8] {
            through(place, report, buffer, readers)?;
        }
        place.unload("event-rate");
    }
    Ok(())
}

fn through(place: &Place, report: &mut Report, buffer: &str, readers: usize) -> Result<()> {
    let mut workload = Command::new(&place.tools.workload);
    workload.args(["pace", PACE]);
    let found = read(&place.for_library(), readers, TIME, &mut workload)
        .map_err(|failure| failure.to_string())?;
    // The last of several stands still, and loses.
    let reading = if readers > 1 { readers - 1 } else { 1 };
    let least = found.readers.iter().take(reading).map(|r| r.read).min().unwrap_or(0);
    let lost: u64 = found.readers.iter().take(reading).map(|r| r.lost).sum();
    let to = if readers == 1 { "1 reader".to_owned() } else { format!("{readers} readers") };
    let mut add = |what: &str, unit: Unit, value: f64| {
        report.add(Figure::new(format!("{buffer}, {to}: {what}"), unit, value))
    };
    add("events", Unit::PerSecond, found.per_second)?;
    add("holder, of a CPU", Unit::Percent, found.holder_cpu)?;
    add("sent", Unit::Count, found.sent as f64)?;
    add("no room in the buffer", Unit::Count, found.no_room as f64)?;
    add("read by the slowest", Unit::Count, least as f64)?;
    add("lost by those that read", Unit::Count, lost as f64)?;
    if let Some(still) = found.readers.get(reading) {
        add("read, stood still", Unit::Count, still.read as f64)?;
        add("lost, stood still", Unit::Count, still.lost as f64)?;
    }
    Ok(())
}
