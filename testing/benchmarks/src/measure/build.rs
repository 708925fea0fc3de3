// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a contributor waits for after a change.

use std::{
    fs::File,
    time::{Instant, SystemTime},
};

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::Place,
    report::Report,
    timing::single,
};

const RUNS: usize = 3;

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let source = place.tools.repository.join("loader/src/lib.rs");
    let build = || {
        let mut cargo = command("cargo", ["build", "--quiet", "--locked", "-p", "bpfsign"]);
        cargo.current_dir(&place.tools.repository);
        output(cargo)
    };
    // What is there may be old or missing.
    build()?;
    let file = File::options().write(true).open(&source)?;
    let before = file.metadata()?.modified()?;
    let seconds = single(RUNS, || {
        file.set_modified(SystemTime::now())?;
        let start = Instant::now();
        build()?;
        Ok(start.elapsed().as_secs_f64())
    });
    // Other builds need not be made again: nothing was changed.
    file.set_modified(before)?;
    report.add(Figure::new("cargo build after a change of the loader", Unit::Seconds, seconds?))
}
