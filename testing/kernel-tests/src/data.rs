// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Choosing, loading, and what the maps then hold.

use std::{
    fs,
    process::{Child, Command},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use bpfsign_guest::bpfsign;

use crate::context::{CALLS, Context, Outcome, call_getppid, calls, load, programs, require};

/// The variant with BTF-based hooks where the kernel has BTF, and the package's
/// BTF where it has some for exactly this kernel.
pub(crate) fn variant(context: &Context) -> Outcome {
    for name in ["matrix", "sched-latency"] {
        let record = load(name)?;
        let variant = match context.has_btf {
            true => "objects/generic.bpf.o",
            false => "objects/kylin-v10-4.19.bpf.o",
        };
        let btf = match context.has_btf_in_package() {
            true => "package",
            false => "kernel",
        };
        require(record["object"] == variant, format!("object {}", record["object"]))?;
        require(record["btf"] == btf, format!("BTF from {}", record["btf"]))?;
        require(record["kernel"] == context.release(), format!("kernel {}", record["kernel"]))?;
        require(record["metrics"] == context.has_btf, format!("metrics {}", record["metrics"]))?;
    }
    Ok(())
}

fn hooks(context: &Context) -> usize {
    if context.has_btf { 5 } else { 4 }
}

/// What the hooks counted since `before`, and whether it is in range.
fn counted(context: &Context, before: &[u64], good: impl Fn(u64) -> bool) -> Outcome {
    let after = calls()?;
    let counts: Vec<u64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
    let used = &counts[..hooks(context).min(counts.len())];
    let all = used.len() == hooks(context) && used.iter().all(|&n| good(n));
    require(all, format!("counted by hook: {counts:?}"))
}

pub(crate) fn exact_counts(context: &Context) -> Outcome {
    load("matrix")?;
    let before = calls()?;
    call_getppid();
    counted(context, &before, |n| n == CALLS)
}

/// Calls getppid(2) from a thread while a new release is loaded: while both are
/// attached a call may count twice, but none is missed, and the counts of the
/// release before are kept.
pub(crate) fn upgrade(context: &Context) -> Outcome {
    load("matrix")?;
    call_getppid();
    let before = calls()?;
    let (stop, called) = (AtomicBool::new(false), AtomicU64::new(0));
    let loaded = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = std::os::unix::process::parent_id();
                called.fetch_add(1, Ordering::Relaxed);
            }
        });
        thread::sleep(Duration::from_millis(100));
        let loaded = load("matrix-2");
        thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
        loaded
    })?;
    require(loaded["maps"][0]["kept"] == true, "the data of the map was not kept")?;
    require(before.iter().take(hooks(context)).all(|&n| n >= CALLS), format!("{before:?}"))?;
    let called = called.load(Ordering::Relaxed);
    counted(context, &before, |n| n >= called)
        .map_err(|e| format!("called {called} times; {e}"))?;
    let before = calls()?;
    call_getppid();
    counted(context, &before, |n| n == CALLS)
}

/// Three processes on one CPU: the map's sum agrees with the scheduler's own
/// (proc_pid_schedstat, field 2) within ten per cent.
pub(crate) fn latency(_: &Context) -> Outcome {
    load("sched-latency")?;
    let mut busy: Vec<Child> = Vec::new();
    for _ in 0..3 {
        let child = Command::new("/init").arg("busy").spawn().map_err(|e| e.to_string())?;
        busy.push(child);
    }
    let delay = |pid: u32| -> u64 {
        let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
        text.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    thread::sleep(Duration::from_secs(1));
    let pid = busy[0].id();
    let measured = |pid: u32| -> Result<u64, String> {
        let json = bpfsign(&["maps", "--json", "sched-latency", "latency"])?.json();
        let entries = json["entries"].as_array().cloned().unwrap_or_default();
        let entry = entries.iter().find(|e| e["key"]["pid"] == pid);
        Ok(entry.and_then(|e| e["value"]["sum_ns"].as_u64()).unwrap_or(0))
    };
    // Stopped, so that both numbers are of the same moment.
    stop(pid)?;
    let result = measured(pid).map(|ours| (ours, delay(pid)));
    for child in &mut busy {
        let _ = child.kill();
        let _ = child.wait();
    }
    let (ours, theirs) = result?;
    let near = theirs > 100_000_000 && ours.abs_diff(theirs) * 10 <= theirs;
    require(near, format!("{ours} ns by the map, {theirs} ns by the scheduler"))
}

fn stop(pid: u32) -> Outcome {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or("no process")?;
    kill_process(pid, Signal::STOP).map_err(|e| e.to_string())?;
    thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// Tracepoints and kprobes are held where their links cannot be pinned.
pub(crate) fn links(context: &Context) -> Outcome {
    let record = load("matrix")?;
    let held: Vec<String> =
        programs(&record).into_iter().filter(|(_, l)| l.is_none()).map(|(n, _)| n).collect();
    let expected: &[&str] = match context.version() {
        version if version < (5, 7) => &["on_raw", "on_event", "on_entry", "on_return"],
        _ if !context.pins_perf_links() => &["on_event", "on_entry", "on_return"],
        _ => &[],
    };
    require(held == expected, format!("held: {held:?}"))
}
