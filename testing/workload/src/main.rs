// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Makes one condition happen by a known amount, and tells what an independent
//! source says of it: `workload NAME [ARGUMENTS]`. Each line that it prints is JSON;
//! after each it waits for a line on its input, so that whoever watches can read in
//! between.
#![deny(unsafe_code)]

mod memory;
mod scheduling;
mod sockets;
mod tcp;

use std::io::{BufRead, Write};

use serde_json::Value;

/// What a workload may say when it cannot go on.
type Outcome = std::io::Result<()>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["sleep", times, ms] => scheduling::sleep(number(times), number(ms)),
        ["calls", times] => scheduling::calls(number(times)),
        ["pace", calls] => scheduling::pace(number(calls)),
        ["ping-pong", times] => scheduling::ping_pong(number(times)),
        ["burn"] => scheduling::burn(),
        ["descriptors", open, close] => memory::descriptors(number(open), number(close)),
        ["major-faults", file, pages] => memory::major_faults(file, number(pages)),
        ["read", file] => memory::read(file),
        ["allocate", megabytes] => memory::allocate(number(megabytes)),
        ["udp-queue", packets] => sockets::udp_queue(number(packets)),
        ["qdisc", packets] => sockets::qdisc(number(packets)),
        ["sockets", connections, close] => sockets::sockets(number(connections), number(close)),
        ["tcp-lost", packets] => tcp::lost(number(packets)),
        ["tcp-loss", percent, bytes] => tcp::loss(percent, number(bytes)),
        ["tcp-window", segments] => tcp::closed_window(number(segments)),
        ["tcp-memory", packets] => tcp::no_memory(number(packets)),
        ["in-network-of", pid, program, ref more @ ..] => {
            sockets::in_network_of(number(pid), program, more)
        }
        _ => Err(std::io::Error::other(format!("no workload {words:?}"))),
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or(0)
}

/// Tells, and waits to be told to go on.
fn step(said: &Value) -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{said}")?;
    out.flush()?;
    std::io::stdin().lock().read_line(&mut String::new()).map(drop)
}
