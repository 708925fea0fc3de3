// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures size, time, memory and cost, each beside a rival. Needs root.
#[derive(Debug, Parser)]
pub struct Args {
    /// Run only this measurement (may be given again).
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Run also what takes more than some minutes.
    #[arg(long)]
    pub slow: bool,
    /// List the measurements.
    #[arg(long)]
    pub list: bool,
    /// Write all figures to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print beside each figure the one that such a file holds.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// How often each of two commands runs; the figure is the median.
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub runs: usize,
    /// The author's bpfsign.
    #[arg(long, default_value = "target/release/bpfsign", value_name = "FILE")]
    pub author: PathBuf,
    /// The host's bpfsign.
    #[arg(long, default_value = "target/release/guest/bpfsign", value_name = "FILE")]
    pub loader: PathBuf,
    /// The program that makes conditions happen.
    #[arg(long, default_value = "target/release/guest/bpfsign-workload", value_name = "FILE")]
    pub workload: PathBuf,
    /// A registry, docker's.
    #[arg(long, value_name = "FILE")]
    pub registry: Option<PathBuf>,
}

impl Args {
    /// Whether a measurement is to run.
    pub fn asks_for(&self, measurement: &str, is_slow: bool) -> bool {
        match self.only.as_slice() {
            [] => self.slow || !is_slow,
            only => only.iter().any(|name| name == measurement),
        }
    }
}
