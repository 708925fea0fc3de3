// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs that watch memory.

use std::fs;

use rustix::process::{Pid, setpriority_process};
use serde_json::json;

use crate::{
    Outcome, Rig,
    group::Group,
    rig::{at_least, equal, near},
    trace::Trace,
};

/// A known number of major faults in a group.
///
/// # Errors
/// What does not agree.
pub fn major_faults(rig: &Rig) -> Outcome {
    let group = Group::new("memory")?;
    let key = json!({ "cgroup": group.id()? });
    let (mut reader, _) = rig.start(&["major-faults", &rig.disk_file, "200"])?;
    reader.join(&group)?;
    let said = reader.next()?;
    at_least("major faults", 200, said["faults"].as_u64().unwrap_or(0))?;
    let ours = rig.value("mem-reclaim", "major_faults", &key)?;
    equal("major faults", &ours["value"], &said["faults"])
}

/// More memory than the host has free at once: tasks reclaim it themselves. Only for a
/// host of the scenario's own. The package is loaded after the trace began, so that what
/// its programs take is not between the trace's events.
///
/// # Errors
/// What does not agree.
pub fn direct_reclaim(rig: &Rig, load: &[&str]) -> Outcome {
    // Pages of a file are what there is to reclaim.
    let (mut reader, _) = rig.start(&["read", &rig.disk_file])?;
    reader.next()?;
    slow_down_kswapd()?;
    let trace = Trace::start("mm_vmscan_direct_reclaim_begin", "mm_vmscan_direct_reclaim_end")?;
    rig.bpfsign(load)?.ok()?;
    let before = stalls(rig)?;
    let mut hungry = Vec::new();
    let free = free_megabytes()?;
    for _ in 0..4 {
        let (mut one, _) = rig.start(&["allocate", &(free / 4 + 2).to_string()])?;
        one.go_on()?;
        hungry.push(one);
    }
    for one in &mut hungry {
        one.hear()?;
    }
    // Whoever reads must not have to reclaim itself.
    drop(hungry);
    let (count, ns) = trace.finish()?;
    at_least("direct reclaims", 1, count)?;
    let (ours, our_ns) = stalls(rig)?;
    equal("direct reclaims", &json!(ours - before.0), &json!(count))?;
    near("ns in direct reclaim", our_ns - before.1, ns)
}

/// Stalls of all groups: how many, and how long.
fn stalls(rig: &Rig) -> Result<(u64, u64), String> {
    let entries = rig.entries("mem-reclaim", "stalls")?;
    let sum = |name: &str| entries.iter().filter_map(|e| e["value"][name].as_u64()).sum::<u64>();
    Ok((sum("count"), sum("sum_ns")))
}

/// The kernel's own thread that reclaims, so that it does not always come first.
fn slow_down_kswapd() -> Outcome {
    let is_it = |pid: &i32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "kswapd0\n")
    };
    let mut pids = fs::read_dir("/proc")
        .map_err(|e| e.to_string())?
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok());
    let pid = pids.find(is_it).and_then(Pid::from_raw).ok_or("there is no kswapd0")?;
    setpriority_process(Some(pid), 19).map_err(|e| e.to_string())
}

/// What can be taken before there is too little.
fn free_megabytes() -> Result<u64, String> {
    let text = fs::read_to_string("/proc/meminfo").map_err(|e| e.to_string())?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemFree:"));
    let kilobytes = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.map(|k| k / 1024).ok_or_else(|| "no MemFree".to_owned())
}

/// A group that reads a file which is larger than its limit. The package is loaded after
/// the trace began, as above.
///
/// # Errors
/// What does not agree.
pub fn memcg_pressure(rig: &Rig, load: &[&str]) -> Outcome {
    const LIMIT: u64 = 8 << 20;
    let group = Group::new("memory")?;
    group.limit_memory(LIMIT)?;
    let key = json!({ "cgroup": group.id()? });
    let trace = Trace::start("mm_vmscan_memcg_reclaim_begin", "mm_vmscan_memcg_reclaim_end")?;
    rig.bpfsign(load)?.ok()?;
    let (mut reader, _) = rig.start(&["read", &rig.disk_file])?;
    reader.join(&group)?;
    reader.next()?;
    let (count, ns) = trace.finish()?;
    let text = rig.census("memcg-pressure")?;
    let (usage, failures) = group.memory()?;
    let ours = rig.value("memcg-pressure", "memory", &key)?;
    at_least("charges that met the limit", 10, failures)?;
    equal("limit", &ours["limit_bytes"], &json!(LIMIT))?;
    // Where there is no text, it is as of the last time that the limit was met.
    if text.is_some() {
        equal("usage", &ours["usage_bytes"], &json!(usage))?;
        let name = if group.is_v2() { "max_events" } else { "failures" };
        equal("charges that met the limit", &ours[name], &json!(failures))?;
    }
    let stalls = rig.value("memcg-pressure", "stalls", &key)?;
    equal("reclaims", &stalls["count"], &json!(count))?;
    near("ns in reclaim", stalls["sum_ns"].as_u64().unwrap_or(0), ns)
}
