// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line, run as its users run it. What a test needs is in its name:
//! [`anyone`] can run the first kind, which `cargo test` does; [`root`] loads programs,
//! mounts and adds groups; [`kernel`] needs root and what `make test` prepares besides:
//! kernels to boot and what runs in them, agents, a registry, RPM and DEB.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod anyone;
mod common;
mod kernel;
mod root;
