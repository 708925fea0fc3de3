// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The holder's own side: it keeps links that the kernel cannot pin, and gives agents what
//! no pin can (§7 of pins-v1): text, maps and events, by HTTP on a unix socket, and text
//! alone on a loopback port where the operator asked for one.
//!
//! Its programs and maps are pinned as any others. A link that cannot be pinned lasts as
//! long as a descriptor of it, so the holder attaches the pinned programs and keeps the
//! descriptors. It needs no package: the record of what is loaded says which programs
//! attach where.

mod connection;
mod fan_out;
mod holder;
mod http;
mod openmetrics;
#[allow(unsafe_code, reason = "madvise(2) of the program's own code")]
mod process;
mod text;

use std::{
    fs::{self, File, Permissions},
    io,
    net::SocketAddr,
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt, net::UnixListener},
    },
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use bpfsign_verify::Host;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt::set_socket_reuseaddr,
};

use fan_out::FanOut;
pub use holder::hold;

/// Connections at once.
const MOST: usize = 64;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 64;
/// What a thread for one needs, in bytes.
const STACK: usize = 256 << 10;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A member of the agents' group, or root, on the unix socket.
    Agent,
    /// Whoever is on this machine, on a loopback port.
    Loopback,
}

/// What one package gives agents.
#[derive(Debug)]
pub(crate) struct Service {
    host: Host,
    name: String,
    events: Arc<FanOut>,
    connections: AtomicUsize,
}

impl Service {
    pub(crate) fn new(host: &Host, name: &str) -> Arc<Self> {
        let events = FanOut::new(host.clone(), name.to_owned());
        let connections = AtomicUsize::new(0);
        Arc::new(Self { host: host.clone(), name: name.to_owned(), events, connections })
    }

    /// Answers a connection, on a thread of its own. What fails, fails for it alone.
    pub(crate) fn serve(self: &Arc<Self>, stream: OwnedFd, origin: Origin) {
        let mut stream = File::from(stream);
        if self.connections.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.connections.fetch_sub(1, Ordering::Relaxed);
            let _ = http::refuse(&mut stream, http::TOO_MANY);
            return;
        }
        let service = Arc::clone(self);
        let answered = thread::Builder::new().stack_size(STACK).spawn(move || {
            let _ = service.answer(&mut stream, origin);
            service.connections.fetch_sub(1, Ordering::Relaxed);
        });
        if answered.is_err() {
            self.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Listens at `path`, which whoever gets into its directory may connect to: the agents'
/// group. Its unit lets a holder change no file's owner, so the socket is open
/// to all who get into that directory.
pub(crate) fn listen(path: &Path) -> io::Result<UnixListener> {
    // One that a holder left which was killed.
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(listener)
}

/// Listens at an address. The standard library's listener would bring glibc's resolver
/// into the static binary.
pub(crate) fn listen_at(address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // A holder that is started again need not wait for old connections to be forgotten.
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket)
}
