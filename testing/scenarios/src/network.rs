// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs that watch the network; each scenario in a network of its own.

use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Outcome, Rig,
    rig::{at_least, equal},
};

/// The reasons of tcp-rcvq-drops.
const UDP_QUEUE: u32 = 1;
const TCP_MEMORY: u32 = 2;
const TCP_WINDOW: u32 = 3;

fn drops(rig: &Rig, netns: &Value, reason: u32) -> Result<Value, String> {
    let key = json!({ "netns": netns, "reason": reason });
    Ok(rig.value("tcp-rcvq-drops", "rcvq_drops", &key)?["value"].clone())
}

/// A UDP receiver that does not read.
///
/// # Errors
/// What does not agree.
pub fn udp_queue(rig: &Rig) -> Outcome {
    let (_receiver, said) = rig.start(&["udp-queue", "300"])?;
    at_least("datagrams dropped", 200, said["dropped"].as_u64().unwrap_or(0))?;
    equal("datagrams dropped", &drops(rig, &said["netns"], UDP_QUEUE)?, &said["dropped"])
}

/// A TCP receiver whose window is closed, and a sender that does not care. Kernels
/// without reasons of drops do not tell these.
///
/// # Errors
/// What does not agree.
pub fn tcp_window(rig: &Rig) -> Outcome {
    let before = everywhere(rig, TCP_WINDOW)?;
    let (_receiver, said) = rig.start(&["tcp-window", "50"])?;
    at_least("segments dropped", 50, said["dropped"].as_u64().unwrap_or(0))?;
    let ours = everywhere(rig, TCP_WINDOW)? - before;
    equal("segments dropped", &json!(ours), &said["dropped"])
}

/// A TCP receiver that stops, on a host without memory for TCP. Only for a host of the
/// scenario's own.
///
/// # Errors
/// What does not agree.
pub fn tcp_memory(rig: &Rig) -> Outcome {
    let before = everywhere(rig, TCP_MEMORY)?;
    let (_receiver, said) = rig.start(&["tcp-memory", "200"])?;
    at_least("segments dropped", 3, said["dropped"].as_u64().unwrap_or(0))?;
    let ours = everywhere(rig, TCP_MEMORY)? - before;
    equal("segments dropped", &json!(ours), &said["dropped"])
}

/// Of every namespace: Linux before 6.11 does not always tell which it is.
fn everywhere(rig: &Rig, reason: u32) -> Result<u64, String> {
    let entries = rig.entries("tcp-rcvq-drops", "rcvq_drops")?;
    let of = |e: &&Value| e["key"]["reason"] == reason;
    Ok(entries.iter().filter(of).filter_map(|e| e["value"]["value"].as_u64()).sum())
}

/// A receiver that drops what it gets, so that the sender's timer sends it again.
///
/// # Errors
/// What does not agree.
pub fn retransmit(rig: &Rig) -> Outcome {
    let (_peers, said) = rig.start(&["tcp-lost", "3"])?;
    at_least("timeouts", 3, said["timeouts"].as_u64().unwrap_or(0))?;
    agrees(rig, &said)
}

/// The same, with a reader of events: every packet that is sent again is one.
///
/// # Errors
/// What does not agree.
pub fn retransmit_events(rig: &Rig) -> Outcome {
    let mut command = Command::new(&rig.bpfsign);
    command.args(["events", "--json", "tcp-retransmit", "--seconds", "8"]).args(&rig.options);
    let reader = command.stdout(Stdio::piped()).spawn().map_err(|e| e.to_string())?;
    // A perf buffer takes nothing while nobody reads.
    thread::sleep(Duration::from_secs(1));
    retransmit(rig)?;
    let output = reader.wait_with_output().map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let event = |line: &str| serde_json::from_str(line).map_err(|_| format!("{line:?} of {said}"));
    let events: Vec<Value> = said.lines().map(event).collect::<Result<_, _>>()?;
    at_least("events", 3, events.len() as u64)?;
    for peer in &rig.entries("tcp-retransmit", "peers")? {
        let of = |e: &&Value| e["peer.port"] == peer["key"]["port"];
        let packets = events.iter().filter(of).count();
        equal("events of a peer", &json!(packets), &peer["value"]["packets"])?;
    }
    Ok(())
}

/// A transfer over a device that loses packets (needs netem).
///
/// # Errors
/// What does not agree.
pub fn lossy_network(rig: &Rig) -> Outcome {
    let (_peers, said) = rig.start(&["tcp-loss", "10%", "16000000"])?;
    at_least("segments sent again", 5, said["segments"].as_u64().unwrap_or(0))?;
    agrees(rig, &said)
}

fn agrees(rig: &Rig, said: &Value) -> Outcome {
    let ports = said["ports"].as_array().cloned().unwrap_or_default();
    let entries = rig.entries("tcp-retransmit", "peers")?;
    let of = |name: &str| {
        let its = entries.iter().filter(|e| ports.contains(&e["key"]["port"]));
        json!(its.filter_map(|e| e["value"][name].as_u64()).sum::<u64>())
    };
    equal("segments sent again", &of("segments"), &said["segments"])?;
    match rig.is_attached("tcp-retransmit", "on_timeout")? {
        true => equal("timeouts", &of("timeouts"), &said["timeouts"]),
        false => Ok(()),
    }
}

/// More packets than a queue on the way out takes (needs tbf).
///
/// # Errors
/// What does not agree.
pub fn qdisc_drops(rig: &Rig) -> Outcome {
    let (_sender, said) = rig.start(&["qdisc", "200"])?;
    at_least("packets dropped", 100, said["dropped"].as_u64().unwrap_or(0))?;
    let entries = rig.entries("qdisc-drops", "qdisc_drops")?;
    let of =
        |e: &&Value| e["key"]["netns"] == said["netns"] && e["key"]["ifindex"] == said["ifindex"];
    let ours: u64 = entries.iter().filter(of).filter_map(|e| e["value"]["value"].as_u64()).sum();
    equal("packets dropped", &json!(ours), &said["dropped"])
}

/// Connections that there are, and some that end. The package is loaded anew within the
/// network, after they were made: it must start from a census.
///
/// # Errors
/// What does not agree.
pub fn sockstat(rig: &Rig, load: &[&str]) -> Outcome {
    let (mut peers, said) = rig.start(&["sockets", "20", "5"])?;
    let inside = rig.in_network_of(peers.pid());
    inside.bpfsign(load)?.ok()?;
    let has_census = inside.status("sockstat")?["metrics"] == true;
    let state = |state: u64| {
        let key = json!({ "netns": said["netns"], "family": 2, "state": state });
        rig.value("sockstat", "sockets", &key)
    };
    if has_census {
        states_agree(&said, &state)?;
    }
    let before = state(1)?["left"].as_u64().unwrap_or(0);
    let said = peers.next()?;
    // Both ends of each connection leave the state.
    equal(
        "ends that closed",
        &json!(state(1)?["left"].as_u64().unwrap_or(0) - before),
        &json!(10),
    )?;
    if has_census {
        inside.census("sockstat")?;
        states_agree(&said, &state)?;
    }
    let ended = rig.value("sockstat", "ended", &json!({ "netns": said["netns"] }))?;
    // The end of a connection takes one number of its sequence, which the kernel counts
    // as a byte in both directions (tcp_fin() and tcp_ack() in net/ipv4).
    let bytes = said["bytes"].as_u64().unwrap_or(0);
    let received = ended["bytes_received"].as_u64().unwrap_or(0);
    let sent = ended["bytes_sent"].as_u64().unwrap_or(0);
    let overhead = 10..=30;
    match overhead.contains(&(received - bytes)) && overhead.contains(&(sent - bytes)) {
        true => Ok(()),
        false => Err(format!("{received} bytes received, {sent} sent, of {bytes}: {ended}")),
    }
}

fn states_agree(said: &Value, ours: &impl Fn(u64) -> Result<Value, String>) -> Outcome {
    for (number, count) in said["states"].as_object().into_iter().flatten() {
        let state = number.parse().map_err(|_| format!("state {number}"))?;
        equal(&format!("sockets in state {state}"), &ours(state)?["sockets"], count)?;
    }
    Ok(())
}
