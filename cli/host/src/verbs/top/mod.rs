// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign top`.

mod frame;
mod sample;

use std::{
    io::{IsTerminal, Write},
    thread,
    time::{Duration, Instant},
};

use bpfsign_loader::schema;
use bpfsign_verify::Host;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};
use frame::Frame;
use sample::Sample;

/// Show a package's numbers live: rates, the highest first, and histograms as bars.
///
/// Everything is what happened in the last interval. On a terminal it is drawn anew
/// each time until Ctrl-C; elsewhere one frame is printed after another.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign top sched-latency --interval 2")]
pub struct Top {
    #[command(flatten)]
    host: HostArgs,
    /// Seconds from one look to the next.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    interval: f64,
    /// End after this many frames.
    #[arg(long, value_name = "N")]
    frames: Option<u32>,
    /// Rows of each map.
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: usize,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.05..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds from 0.05 to 3600".to_owned()),
    }
}

impl Run for Top {
    fn run(self, as_json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let mut out = std::io::stdout().lock();
        let is_terminal = out.is_terminal() && !as_json;
        let mut before = Sample::take(&host, &self.name, schema(&host, &self.name)?)?;
        let mut shown = 0;
        while self.frames.is_none_or(|frames| shown < frames) {
            let started = Instant::now();
            thread::sleep(Duration::from_secs_f64(self.interval));
            // Read anew, since an upgrade may change the layout.
            let now = Sample::take(&host, &self.name, schema(&host, &self.name)?)?;
            let frame = Frame::between(&before, &now, started.elapsed(), self.rows);
            let text = match (as_json, is_terminal) {
                (true, _) => format!("{}\n", frame.json()),
                // To the top left, and clear what is below.
                (_, true) => format!("\x1b[H\x1b[J{}", frame.text()),
                (_, false) => frame.text(),
            };
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            if let Err(error) = written {
                return Failure::output(&error).map_or_else(|| Ok(Report::nothing()), Err);
            }
            (before, shown) = (now, shown + 1);
        }
        Ok(Report::nothing())
    }
}
