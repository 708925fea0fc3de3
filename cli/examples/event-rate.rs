// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads the events that a program makes for some seconds, as so many readers of one
//! stream, the last of which stands still: how many a second, how many are lost, and what
//! that takes of a CPU for the holder. JSON on standard output.
//! `event-rate RUN-DIR PIN-ROOT READERS SECONDS PROGRAM...`

use std::{
    error::Error,
    fs,
    ops::ControlFlow,
    path::Path,
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

/// How long after the last event a reader may still get some.
const DRAIN: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, pins, readers, seconds, program @ ..] = &arguments[..] else {
        return Err("event-rate RUN-DIR PIN-ROOT READERS SECONDS PROGRAM...".into());
    };
    let host = Host {
        policy: Host::POLICY.into(),
        state_dir: Host::STATE_DIR.into(),
        pin_root: pins.into(),
        run_dir: run.into(),
        holder: None,
    };
    let (readers, seconds): (usize, u64) = (readers.parse()?, seconds.parse()?);
    let holder = holder(&host.run_dir)?;
    let (start, stop) = (Barrier::new(readers + 1), AtomicBool::new(false));
    let before = counters(&host)?;
    let (found, rate, cpu) = thread::scope(|scope| -> Result<_, Box<dyn Error>> {
        let each: Vec<_> = (0..readers)
            .map(|n| {
                let stands_still = n + 1 == readers && readers > 1;
                let (host, start, stop) = (&host, &start, &stop);
                scope.spawn(move || read(host, start, stop, stands_still))
            })
            .collect();
        start.wait();
        let (began, cpu) = (Instant::now(), cpu_time(holder));
        let mut child = Command::new(&program[0])
            .args(&program[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        thread::sleep(Duration::from_secs(seconds));
        child.kill()?;
        child.wait()?;
        let time = began.elapsed().as_secs_f64();
        let cpu = (cpu_time(holder) - cpu) / time * 100.0;
        let rate = (counters(&host)?.0 - before.0) as f64 / time;
        stop.store(true, Ordering::Relaxed);
        let found: Result<Vec<_>, String> =
            each.into_iter().map(|t| t.join().map_err(|_| "a reader died")?).collect();
        Ok((found?, rate, cpu))
    })?;
    let after = counters(&host)?;
    let readers: Vec<_> = found
        .iter()
        .map(|(read, lost)| serde_json::json!({ "read": read, "lost": lost }))
        .collect();
    println!(
        "{}",
        serde_json::json!({
            "sent": after.0 - before.0,
            "no_room": after.1 - before.1,
            "readers": readers,
            "per_second": rate.round(),
            "holder_cpu_percent": (cpu * 10.0).round() / 10.0,
        })
    );
    Ok(())
}

/// Events that a reader got, and that it was told it lost.
fn read(
    host: &Host,
    start: &Barrier,
    stop: &AtomicBool,
    stands_still: bool,
) -> Result<(u64, u64), String> {
    let stream = EventStream::open(host, "event-rate").map_err(|e| e.to_string());
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
    done.map(|()| (read, lost)).map_err(|e| e.to_string())
}

/// Events that were sent, and that there was no room for.
fn counters(host: &Host) -> bpfsign_verify::Result<(u64, u64)> {
    let mut found = Vec::new();
    MapReader::open(host, "event-rate", "drops")?.for_each(|_, values| {
        found.push(values[0].0["value"].as_u64().unwrap_or(0));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((found[0], found[1]))
}

fn holder(run: &Path) -> Result<u64, Box<dyn Error>> {
    let who = fs::read(run.join("event-rate/holder.json"))?;
    let who: serde_json::Value = serde_json::from_slice(&who)?;
    Ok(who["pid"].as_u64().ok_or("no process")?)
}

/// Seconds that a process ran (proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms).
fn cpu_time(pid: u64) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(") ").map(|(_, rest)| rest.split(' ').skip(11).take(2));
    fields.into_iter().flatten().filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}
