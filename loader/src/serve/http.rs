// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The little of HTTP/1.1 that agents need (RFC 9112): one GET for each connection.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::AsFd,
    time::{Duration, Instant},
};

use rustix::net::sockopt::{Timeout, set_socket_timeout};

/// The longest head that is read, in bytes, and its lines.
const HEAD: usize = 8 * 1024;
const LINES: usize = 64;
/// How long a client may take to say what it wants, and to take a piece of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client wants.
#[derive(Debug)]
pub(super) struct Request {
    /// The path, without a query.
    pub(super) path: String,
    /// The kinds of content that it takes, as it says.
    pub(super) accept: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal(u16, &'static str);

pub(super) const NOT_FOUND: Refusal = Refusal(404, "there is no such thing here");
pub(super) const FORBIDDEN: Refusal = Refusal(403, "only root may read this");
pub(super) const TOO_MANY: Refusal = Refusal(503, "too many readers");
pub(super) const FAILED: Refusal = Refusal(500, "it cannot be read");

/// Reads a request's head. Nothing behind it matters: a GET has no body.
pub(super) fn read_request(stream: &mut File) -> io::Result<Result<Request, Refusal>> {
    let end = Instant::now() + PATIENCE;
    set_socket_timeout(stream.as_fd(), Timeout::Send, Some(PATIENCE))?;
    let mut head = Vec::with_capacity(512);
    let mut piece = [0; 512];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Err(Refusal(408, "the request took too long")));
        }
        set_socket_timeout(stream.as_fd(), Timeout::Recv, Some(left))?;
        let read = stream.read(&mut piece)?;
        head.extend_from_slice(&piece[..read]);
        match parse(&head) {
            Some(parsed) => return Ok(parsed),
            None if read == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            None if head.len() > HEAD => return Ok(Err(Refusal(431, "the head is too long"))),
            None => {}
        }
    }
}

/// `None` while the head is not whole.
fn parse(head: &[u8]) -> Option<Result<Request, Refusal>> {
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut request = httparse::Request::new(&mut lines);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some(Err(Refusal(400, "this is no HTTP request"))),
        Ok(httparse::Status::Complete(_)) => {}
    }
    if request.method != Some("GET") {
        return Some(Err(Refusal(405, "only GET")));
    }
    let target = request.path.unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let accept = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case("accept"));
    let accept = accept.map(|h| String::from_utf8_lossy(h.value).to_ascii_lowercase());
    Some(Ok(Request { path, accept: accept.unwrap_or_default() }))
}

impl Request {
    /// Whether the client prefers one kind of content to the one that it gets otherwise
    /// (RFC 9110, section 12.5.1).
    pub(super) fn prefers(&self, kind: &str, to: &str) -> bool {
        let weight = |kind| weight(&self.accept, kind);
        weight(kind) > 0 && weight(kind) >= weight(to)
    }
}

/// What a kind of content is worth to the client in thousandths, 0 when it is not named.
fn weight(accept: &str, kind: &str) -> u32 {
    let mut wanted = accept.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        if parts.next() != Some(kind) {
            return None;
        }
        Some(parts.find_map(|p| thousandths(p.strip_prefix("q=")?)).unwrap_or(1000))
    });
    wanted.next().unwrap_or(0)
}

/// A number from 0 to 1 with at most three digits behind the point.
fn thousandths(q: &str) -> Option<u32> {
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    let part = format!("{part:0<3}");
    match part.len() {
        3 => Some(whole.parse::<u32>().ok()?.min(1) * 1000 + part.parse::<u32>().ok()?),
        _ => None,
    }
}

/// Writes the head of an answer; without a length, its end is the connection's.
pub(super) fn write_head(
    out: &mut impl Write,
    content: &str,
    length: Option<usize>,
) -> io::Result<()> {
    let length = length.map(|l| format!("Content-Length: {l}\r\n")).unwrap_or_default();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {content}\r\nConnection: close\r\n{length}\r\n");
    out.write_all(head.as_bytes())
}

/// Writes a refusal.
pub(super) fn refuse(out: &mut impl Write, Refusal(code, why): Refusal) -> io::Result<()> {
    // In one piece: a client may take what it gets first for all.
    let answer = format!(
        "HTTP/1.1 {code} {why}\r\nContent-Type: text/plain\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{why}\n",
        why.len() + 1
    );
    out.write_all(answer.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        assert!(parse(b"GET /metrics HTTP/1.1\r\nHost: x\r\n").is_none());
        let whole = parse(b"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().unwrap();
        assert_eq!(whole.path, "/metrics");
        let refused = |head: &[u8]| parse(head).unwrap().unwrap_err().0;
        assert_eq!(refused(b"POST /metrics HTTP/1.1\r\n\r\n"), 405);
        assert_eq!(refused(b"\x16\x03\x01\r\n\r\n"), 400);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(LINES + 1));
        assert_eq!(refused(many.as_bytes()), 400);
    }

    #[test]
    fn content_is_negotiated() {
        let (om, text) = ("application/openmetrics-text", "text/plain");
        let prefers =
            |accept: &str| Request { path: String::new(), accept: accept.into() }.prefers(om, text);
        assert!(!prefers(""));
        assert!(!prefers("*/*"));
        assert!(!prefers("text/plain;version=0.0.4"));
        assert!(prefers("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
        assert!(!prefers("application/openmetrics-text;q=0.2, text/plain;q=0.5"));
    }
}
