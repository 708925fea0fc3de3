// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How long the tests take, as a whole.

use std::time::Instant;

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::Place,
    report::Report,
};

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let timed = |program: &str, args: &[&str]| -> Result<f64> {
        let mut command = command(program, args);
        command.current_dir(&place.tools.repository);
        let start = Instant::now();
        output(command)?;
        Ok(start.elapsed().as_secs_f64())
    };
    timed("cargo", &["test", "--locked", "--no-run"])?;
    let anyone = timed("cargo", &["test", "--locked"])?;
    report.add(Figure::new("cargo test, once it is built", Unit::Seconds, anyone))?;
    let all = timed("make", &["test"])?;
    report.add(Figure::new("make test", Unit::Seconds, all))
}
