// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A web server that answers as it is told, and may be hostile.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// What it answers to a request.
pub struct Answer {
    pub status: &'static str,
    pub headers: Vec<String>,
    pub body: Body,
}

pub enum Body {
    Whole(Vec<u8>),
    /// Announced to be this long, and then cut off.
    CutOff(Vec<u8>, u64),
    /// Zeros without an end, in chunks.
    Endless,
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", headers: Vec::new(), body: Body::Whole(body.into()) }
    }

    pub fn with(status: &'static str, header: String) -> Self {
        Self { status, headers: vec![header], body: Body::Whole(Vec::new()) }
    }

    pub fn of(body: Body) -> Self {
        Self { status: "200 OK", headers: Vec::new(), body }
    }
}

/// Head of a request, in small letters but for its first line and its values.
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
}

/// Starts a server on loopback, which ends with the test's process; its `HOST:PORT`.
pub fn serve(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || one(stream, &*answer));
        }
    });
    address
}

fn one(stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let authorization = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|l| l.split_once(": ").map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned())))
        .find(|(key, _)| key == "authorization")
        .map(|(_, value)| value);
    // A client that has seen enough closes the connection.
    let _ = write(&stream, answer(&Asked { path, authorization }));
}

fn write(mut stream: &TcpStream, answer: Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", answer.status);
    answer.headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    match answer.body {
        Body::Whole(bytes) => {
            write!(stream, "{head}Content-Length: {}\r\n\r\n", bytes.len())?;
            stream.write_all(&bytes)
        }
        Body::CutOff(bytes, length) => {
            write!(stream, "{head}Content-Length: {length}\r\n\r\n")?;
            stream.write_all(&bytes)
        }
        Body::Endless => {
            write!(stream, "{head}Transfer-Encoding: chunked\r\n\r\n")?;
            let chunk = format!("10000\r\n{}\r\n", "\0".repeat(0x10000));
            loop {
                stream.write_all(chunk.as_bytes())?;
            }
        }
    }
}
