// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How others talk to a package's holder: the process that keeps links which the kernel
//! cannot pin, and gives agents what no pin can. Its own side is in `serve`.
//!
//! One holder keeps one package. `load` talks to it over a socket: while a connection is
//! open, the holder attaches what it is told in addition to what it has; when the connection
//! closes, for whatever reason, it keeps what is in force and lets go of the rest. So an
//! upgrade leaves no moment without a program attached, and a `load` that dies leaves
//! nothing behind.

mod ask;
mod client;
pub(crate) mod frames;

pub(crate) use ask::{Answer, get, nobody_listens, socket};
pub use client::HolderStatus;
pub(crate) use client::{Holder, Identity, converge, listen, start};

/// Names in a package's run directory; the first is for agents.
pub(crate) const AGENTS: &str = "agents.sock";
pub(crate) const SOCKET: &str = "holder.sock";
pub(crate) const LOCK: &str = "holder.lock";
pub(crate) const WHO: &str = "holder.json";

/// All of them, for who takes the directory away.
pub(crate) const FILES: [&str; 4] = [AGENTS, SOCKET, LOCK, WHO];

/// The content type of answers that are [frames].
pub(crate) const FRAMES: &str = "application/vnd.bpfsign.frames";
