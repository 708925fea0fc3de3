// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading for some seconds, and what came of it.

use std::{
    error::Error,
    ops::ControlFlow,
    process::{Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bpfsign_loader::{EventStream, MapReader, StreamEvent};
use bpfsign_verify::Host;

use crate::holder::{cpu_time, holder};

/// The package whose events are read.
const PACKAGE: &str = "event-rate";
/// How often a reader is told that nothing happens before it takes the stream for empty.
const DRAIN: u32 = 100;

/// What one reader got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Events.
    pub read: u64,
    /// Events that it was told it lost.
    pub lost: u64,
}

/// What became of the events.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Events that the program in the kernel sent.
    pub sent: u64,
    /// Events that the kernel's buffer had no room for.
    pub no_room: u64,
    /// Each reader; the last of several is the one that stood still.
    pub readers: Vec<Counts>,
    /// Events a second.
    pub per_second: f64,
    /// What the holder took of one CPU, in per cent.
    pub holder_cpu: f64,
}

/// Runs `program`, which makes events, for a time, while so many readers read them. Of
/// several, the last stands still until the end.
///
/// # Errors
/// When the package is not loaded, the program does not start or a reader fails.
pub fn read(
    host: &Host,
    readers: usize,
    time: Duration,
    program: &mut Command,
) -> Result<Stream, Box<dyn Error>> {
    let holder = holder(&host.run_dir, PACKAGE)?;
    let (start, stop) = (Barrier::new(readers + 1), AtomicBool::new(false));
    let before = counters(host)?;
    let (found, per_second, holder_cpu) = thread::scope(|scope| -> Result<_, Box<dyn Error>> {
        let each: Vec<_> = (0..readers)
            .map(|n| {
                let stands_still = n + 1 == readers && readers > 1;
                let (start, stop) = (&start, &stop);
                scope.spawn(move || one(host, start, stop, stands_still))
            })
            .collect();
        start.wait();
        let (began, cpu) = (Instant::now(), cpu_time(holder));
        let made = make_events(program, time);
        let seconds = began.elapsed().as_secs_f64();
        let cpu = (cpu_time(holder) - cpu) / seconds * 100.0;
        let sent = counters(host).map(|now| now.0 - before.0);
        // Readers end whatever happened, or this would wait for them.
        stop.store(true, Ordering::Relaxed);
        let found: Result<Vec<_>, String> =
            each.into_iter().map(|t| t.join().map_err(|_| "a reader died")?).collect();
        made?;
        Ok((found?, sent? as f64 / seconds, cpu))
    })?;
    let after = counters(host)?;
    Ok(Stream {
        sent: after.0 - before.0,
        no_room: after.1 - before.1,
        readers: found,
        per_second,
        holder_cpu,
    })
}

fn make_events(program: &mut Command, time: Duration) -> std::io::Result<()> {
    let mut child = program.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    thread::sleep(time);
    child.kill()?;
    child.wait().map(drop)
}

fn one(
    host: &Host,
    start: &Barrier,
    stop: &AtomicBool,
    stands_still: bool,
) -> Result<Counts, String> {
    let stream = EventStream::open(host, PACKAGE).map_err(|e| e.to_string());
    start.wait();
    while stands_still && !stop.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
    let (mut read, mut lost, mut idle) = (0, 0, 0);
    let done = stream?.for_each(|_, event| {
        match event {
            StreamEvent::Happened(_) => (read, idle) = (read + 1, 0),
            StreamEvent::Lost(count) => (lost, idle) = (lost + count, 0),
            StreamEvent::Idle => idle += u32::from(stop.load(Ordering::Relaxed)),
        }
        Ok(if idle > DRAIN { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    done.map(|()| Counts { read, lost }).map_err(|e| e.to_string())
}

/// Events that were sent, and that there was no room for.
fn counters(host: &Host) -> bpfsign_verify::Result<(u64, u64)> {
    let mut found = Vec::new();
    MapReader::open(host, PACKAGE, "drops")?.for_each(|_, values| {
        found.push(values[0].0["value"].as_u64().unwrap_or(0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found[0], found[1]))
}
