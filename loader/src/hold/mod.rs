// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The holder: a process that keeps links which the kernel cannot pin, and gives agents
//! what no pin can (`serve`).
//!
//! Its programs and maps are pinned as any others. A link that cannot be
//! pinned lasts as long as a descriptor of it, so the holder attaches the
//! pinned programs and keeps the descriptors. It needs no package: the record
//! of what is loaded says which programs attach where.
//!
//! One holder keeps one package. `load` talks to it over a socket: while a
//! connection is open, the holder attaches what it is told in addition to what
//! it has; when the connection closes, for whatever reason, it keeps what is in
//! force and lets go of the rest. So an upgrade leaves no moment without a
//! program attached, and a `load` that dies leaves nothing behind.

#[allow(unsafe_code, reason = "perf_event_open(2), bpf(2), ioctl(2)")]
mod attach;
mod client;
mod go;
mod hook;
#[allow(unsafe_code, reason = "madvise(2) of the program's own code")]
mod process;
mod server;

pub(crate) use attach::kprobe_event;
pub(crate) use client::{Holder, converge};
pub use client::{HolderStatus, held_packages, recover};
pub(crate) use hook::{Hook, file_offset, has_symbol, place_in};
pub use server::hold;

/// Names in a package's run directory; the first is for agents.
pub(crate) const AGENTS: &str = "agents.sock";
const SOCKET: &str = "holder.sock";
const LOCK: &str = "holder.lock";
const WHO: &str = "holder.json";

/// All of them, for who takes the directory away.
pub(crate) const FILES: [&str; 4] = [AGENTS, SOCKET, LOCK, WHO];
