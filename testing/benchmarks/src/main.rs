// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `make bench`: figures, not assertions, each beside those of a tool that answers the same
//! question, measured in the same run.
#![forbid(unsafe_code)]

mod args;
mod command;
mod figure;
mod measure;
mod place;
mod report;
mod timing;
mod tools;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use args::Args;
use measure::MEASUREMENTS;
use place::Place;
use report::Report;
use tools::Tools;

/// Why something could not be measured.
type Failure = Box<dyn Error + Send + Sync>;
/// What a measurement gives.
type Result<T> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} measurements failed");
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("bpfsign-benchmarks: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// How many measurements failed.
fn run(args: &Args) -> Result<usize> {
    if args.list {
        MEASUREMENTS.iter().for_each(|m| println!("{:<16} {}", m.name, m.about));
        return Ok(0);
    }
    if let Some(name) = args.only.iter().find(|o| MEASUREMENTS.iter().all(|m| m.name != **o)) {
        return Err(format!("there is no measurement `{name}`; --list names them").into());
    }
    let mut report = Report::new(args.compare.as_deref(), args.json.as_deref())?;
    let place = Place::new(Tools::new(args), args.runs)?;
    report.begin(args.runs)?;
    let mut failed = 0;
    for measurement in MEASUREMENTS.iter().filter(|m| args.asks_for(m.name, m.slow)) {
        report.measurement(measurement.name);
        if let Err(failure) = (measurement.run)(&place, &mut report) {
            eprintln!("{}: {failure}", measurement.name);
            failed += 1;
        }
        place.clear();
    }
    Ok(failed)
}
