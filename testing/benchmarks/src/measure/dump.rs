// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A map of a million entries as JSON, beside bpftool.

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::{Place, text},
    report::Report,
    timing::{pair, peak_memory, timed},
};

/// Each takes seconds.
const RUNS: usize = 5;
/// What so large a map may take.
const ROOM: &str = "max-map-bytes = 268435456\nmax-memory = 536870912";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    place.write_policy(ROOM)?;
    let measured = with_room(place, report);
    place.write_policy("")?;
    measured
}

fn with_room(place: &Place, report: &mut Report) -> Result<()> {
    let package = place.package(&place.test_program_dir("million"), "million", &[])?;
    place.load(&package, &[])?;
    output(command(&place.tools.workload, ["calls", "1000000"]))?;
    let mut ours = place.on_host(&["maps", "--json", "million", "million"]);
    let pin = text(&place.path("bpf/bpfsign/million/current/maps/million"));
    let mut bpftool = command("bpftool", ["-j", "map", "dump", "pinned", &pin]);
    let runs = RUNS.min(place.runs);
    let (our_time, their_time) = pair(runs, || timed(&mut ours), || timed(&mut bpftool))?;
    report.add(
        Figure::new("maps --json of a million entries", Unit::Milliseconds, our_time)
            .beside("bpftool -j map dump", their_time),
    )?;
    let (our_peak, their_peak) = (peak_memory(&ours)?, peak_memory(&bpftool)?);
    report.add(
        Figure::new("peak memory of maps --json", Unit::Kilobytes, our_peak)
            .beside("bpftool -j map dump", their_peak),
    )
}
