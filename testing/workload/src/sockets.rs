// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sockets in a network of the workload's own.
#![allow(unsafe_code, reason = "unshare(2)")]

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::{
        fd::AsFd,
        unix::{fs::MetadataExt, process::CommandExt},
    },
    process::Command,
    thread,
    time::Duration,
};

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};
use serde_json::{Map, Value, json};
use socket2::{Domain, Socket, Type};

use crate::{Outcome, step};

/// Moves to a network namespace with nothing but a loopback device; its number.
pub(super) fn own_network() -> io::Result<u64> {
    // SAFETY: no other thread runs yet that could count on the network.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET)? };
    run("ip", &["link", "set", "lo", "up"])?;
    Ok(fs::metadata("/proc/self/ns/net")?.ino())
}

/// Becomes a program in the network namespace of a process.
pub(super) fn in_network_of(pid: usize, program: &str, arguments: &[&str]) -> Outcome {
    let namespace = File::open(format!("/proc/{pid}/ns/net"))?;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
    Err(Command::new(program).args(arguments).exec())
}

/// Runs a command that must succeed; what it says.
pub(super) fn run(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(io::Error::other(format!(
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

/// A counter of /proc/net/snmp or /proc/net/netstat: lines come in pairs, names and
/// numbers.
pub(super) fn counter(file: &str, group: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/self/net/{file}"))?;
    let mut lines = text.lines().filter_map(|l| l.strip_prefix(group)?.strip_prefix(": "));
    let (names, numbers) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let mut both = names.split(' ').zip(numbers.split(' '));
    Ok(both.find(|(n, _)| *n == name).and_then(|(_, n)| n.parse().ok()).unwrap_or(0))
}

/// Datagrams for a socket that nobody reads.
pub(super) fn udp_queue(packets: usize) -> Outcome {
    let netns = own_network()?;
    let receiver = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    receiver.set_recv_buffer_size(4096)?;
    receiver.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let to = receiver.local_addr()?.as_socket().ok_or(ErrorKind::InvalidData)?;
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    for _ in 0..packets {
        sender.send_to(&[0; 500], to)?;
    }
    let errors = counter("snmp", "Udp", "RcvbufErrors")?;
    step(&json!({ "netns": netns, "dropped": errors }))
}

/// More datagrams than a slow queue on the way out takes. The independent source: the
/// queue's own counter, by tc(8).
pub(super) fn qdisc(packets: usize) -> Outcome {
    let netns = own_network()?;
    let slow = ["rate", "100kbit", "burst", "3000", "limit", "5000"];
    run("tc", &[&["qdisc", "add", "dev", "lo", "root", "tbf"][..], &slow].concat())?;
    let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let to = receiver.local_addr()?;
    for _ in 0..packets {
        // What the queue drops is no error for who sends.
        receiver.send_to(&[0; 500], to)?;
    }
    let shown: Value =
        serde_json::from_str(&run("tc", &["-s", "-j", "qdisc", "show", "dev", "lo"])?)?;
    let root = shown.as_array().and_then(|all| all.iter().find(|q| q["kind"] == "tbf"));
    let dropped = root.and_then(|q| q["drops"].as_u64());
    step(&json!({ "netns": netns, "ifindex": 1, "dropped": dropped }))
}

/// Connections, of which some are closed again. The independent sources: the states in
/// /proc/net/tcp, and TCP_INFO.
pub(super) fn sockets(connections: usize, close: usize) -> Outcome {
    let netns = own_network()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let to = listener.local_addr()?;
    let mut ends = Vec::new();
    for _ in 0..connections {
        let mut client = TcpStream::connect(to)?;
        let (mut server, _) = listener.accept()?;
        client.write_all(&[0; 1000])?;
        server.read_exact(&mut [0; 1000])?;
        ends.push((client, server));
    }
    // What was sent is acknowledged a moment later.
    thread::sleep(Duration::from_millis(300));
    step(&json!({ "netns": netns, "states": states()? }))?;
    ends.truncate(connections - close);
    thread::sleep(Duration::from_millis(300));
    step(&json!({ "netns": netns, "states": states()?, "bytes": 1000 * close }))
}

/// How many sockets are in each state, by the state's number.
fn states() -> io::Result<Map<String, Value>> {
    let mut states = Map::new();
    for line in fs::read_to_string("/proc/self/net/tcp")?.lines().skip(1) {
        let state = line.split_whitespace().nth(3).unwrap_or("");
        let number = u64::from_str_radix(state, 16).unwrap_or(0).to_string();
        let count = states.get(&number).and_then(Value::as_u64).unwrap_or(0);
        states.insert(number, json!(count + 1));
    }
    Ok(states)
}
