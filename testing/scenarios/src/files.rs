// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs that watch what processes take: descriptors, and Go's memory.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    Outcome, Rig,
    rig::{Workload, equal},
};

/// A process that opens 1,000 descriptors and closes 300. The package is loaded when it
/// has some already: it must start from a census.
///
/// # Errors
/// What does not agree.
pub fn fd_leak(rig: &Rig, load: &[&str]) -> Outcome {
    let (mut leaker, _) = rig.start(&["descriptors", "1000", "300"])?;
    rig.bpfsign(load)?.ok()?;
    let leaker_pid = leaker.pid();
    let key = json!({ "pid": leaker_pid });
    let of = || rig.value("fd-leak", "descriptors", &key);
    let number = |v: &Value, name: &str| v[name].as_u64().unwrap_or(0);
    let listed = || {
        let listed = fs::read_dir(format!("/proc/{}/fd", leaker_pid));
        listed.map(Iterator::count).map_err(|e| e.to_string())
    };
    let before = of()?;
    if rig.status("fd-leak")?["metrics"] == true {
        equal("descriptors open at the load", &before["open"], &json!(listed()?))?;
    }
    let said = leaker.next()?;
    let open = listed()?;
    let text = rig.census("fd-leak")?;
    let after = of()?;
    if let Some(text) = &text {
        equal("descriptors open", &after["open"], &json!(open))?;
        let line = format!("{{pid=\"{}\",comm=\"bpfsign-workloa\"}} {open}\n", leaker_pid);
        if !text.contains(&line) {
            return Err(format!("no {line:?} in {text}"));
        }
        census_is_whole(text)?;
    }
    for (program, field) in [
        ("on_open", "opened"),
        ("on_close_fd", "closed"),
        ("on_file_close_fd", "closed"),
        ("on_old_close_fd", "closed"),
    ] {
        if rig.is_attached("fd-leak", program)? {
            let ours = number(&after, field) - number(&before, field);
            equal(field, &json!(ours), &said[field])?;
        }
    }
    Ok(())
}

/// Every process that has descriptors is in the text, once.
fn census_is_whole(text: &str) -> Outcome {
    let start = "bpfsign_fd_open_descriptors{pid=\"";
    let mut pids: Vec<&str> =
        text.lines().filter_map(|l| l.strip_prefix(start)?.split('"').next()).collect();
    let all = pids.len();
    pids.sort_unstable();
    pids.dedup();
    if pids.len() != all {
        return Err(format!("a process is there twice in {text}"));
    }
    let own = std::process::id().to_string();
    if pids.contains(&own.as_str()) { Ok(()) } else { Err(format!("{own} is not in {text}")) }
}

/// A Go program that allocates 10,000 objects of 3,000 bytes in one place; its own
/// profile says how many.
///
/// # Errors
/// What does not agree.
pub fn go_malloc(rig: &Rig, program: &Path) -> Outcome {
    let mut command = Command::new(program);
    command.args(["10000", "3000"]);
    let (mut go, _) = Workload::start(command)?;
    let profile = go.next()?;
    let pid = json!({ "pid": go.pid() });
    let sites = rig.entries("go-malloc", "sites")?;
    let of_place =
        |e: &&Value| e["key"]["pid"] == pid["pid"] && e["value"]["bytes"] == profile["bytes"];
    let place = sites.iter().find(of_place).ok_or_else(|| {
        let its: Vec<_> = sites.iter().filter(|e| e["key"]["pid"] == pid["pid"]).collect();
        format!("no place has the profile's {profile}: {its:?}")
    })?;
    equal("objects of the place", &place["value"]["count"], &profile["objects"])?;
    // The place that the profile names is in the stack.
    let stack = rig.entries("go-malloc", "stacks")?;
    let stack = stack.iter().find(|e| e["key"]["key"] == place["key"]["stack"]);
    let frames = stack.map_or(&Value::Null, |s| &s["value"]["value"]);
    match frames.as_array().is_some_and(|f| f.contains(&profile["pc"])) {
        true => Ok(()),
        false => Err(format!("{} is not in the stack {frames}", profile["pc"])),
    }
}
