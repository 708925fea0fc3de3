// SPDX-License-Identifier: Apache-2.0 OR MIT
//! HTTP as far as the tests need it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

/// Ports that were tried by this process.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// A loopback address that is free, below the ports of clients: Zabbix takes no higher ones.
pub fn free_address() -> String {
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (std::process::id() as u16 % 1000) * 10 + tried % 1000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap().to_string();
        }
    }
}

/// Head and body of the answer to these bytes.
pub fn exchange(mut stream: impl Read + Write, request: &[u8]) -> (String, String) {
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    // A refusal may reset the connection when there was more to read.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

pub fn get(path: &str, accept: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n").into_bytes()
}
