// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign events`.

use std::{
    io::{BufWriter, Write},
    ops::ControlFlow,
    time::{Duration, Instant},
};

use bpfsign_loader::{EventStream, StreamEvent};
use bpfsign_verify::{Error, Host};

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Print a package's events as they happen, a line each.
///
/// They come from the package's holder, from now on; any number may watch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign events tcp-retransmit --count 10")]
pub struct Events {
    #[command(flatten)]
    host: HostArgs,
    /// End after this many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
}

impl Run for Events {
    fn run(self, as_json: bool) -> Result<Report, Failure> {
        let stream = EventStream::open(&Host::from(self.host), &self.name)?;
        let end = self.seconds.map(|s| Instant::now() + Duration::from_secs(s));
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut out = BufWriter::new(std::io::stdout().lock());
        let written = stream.for_each(|stream, event| {
            match event {
                StreamEvent::Happened(bytes) => {
                    let fields = stream.decode(bytes).0;
                    let line = match as_json {
                        true => serde_json::Value::Object(fields).to_string(),
                        false => {
                            let all = fields.iter().map(|(name, value)| format!("{name}={value}"));
                            all.collect::<Vec<_>>().join(" ")
                        }
                    };
                    writeln!(out, "{line}").map_err(output)?;
                    left = left.saturating_sub(1);
                }
                StreamEvent::Lost(n) => eprintln!("bpfsign: {n} events were lost"),
                // Whoever watches sees what there is.
                StreamEvent::Idle => out.flush().map_err(output)?,
            }
            let over = left == 0 || end.is_some_and(|end| Instant::now() >= end);
            Ok(if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        Report::streamed(written, &mut out)
    }
}

fn output(error: std::io::Error) -> Error {
    Error::new("standard output", error)
}
