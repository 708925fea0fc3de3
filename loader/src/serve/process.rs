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

/// Lets go of the program's code that only the start needed: most of a holder's memory.
/// What it needs again, the kernel maps again from the file's pages.
pub(super) fn release_code() {
    unsafe extern "C" {
        // The linker's names for where the code begins and ends (ld(1), PROVIDE).
        static __executable_start: u8;
        static etext: u8;
    }
    const PAGE: usize = 4096;
    let (start, end) = (&raw const __executable_start, &raw const etext);
    let skipped = start.addr().next_multiple_of(PAGE) - start.addr();
    let length = end.addr().saturating_sub(start.addr() + skipped) / PAGE * PAGE;
    let first = start.wrapping_add(skipped).cast_mut().cast();
    // SAFETY: whole pages of headers and code, mapped from the program's file and never
    // written: what is dropped is read again, the same.
    let _ = unsafe { rustix::mm::madvise(first, length, rustix::mm::Advice::LinuxDontNeed) };
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
