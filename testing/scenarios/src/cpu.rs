// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs that watch the CPU.

use std::{fs, thread, time::Duration};

use serde_json::json;

use crate::{
    Outcome, Rig,
    group::Group,
    rig::{at_least, equal, near},
};

/// A process that sleeps: as often as the kernel counts, as long as the clock says.
///
/// # Errors
/// What does not agree.
pub fn off_cpu(rig: &Rig) -> Outcome {
    // On some kernels about one switch in 2,000 passes the tracepoint by: bpftrace misses the
    // same ones. A program that counts wrongly does so each time.
    let mut outcome = sleeps(rig);
    for _ in 1..SLEEPERS {
        if outcome.is_ok() {
            break;
        }
        outcome = sleeps(rig);
    }
    outcome
}

/// How many sleepers may meet a switch that the kernel does not trace.
const SLEEPERS: usize = 3;

fn sleeps(rig: &Rig) -> Outcome {
    let (sleeper, said) = rig.start(&["sleep", "50", "20"])?;
    let switches = finished_switches(sleeper.pid())?;
    let ours = rig.value("off-cpu", "off_cpu", &json!({ "pid": sleeper.pid() }))?;
    let slept = said["slept_ns"].as_u64().unwrap_or(0);
    at_least("ns slept", 1_000_000_000, slept)?;
    equal("sleeps", &ours["count"], &json!(switches))?;
    near("ns off the CPU", ours["sum_ns"].as_u64().unwrap_or(0), slept)?;
    let slots = ours["slots"].as_array().into_iter().flatten();
    equal("sleeps in slots", &json!(slots.filter_map(|n| n.as_u64()).sum::<u64>()), &ours["count"])
}

/// How often a process asked to be switched away (proc_pid_status(5)) and has come back,
/// which it has not from the wait that it is in when this returns.
fn finished_switches(pid: u32) -> Result<u64, String> {
    let status = || {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let field = |name| {
            text.lines().find_map(|l| l.strip_prefix(name)).map(|rest| rest.trim().to_owned())
        };
        (field("State:"), field("voluntary_ctxt_switches:").and_then(|n| n.parse::<u64>().ok()))
    };
    for _ in 0..500 {
        if let (Some(state), Some(switches)) = status()
            && state.starts_with('S')
        {
            return Ok(switches - 1);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("process {pid} does not wait"))
}

/// A known number of calls of getpriority(2), number 140.
///
/// # Errors
/// What does not agree.
pub fn syscall_count(rig: &Rig) -> Outcome {
    let counted = || rig.value("syscall-count", "calls", &json!({ "number": 140 }));
    let before = counted()?["value"].as_u64().unwrap_or(0);
    let (_, said) = rig.start(&["calls", "12345"])?;
    let after = counted()?["value"].as_u64().unwrap_or(0);
    equal("calls", &json!(after - before), &said["calls"])?;
    // Names of calls are the iterator's.
    let name = match rig.status("syscall-count")?["metrics"] == true {
        true => ",name=\"getpriority\"",
        false => "",
    };
    let line = format!("bpfsign_syscalls_total{{number=\"140\"{name}}} {after}\n");
    let text = rig.metrics("syscall-count")?;
    if text.contains(&line) { Ok(()) } else { Err(format!("no {line:?} in {text}")) }
}

/// A group that wants a whole CPU and gets a fifth.
///
/// # Errors
/// What does not agree.
pub fn cfs_throttle(rig: &Rig) -> Outcome {
    let group = Group::new("cpu")?;
    group.limit_cpu(20_000, 100_000)?;
    let (mut burner, _) = rig.start(&["burn"])?;
    burner.join(&group)?;
    burner.go_on()?;
    thread::sleep(Duration::from_secs(2));
    drop(burner);
    // The last period ends, and with it the last throttling.
    thread::sleep(Duration::from_millis(300));
    // A walk over tasks shows only groups that have some.
    let (idle, _) = rig.start(&["burn"])?;
    idle.join(&group)?;
    let text = rig.census("cfs-throttle")?;
    let key = json!({ "cgroup": group.id()? });
    let ours = rig.value("cfs-throttle", "bandwidth", &key)?;
    let (throttled, ns) = group.throttled()?;
    at_least("ns throttled", 500_000_000, ns)?;
    if text.is_some() {
        equal("periods throttled", &ours["throttled"], &json!(throttled))?;
        // cpu.stat of version 2 is in microseconds.
        let theirs = if group.is_v2() { ns / 1000 } else { ns };
        let scale = if group.is_v2() { 1000 } else { 1 };
        let ours = ours["throttled_ns"].as_u64().map(|n| n / scale);
        equal("time throttled", &json!(ours), &json!(theirs))?;
    }
    if !rig.is_attached("cfs-throttle", "on_unthrottle")? {
        return if text.is_some() { Ok(()) } else { Err("nothing to compare".to_owned()) };
    }
    let durations = rig.value("cfs-throttle", "throttlings", &key)?;
    near("ns in throttlings", durations["sum_ns"].as_u64().unwrap_or(0), ns)
}
