// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What makes the holder a process of its own.

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

use rustix::{
    fs::Mode,
    process::{setsid, umask},
};

/// Leaves the terminal's session, so that closing it ends nothing, and makes
/// files that only root can use.
pub(super) fn detach() -> io::Result<()> {
    env::set_current_dir("/")?;
    umask(Mode::RWXG | Mode::RWXO);
    // Fails for the leader of a group of processes: a service, or a command of
    // an interactive shell.
    let _ = setsid();
    Ok(())
}

/// Tells systemd that the service is ready (sd_notify(3)); nothing without it.
pub(super) fn notify_ready() -> io::Result<()> {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let socket = UnixDatagram::unbound()?;
    match path.as_bytes().strip_prefix(b"@") {
        Some(name) => {
            socket.send_to_addr(b"READY=1", &SocketAddr::from_abstract_name(name)?)?;
        }
        None => {
            socket.send_to(b"READY=1", path)?;
        }
    }
    Ok(())
}
