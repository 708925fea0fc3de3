// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads the events that a program makes for some seconds: how many a second, how many
//! are lost, and what that takes of a CPU.
//! `event-rate POLICY STATE-DIR PIN-ROOT RUN-DIR SECONDS PROGRAM...`

use std::{
    fs,
    ops::ControlFlow,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bpfsign_loader::{Error, EventReader, Host, MapReader, ReadEvent, Reason, Result};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [policy, state, pins, run, seconds, program @ ..] = &arguments[..] else {
        eprintln!("event-rate POLICY STATE-DIR PIN-ROOT RUN-DIR SECONDS PROGRAM...");
        std::process::exit(2);
    };
    let host = Host {
        policy: policy.into(),
        state_dir: state.into(),
        pin_root: pins.into(),
        run_dir: run.into(),
        holder: None,
    };
    let reader = EventReader::open(&host, "event-rate")?;
    let before = counters(&host)?;
    let mut child = Command::new(&program[0])
        .args(&program[1..])
        .stdin(Stdio::null())
        .spawn()
        .map_err(|e| Error::new(&program[0], Reason::Io(e)))?;
    let (mut read, mut rounds) = (0_u64, 0_u64);
    let (start, cpu) = (Instant::now(), cpu_time());
    let end = start + Duration::from_secs(seconds.parse().unwrap_or(3));
    let mut ended = None;
    reader.for_each(|event| {
        match event {
            ReadEvent::Happened(_) => read += 1,
            ReadEvent::Lost(_) => {}
            ReadEvent::Idle => rounds += 1,
        }
        if ended.is_none() && Instant::now() >= end {
            ended = Some((start.elapsed().as_secs_f64(), cpu_time() - cpu, rounds));
            let _ = child.kill().and_then(|()| child.wait());
        }
        // What is still in the buffer belongs to it.
        let drained = ended.is_some_and(|(.., at)| rounds > at + 5);
        Ok(if drained { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let after = counters(&host)?;
    let (time, cpu, rounds) = ended.unwrap_or_default();
    println!(
        "{:.0} events/s sent, {} not read, {:.1} % of a core for the reader, {:.0} rounds/s",
        (after.0 - before.0) as f64 / time,
        after.0 - before.0 + after.1 - before.1 - read,
        cpu / time * 100.0,
        rounds as f64 / time
    );
    Ok(())
}

/// Events that were sent, and that there was no room for.
fn counters(host: &Host) -> Result<(u64, u64)> {
    let mut found = Vec::new();
    MapReader::open(host, "event-rate", "drops")?.for_each(|_, values| {
        found.push(values[0].0["value"].as_u64().unwrap_or(0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found[0], found[1]))
}

/// Seconds that this thread ran (field 1 of proc_pid_schedstat, in ns).
fn cpu_time() -> f64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
