// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What acts on a host: loads, attaches, pins and reads what `bpfsign_verify` admitted.
//!
//! The order goes on where that crate's ends. [`Approved`] comes only from an
//! [`Admitted`](bpfsign_verify::Admitted) package; [`Loaded`] only from an [`Approved`];
//! [`Pinned`] only from a [`Loaded`]. Each stage takes the one before by value, so loading
//! something unverified does not compile:
//!
//! ```compile_fail,E0599
//! # fn f(sealed: bpfsign_verify::Sealed, host: &bpfsign_loader::ReadyHost<'_>) {
//! sealed.load(host); // no such method: only `Approved` has it
//! # }
//! ```
//!
//! Read downwards: `review` and `serve` stand on `stages` and `read`, those on `generation`,
//! that on `holder`, and all on `kernel`.
#![deny(unsafe_code)]

mod cause;
mod generation;
mod holder;
mod kernel;
mod read;
mod review;
mod serve;
mod stages;

pub use generation::ReadyHost;
pub use holder::HolderStatus;
pub use read::{
    EventStream, Health, MapReader, PackageStatus, RawValue, StreamEvent, Value, metrics, packages,
    schema, status,
};
pub use review::{
    Foreign, Live, Problem, decisions, held_packages, live, reconcile, recover, refused_today,
    unload,
};
pub use serve::hold;
pub use stages::{Approved, Loaded, Pinned};
