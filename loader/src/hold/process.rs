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

/// Leaves the terminal's session, so that closing it ends nothing, and makes
/// files that only root can use.
pub(super) fn detach() -> io::Result<()> {
    env::set_current_dir("/")?;
    // SAFETY: both take and give plain numbers. setsid() fails for the leader of
    // a group of processes, which has a session of its own (a service).
    unsafe {
        libc::umask(0o077);
        libc::setsid();
    }
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
