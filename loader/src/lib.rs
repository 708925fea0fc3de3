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
#![deny(unsafe_code)]

mod audit;
mod error;
mod hold;
mod host;
mod kernel;
mod policy;
mod read;
mod record;
mod sealed_file;
mod serve;
mod stages;
mod state;
mod trust_update;

pub use audit::{Audit, Entry, Event, Foreign, Live, Problem, audit, live, refused, watch_policy};
pub use error::{Error, ExitCode, Reason, Result};
pub use hold::{HolderStatus, hold, recover};
pub use host::{Host, LockedHost};
pub use policy::{Decision, Facts, Policy, Signer, Trust, TrustUpdate, TrustedSigner};
pub use read::{
    EventStream, Health, MapReader, PackageStatus, RawValue, StreamEvent, Value, metrics, packages,
    schema, status, unload,
};
pub use record::{BtfSource, MapRecord, ProgramRecord, Record, Served};
pub use stages::{Approved, LeftOut, Loaded, Pinned, Sealed, Verified};

pub use trust_update::{AppliedUpdate, apply_update, reconcile, refused_today};

/// The loader's version, which a package's `min-loader` is compared with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
