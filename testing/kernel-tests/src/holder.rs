// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The holder, where links cannot be pinned; that there is none elsewhere.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bpfsign_guest::bpfsign;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::context::{
    CALLS, Context, Outcome, as_agent, call_getppid, calls, load, package, require,
};

/// Resident memory of a holder at most, in KB.
const MEMORY: u64 = 3 * 1024;

fn status() -> Result<Value, String> {
    let ran = bpfsign(&["status", "--json", "matrix"])?;
    let status = ran.json();
    ran.ok()?;
    Ok(status)
}

/// The holder's process; `None` where nothing is held.
fn holder(context: &Context) -> Result<Option<u32>, String> {
    let status = status()?;
    let package = &status["packages"][0];
    let pid = package["holder"]["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    require(package["health"]["state"] == "loaded", package.to_string())?;
    let expected = !context.pins_perf_links();
    require(pid.is_some() == expected, format!("holder: {}", package["holder"]))?;
    Ok(pid)
}

fn signal(pid: u32, signal: Signal) -> Outcome {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or("no process")?;
    kill_process(process, signal).map_err(|e| e.to_string())?;
    let end = Instant::now() + Duration::from_secs(10);
    // This is the first process, so whoever is orphaned is its child.
    while Instant::now() < end {
        let _ = rustix::process::waitpid(Some(process), rustix::process::WaitOptions::NOHANG);
        if fs::metadata(format!("/proc/{pid}")).is_err() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(format!("process {pid} does not end"))
}

/// That every hook counts again.
fn counts_again() -> Outcome {
    let before = calls()?;
    call_getppid();
    let after = calls()?;
    let counts: Vec<u64> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
    require(counts[..4] == [CALLS; 4], format!("counted by hook: {counts:?}"))
}

pub(crate) fn process(context: &Context) -> Outcome {
    load("matrix")?;
    let Some(pid) = holder(context)? else { return Ok(()) };
    let text = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| e.to_string())?;
    let field = |name: &str| -> Option<u64> {
        let line = text.lines().find(|l| l.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let memory = field("VmRSS:").unwrap_or(u64::MAX);
    require(memory <= MEMORY, format!("{memory} KB resident"))?;
    require(field("Threads:") == Some(1), "more than one thread")?;
    bpfsign(&["hold", "matrix"])?.refused(1, "another holder keeps the links")?;
    // An upgrade is the same holder's.
    load("matrix-2")?;
    require(holder(context)? == Some(pid), "an upgrade changed the holder")?;
    // Ended as a service is, it can be started again, with what a service may do.
    signal(pid, Signal::TERM)?;
    let mut child = Command::new("/init")
        .args(["as-service", "/bin/bpfsign", "hold", "matrix"])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(|e| e.to_string())?;
    }
    require(line == "ready\n", format!("it says {line:?}"))?;
    require(holder(context)? == Some(child.id()), "status shows another holder")?;
    counts_again()?;
    bpfsign(&["unload", "matrix"])?.ok()?;
    let ended = child.wait().map_err(|e| e.to_string())?;
    require(ended.success(), format!("the holder ended with {ended}"))
}

pub(crate) fn killed(context: &Context) -> Outcome {
    load("matrix")?;
    let Some(pid) = holder(context)? else { return Ok(()) };
    signal(pid, Signal::KILL)?;
    let told = as_agent(true, &["status", "--json", "matrix"])?.json();
    let state = &told["packages"][0]["health"]["state"];
    require(state == "unheld", format!("an agent is told {told}"))?;
    let status = status()?;
    require(status["recovered"][0] == "matrix", status.to_string())?;
    require(holder(context)?.is_some_and(|new| new != pid), "there is no new holder")?;
    counts_again()
}

pub(crate) fn killed_before_load(context: &Context) -> Outcome {
    load("matrix")?;
    let Some(pid) = holder(context)? else { return Ok(()) };
    signal(pid, Signal::KILL)?;
    let said = bpfsign(&["load", &package("sched-latency")])?.ok()?;
    let note = "the holder of matrix was gone; it is started again";
    require(said.contains(note), said)?;
    counts_again()?;
    let Some(pid) = holder(context)? else { return Ok(()) };
    signal(pid, Signal::KILL)?;
    // Of the same package: a new holder keeps the new release.
    load("matrix-2")?;
    counts_again()
}
