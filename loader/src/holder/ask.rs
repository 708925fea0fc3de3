// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The side of whoever asks a holder (§7 of pins-v1).

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
};

use bpfsign_verify::{Error, Host, Reason, Result};

use super::AGENTS;

/// The longest head of an answer, in bytes.
const HEAD: u64 = 4096;

/// An answer, behind its head.
pub(crate) type Answer = BufReader<UnixStream>;

/// The socket of a package's holder.
pub(crate) fn socket(host: &Host, name: &str) -> PathBuf {
    host.package_run(name).join(AGENTS)
}

/// Asks for a path.
///
/// # Errors
/// [`Reason::Io`]: nobody listens (not found, or connection refused), or what the holder
/// says.
pub(crate) fn get(host: &Host, name: &str, path: &str, accept: &str) -> Result<Answer> {
    let socket = socket(host, name);
    ask(&socket, path, accept).map_err(|e| Error::new(socket, e))
}

fn ask(socket: &PathBuf, path: &str, accept: &str) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: bpfsign\r\nAccept: {accept}\r\n\r\n")?;
    let mut answer = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let before = head.len();
        io::Read::take(&mut answer, HEAD - before as u64).read_until(b'\n', &mut head)?;
        match &head[before..] {
            b"\r\n" => break,
            [.., b'\n'] => {}
            _ => return Err(ErrorKind::UnexpectedEof.into()),
        }
    }
    let mut lines = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut lines);
    let parsed = response.parse(&head).is_ok_and(|status| status.is_complete());
    match (parsed, response.code) {
        (true, Some(200)) => Ok(answer),
        (true, Some(403)) => Err(ErrorKind::PermissionDenied.into()),
        (true, Some(404)) => Err(ErrorKind::NotFound.into()),
        (true, Some(_)) => Err(io::Error::other(response.reason.unwrap_or_default().to_owned())),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// Whether an error only says that no holder listens.
pub(crate) fn nobody_listens(error: &Error) -> bool {
    matches!(&*error.reason, Reason::Io(e)
        if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused))
}
