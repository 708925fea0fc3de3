// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Pins: their modes, who reads them, and that they go.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use bpfsign_guest::{bpfsign, programs_in_kernel, run};

use crate::context::{
    CALLS, Context, GROUP, Outcome, as_agent, call_getppid, calls, current, load, require,
};

pub(crate) fn modes(context: &Context) -> Outcome {
    load("matrix")?;
    load("sched-latency")?;
    let (matrix, latency) = (current("matrix"), current("sched-latency"));
    let mut expected = vec![
        (matrix.join("."), 0o750, GROUP),
        (matrix.join("maps"), 0o750, GROUP),
        (matrix.join("maps/calls"), 0o440, GROUP),
        (matrix.join("links"), 0o700, 0),
        (matrix.join("programs"), 0o700, 0),
        (matrix.join("programs/on_raw"), 0o600, 0),
        (latency.join("maps/latency"), 0o440, GROUP),
        (latency.join("maps/waiting"), 0o600, 0),
        (Path::new("/run/bpfsign/matrix").to_owned(), 0o750, GROUP),
        (Path::new("/run/bpfsign/matrix/schema.json").to_owned(), 0o440, GROUP),
    ];
    if context.version() >= (5, 7) {
        expected.push((matrix.join("links/on_raw"), 0o600, 0));
    }
    if context.has_btf {
        expected.push((matrix.join("metrics"), 0o440, GROUP));
    }
    for (path, mode, group) in expected {
        let m = fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let found = (m.permissions().mode() & 0o7777, m.uid(), m.gid());
        let message = format!("{}: {:o} {} {}", path.display(), found.0, found.1, found.2);
        require(found == (mode, 0, group), message)?;
    }
    Ok(())
}

/// Prometheus text, by a program that knows nothing of us.
pub(crate) fn metrics(context: &Context) -> Outcome {
    load("matrix")?;
    call_getppid();
    let pin = current("matrix").join("metrics");
    require(pin.exists() == context.has_btf, "text is pinned where there are iterators")?;
    let line = format!("bpfsign_matrix_calls_total{{hook=\"1\"}} {CALLS}\n");
    // From the pin, or where there is none from the holder.
    let text = as_agent(true, &["metrics", "matrix"])?.ok()?;
    require(text.contains(&line), text)?;
    let outside = as_agent(false, &["metrics", "matrix"])?;
    require(outside.exit() == 1, "a user outside the group is told the metrics")?;
    if !context.has_btf {
        return Ok(());
    }
    let cat = |group: u32| run(Command::new("/init").arg("cat").arg(&pin).uid(65534).gid(group));
    let text = cat(GROUP)?.ok()?;
    require(text.contains(&line), text)?;
    require(cat(65534)?.exit() != 0, "a user outside the group reads the metrics")
}

/// Linux 5.10 lets only root open maps, 6.1 lets the group (CAP_BPF aside); where a
/// holder runs, it reads for them.
pub(crate) fn agents(context: &Context) -> Outcome {
    load("matrix")?;
    as_agent(true, &["maps", "matrix", "calls"])?.ok()?;
    let outside = as_agent(false, &["maps", "matrix", "calls"])?;
    require(outside.exit() == 1, "a user outside the group reads the map")?;
    if context.version() < (5, 11) && context.has_btf {
        load("sched-latency")?;
        let read = as_agent(true, &["maps", "sched-latency", "latency"])?;
        read.refused(1, "this kernel lets only root open maps")?;
        bpfsign(&["unload", "sched-latency"])?.ok()?;
    }
    Ok(())
}

/// The group gets events from the holder, wherever there is one or must be one for that.
pub(crate) fn events(_: &Context) -> Outcome {
    load("tcp-retransmit")?;
    let events = |in_group| as_agent(in_group, &["events", "tcp-retransmit", "--seconds", "1"]);
    events(true)?.ok()?;
    require(events(false)?.exit() == 1, "a user outside the group gets events")
}

/// User space, root too, cannot write what only programs write.
pub(crate) fn frozen(_: &Context) -> Outcome {
    use libbpf_rs::{MapCore, MapFlags, MapHandle};
    load("matrix")?;
    let pin = current("matrix").join("maps/calls");
    let map = MapHandle::from_pinned_path(&pin).map_err(|e| e.to_string())?;
    let written = map.update(&0_u32.to_ne_bytes(), &0_u64.to_ne_bytes(), MapFlags::ANY);
    require(written.is_err(), "root wrote a frozen map")?;
    call_getppid();
    let counts = calls()?;
    require(counts[0] == CALLS, format!("programs do not write it any more: {counts:?}"))
}

pub(crate) fn unload(_: &Context) -> Outcome {
    load("matrix")?;
    let there = programs_in_kernel().iter().any(|p| p == "on_entry");
    require(there, "the programs are not in the kernel")?;
    bpfsign(&["unload", "matrix"])?.ok()?;
    for path in ["/sys/fs/bpf/bpfsign/matrix", "/run/bpfsign/matrix"] {
        require(!Path::new(path).exists(), format!("{path} is left"))?;
    }
    let ours = ["on_raw", "on_event", "on_entry", "on_return", "on_btf", "metrics"];
    let mut left = Vec::new();
    // The kernel frees them a moment later.
    for _ in 0..50 {
        left = programs_in_kernel();
        left.retain(|p| ours.contains(&p.as_str()));
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    require(left.is_empty(), format!("still in the kernel: {left:?}"))
}

/// A program of another loader, one of ours unpinned by hand, and a package whose
/// signer was revoked after it was loaded.
pub(crate) fn live(_: &Context) -> Outcome {
    let live = || -> Result<(i32, serde_json::Value), String> {
        let ran = bpfsign(&["audit", "live", "--json"])?;
        Ok((ran.exit(), ran.json()))
    };
    load("matrix")?;
    let (exit, found) = live()?;
    require(exit == 0, format!("on a clean host: {found}"))?;
    let mut builder = libbpf_rs::ObjectBuilder::default();
    let foreign = builder
        .open_file("/packages/foreign.bpf.o")
        .and_then(libbpf_rs::OpenObject::load)
        .map_err(|e| e.to_string())?;
    let pin = current("matrix").join("programs/on_raw");
    fs::remove_file(&pin).map_err(|e| e.to_string())?;
    bpfsign(&["trust", "apply", "/packages/revoke.bpftrust"])?.ok()?;
    let (exit, found) = live()?;
    require(exit == 4, format!("exit code {exit}: {found}"))?;
    require(found["foreign"][0]["name"] == "on_foreign", found.to_string())?;
    let holder = &found["foreign"][0]["processes"][0][0];
    require(holder == std::process::id(), format!("held by {holder}"))?;
    let missing = found["problems"].as_array().into_iter().flatten();
    let names: Vec<_> = missing.filter_map(|p| p["pin"].as_str()).collect();
    require(names == ["programs/on_raw"], found.to_string())?;
    let mut codes =
        found["problems"].as_array().into_iter().flatten().filter_map(|p| p["code"].as_str());
    require(codes.any(|code| code == "revoked"), found.to_string())?;
    let done = bpfsign(&["reconcile"])?.ok()?;
    require(done.contains("unloaded matrix: revoked"), done)?;
    drop(foreign);
    Ok(())
}

/// With both settings of the kernel that keep users from bpf(2): text is read with cat on
/// every kernel that has iterators, maps are opened as the kernel lets them, and nothing
/// can be changed. The last test: the second setting cannot be taken back.
pub(crate) fn unprivileged(context: &Context) -> Outcome {
    for setting in ["2", "1"] {
        fs::write("/proc/sys/kernel/unprivileged_bpf_disabled", setting)
            .map_err(|e| format!("unprivileged_bpf_disabled: {e}"))?;
        agents(context).map_err(|e| format!("with {setting}: {e}"))?;
        bpfsign(&["unload", "matrix"])?.ok()?;
        metrics(context).map_err(|e| format!("with {setting}: {e}"))?;
        let pin = current("matrix").join("maps/calls");
        let mut change = Command::new("/init");
        run(change.arg("try-to-change").arg(&pin).uid(65534).gid(GROUP))?
            .ok()
            .map_err(|e| format!("with {setting}: {e}"))?;
        require(pin.exists(), "the pin is gone")?;
        bpfsign(&["unload", "matrix"])?.ok()?;
    }
    Ok(())
}

/// What an agent might try with a map; the names of what worked.
pub(crate) fn try_to_change(pin: &Path) -> Vec<&'static str> {
    use libbpf_rs::{MapCore, MapFlags, MapHandle};
    const READ_ONLY: u32 = 1 << 3;
    let write = |map: &MapHandle| {
        map.update(&0_u32.to_ne_bytes(), &0_u64.to_ne_bytes(), MapFlags::ANY).is_ok()
    };
    let read_only = MapHandle::from_pinned_path_with_file_flags(pin, READ_ONLY);
    let beside = pin.with_file_name("moved");
    [
        ("opening for writing", MapHandle::from_pinned_path(pin).is_ok()),
        ("writing", read_only.as_ref().is_ok_and(write)),
        ("freezing", read_only.as_ref().is_ok_and(|map| map.freeze().is_ok())),
        ("renaming", fs::rename(pin, beside).is_ok()),
        ("unlinking", fs::remove_file(pin).is_ok()),
    ]
    .into_iter()
    .filter_map(|(what, worked)| worked.then_some(what))
    .collect()
}
