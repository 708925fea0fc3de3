// SPDX-License-Identifier: Apache-2.0 OR MIT
//! TCP that loses packets, on the way and at the receiver's.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use socket2::{Domain, Protocol, SockFilter, SockRef, Socket, Type};

use crate::{
    Outcome,
    sockets::{counter, own_network, run},
    step,
};

/// How long something may take to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the kernel itself counts of retransmissions, and who the peer is.
fn counted(netns: u64, peer: &TcpStream) -> io::Result<Value> {
    Ok(json!({
        "netns": netns,
        "ports": [peer.peer_addr()?.port(), peer.local_addr()?.port()],
        "segments": counter("snmp", "Tcp", "RetransSegs")?,
        "timeouts": counter("netstat", "TcpExt", "TCPTimeouts")?,
    }))
}

fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}

/// A receiver whose filter drops everything until this many timeouts sent it again.
pub(super) fn lost(timeouts: usize) -> Outcome {
    let netns = own_network()?;
    let (mut client, mut server) = connection()?;
    let receiver = SockRef::from(&server);
    // ret #0: keep nothing (Documentation/networking/filter.rst).
    receiver.attach_filter(&[SockFilter::new(0x06, 0, 0, 0)])?;
    client.write_all(&[0; 100])?;
    let end = Instant::now() + PATIENCE;
    while (counter("netstat", "TcpExt", "TCPTimeouts")? as usize) < timeouts && Instant::now() < end
    {
        thread::sleep(Duration::from_millis(10));
    }
    receiver.detach_filter()?;
    server.read_exact(&mut [0; 100])?;
    step(&counted(netns, &client)?)
}

/// A transfer over a device that loses packets.
pub(super) fn loss(percent: &str, bytes: usize) -> Outcome {
    let netns = own_network()?;
    // First the connection: the kernel counts an answer to a request for one that is
    // sent again as a retransmission, though nothing of the connection is.
    let (mut client, mut server) = connection()?;
    run("tc", &["qdisc", "add", "dev", "lo", "root", "netem", "loss", percent])?;
    let reader = thread::spawn(move || server.read_exact(&mut vec![0; bytes]));
    client.write_all(&vec![0; bytes])?;
    let read = reader.join().map_err(|_| io::Error::other("the reader died"))?;
    read?;
    // What is on its way when the counters are read would make them differ.
    run("tc", &["qdisc", "del", "dev", "lo", "root"])?;
    thread::sleep(Duration::from_millis(500));
    step(&counted(netns, &client)?)
}

/// Segments for a receiver whose window is closed, as a sender that does not care
/// would send them.
pub(super) fn closed_window(segments: usize) -> Outcome {
    let netns = own_network()?;
    let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::TCP))?;
    // Small from the start: a window that was once offered is not taken back.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    SockRef::from(&listener).set_recv_buffer_size(8192)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    client.set_nonblocking(true)?;
    let mut writer = &client;
    let end = Instant::now() + PATIENCE;
    let mut heard = None;
    // Until the receiver says that its window is zero.
    while heard.is_none() && Instant::now() < end {
        let _ = writer.write(&[0; 4096]);
        heard = zero_window(&raw, server.local_addr()?.port())?;
    }
    let (sequence, acknowledgement) = heard.ok_or_else(|| io::Error::other("no zero window"))?;
    let (from, to) = (client.local_addr()?.port(), server.local_addr()?.port());
    let before = beyond_window()?;
    let address = std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, to));
    for _ in 0..segments {
        let segment = segment(from, to, acknowledgement, sequence);
        raw.send_to(&segment, &address.into())?;
    }
    step(&json!({ "netns": netns, "dropped": beyond_window()?, "before": before }))
}

/// Data beyond the window is counted so; from Linux 6.17 on by the second name.
fn beyond_window() -> io::Result<u64> {
    Ok(counter("netstat", "TcpExt", "TCPZeroWindowDrop")?
        + counter("netstat", "TcpExt", "BeyondWindow")?)
}

/// The newest packet of a port, if it says that the window is zero: its sequence and
/// acknowledgement numbers.
fn zero_window(raw: &Socket, port: u16) -> io::Result<Option<(u32, u32)>> {
    raw.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut packet = [0; 65536];
    let mut found = None;
    let mut reader = raw;
    while let Ok(length) = reader.read(&mut packet) {
        let Some(tcp) = packet.get(20..length) else { continue };
        let word = |at: usize| tcp.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
        let double = |at: usize| u32::from(word(at)) << 16 | u32::from(word(at + 2));
        if word(0) == port {
            found = (word(14) == 0).then(|| (double(4), double(8)));
        }
    }
    Ok(found)
}

/// A TCP segment over loopback with ten bytes of data (RFC 9293, 3.1).
fn segment(from: u16, to: u16, sequence: u32, acknowledgement: u32) -> Vec<u8> {
    let mut tcp = Vec::new();
    tcp.extend(from.to_be_bytes());
    tcp.extend(to.to_be_bytes());
    tcp.extend(sequence.to_be_bytes());
    tcp.extend(acknowledgement.to_be_bytes());
    // Five words of header, PSH and ACK, a window, no checksum yet, no urgent data.
    tcp.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    tcp.extend([0; 10]);
    let mut pseudo = [[127, 0, 0, 1], [127, 0, 0, 1]].concat();
    pseudo.extend([0, 6]);
    pseudo.extend((tcp.len() as u16).to_be_bytes());
    let checksum = checksum(&[pseudo, tcp.clone()].concat());
    tcp[16..18].copy_from_slice(&checksum.to_be_bytes());
    tcp
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 =
        bytes.chunks(2).map(|c| u32::from(c[0]) << 8 | u32::from(*c.get(1).unwrap_or(&0))).sum();
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// A receiver that stops while the whole host has hardly any memory for TCP. Changes
/// a setting of the whole host: only for a host of its own.
pub(super) fn no_memory(packets: usize) -> Outcome {
    // The setting is the first network's.
    run("ip", &["link", "set", "lo", "up"])?;
    let first = out_of_memory()?;
    // Each CPU of a newer kernel has a megabyte that it need not ask for.
    let full: Vec<_> = (0..FULL).map(|_| connection()).collect::<io::Result<_>>()?;
    for (client, _) in &full {
        client.set_nodelay(true)?;
        client.set_nonblocking(true)?;
        let mut writer = client;
        let _ = writer.write(&[0; 50_000]);
    }
    let setting = "/proc/sys/net/ipv4/tcp_mem";
    let before = fs::read_to_string(setting)?;
    fs::write(setting, "1 1 1")?;
    for packet in 0..packets {
        let mut writer = &full[packet % FULL].0;
        let _ = writer.write(&[0; 1000]);
    }
    // Retransmissions are dropped as well, until there is memory again.
    thread::sleep(Duration::from_secs(1));
    fs::write(setting, before)?;
    let dropped = out_of_memory()? - first;
    // None is read, and all are open until here.
    drop(full);
    step(&json!({ "dropped": dropped }))
}

/// Connections whose receivers do not read.
const FULL: usize = 40;

/// Segments that there was no memory for: the next that was expected, and later ones.
fn out_of_memory() -> io::Result<u64> {
    Ok(counter("netstat", "TcpExt", "TCPRcvQDrop")? + counter("netstat", "TcpExt", "TCPOFODrop")?)
}
