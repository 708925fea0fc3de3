// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host side of bpfsign: what stands between a file and the kernel.
//!
//! The order is in the types. [`Sealed`] is a file read once into memory;
//! [`Verified`] comes only from a [`Sealed`] whose signatures hold; [`Approved`]
//! only from a [`Verified`] that the policy allows; [`Loaded`] only from an
//! [`Approved`]; [`Pinned`] only from a [`Loaded`]. Each stage takes the one
//! before by value, so loading something unverified does not compile:
//!
//! ```compile_fail,E0599
//! # fn f(sealed: bpfsign_loader::Sealed, host: &bpfsign_loader::LockedHost) {
//! sealed.load(host); // no such method: only `Approved` has it
//! # }
//! ```
//!
//! Who keeps a loader of their own uses the first stages alone. Without the feature `load`
//! (`default-features = false`) this crate verifies and approves, and links no libbpf:
//!
//! ```no_run
//! use bpfsign_loader::{Host, Policy, Sealed};
//!
//! fn approved(path: &std::path::Path, host: &Host) -> bpfsign_loader::Result<Vec<u8>> {
//!     let policy = Policy::of_host(host)?;
//!     let verified = Sealed::read(path)?.verify(&policy.trust)?;
//!     let approved = verified.approve_object("generic", &policy, host)?;
//!     approved.remember(host)?;
//!     Ok(approved.object().to_vec())
//! }
//! ```
#![deny(unsafe_code)]
#![cfg_attr(
    not(feature = "load"),
    allow(dead_code, reason = "the stages that are left out use it")
)]

mod audit;
mod error;
#[cfg(feature = "load")]
mod hold;
mod host;
#[cfg(feature = "load")]
mod kernel;
mod policy;
#[cfg(feature = "load")]
mod read;
mod received;
mod record;
mod repository;
#[cfg(feature = "load")]
mod sealed_file;
#[cfg(feature = "load")]
mod serve;
mod stages;
mod state;
#[cfg(feature = "load")]
mod trust_update;

pub use audit::{Audit, Entry, Event, audit, refused, watch_policy};
#[cfg(feature = "load")]
pub use audit::{Foreign, Live, Problem, live};
pub use error::{Error, ExitCode, Reason, Result};
#[cfg(feature = "load")]
pub use hold::{HolderStatus, held_packages, hold, recover};
pub use host::Host;
#[cfg(feature = "load")]
pub use host::LockedHost;
pub use policy::{Decision, Facts, Policy, Signer, Trust, TrustUpdate, TrustedSigner};
#[cfg(feature = "load")]
pub use read::{
    EventStream, Health, MapReader, PackageStatus, RawValue, StreamEvent, Value, metrics, packages,
    schema, status, unload,
};
pub use received::Received;
pub use record::{BtfSource, LeftOut, MapRecord, ProgramRecord, Record, Served};
pub use repository::VerifiedIndex;
#[cfg(feature = "load")]
pub use stages::{Approved, Loaded, Pinned};
pub use stages::{ApprovedObject, Sealed, Verified};
#[cfg(feature = "load")]
pub use trust_update::{AppliedUpdate, apply_update, reconcile, refused_today};

/// The loader's version, which a package's `min-loader` is compared with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
