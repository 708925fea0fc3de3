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
    let seconds = single(RUNS, || {
        File::options().write(true).open(&source)?.set_modified(SystemTime::now())?;
        let start = Instant::now();
        build()?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    report.add(Figure::new("cargo build after a change of the loader", Unit::Seconds, seconds))
}
