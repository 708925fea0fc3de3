// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `load` beside `bpftool prog loadall`, which verifies nothing and attaches nothing.

use crate::{
    Result,
    figure::{Figure, Unit},
    place::{PROGRAM, Place},
    report::Report,
    timing::{pair, peak_memory, timed},
};

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let package = place.standard_package();
    let object = place.unpacked(&package, "load")?.join("objects/generic.bpf.o");
    let (mut ours, mut bpftool) = (place.loading(&package), place.loading_by_bpftool(&object));
    let (our_time, their_time) = pair(
        place.runs,
        || {
            place.free(PROGRAM);
            timed(&mut ours)
        },
        || {
            place.free(PROGRAM);
            timed(&mut bpftool)
        },
    )?;
    report.add(
        Figure::new("load", Unit::Milliseconds, our_time)
            .beside("bpftool prog loadall", their_time),
    )?;
    place.free(PROGRAM);
    let our_peak = peak_memory(&ours)?;
    place.free(PROGRAM);
    let their_peak = peak_memory(&bpftool)?;
    place.free(PROGRAM);
    report.add(
        Figure::new("peak memory of load", Unit::Kilobytes, our_peak)
            .beside("bpftool prog loadall", their_peak),
    )
}
