// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What decides whether a host may run a package: signatures, trust, policy, the numbers
//! that a host remembers, and its log. Nothing here reaches the kernel's BPF.
//!
//! The order is in the types. [`Sealed`] is a file read once into memory; [`Verified`] comes
//! only from a [`Sealed`] whose signatures hold; [`Admitted`] only from a [`Sealed`] that the
//! policy of a [`LockedHost`] trusts; [`ApprovedObject`] only from an [`Admitted`] that this
//! policy allows. While a host is locked, no other bpfsign changes what it remembers or whom
//! it trusts, so a decision is still right when it is acted on:
//!
//! ```compile_fail,E0599
//! # fn f(verified: bpfsign_verify::Verified) {
//! verified.approve_object("generic"); // no such method: no host was locked
//! # }
//! ```
//!
//! Who keeps a loader of their own depends on this crate alone:
//!
//! ```no_run
//! use bpfsign_verify::{Host, Sealed};
//!
//! fn approved(path: &std::path::Path, host: Host) -> bpfsign_verify::Result<Vec<u8>> {
//!     let host = host.lock()?;
//!     let policy = host.policy()?;
//!     let admitted = policy.admit(Sealed::read(path)?)?;
//!     let approved = admitted.approve_object("generic")?;
//!     approved.remember()?;
//!     Ok(approved.object().to_vec())
//! }
//! ```
#![forbid(unsafe_code)]

mod admitted;
mod agree;
mod audit;
mod error;
mod hand_over;
mod host;
mod policy;
mod received;
mod record;
mod repository;
mod sealed;
mod state;
mod trust_update;
mod verified;

pub use admitted::Admitted;
pub use agree::{check_maps, check_programs};
pub use audit::{Audit, Entry, Event, append, audit, refused, watch_policy};
pub use error::{At, Error, ExitCode, Mismatch, PolicyRefusal, Reason, Result};
pub use hand_over::ApprovedObject;
pub use host::{Host, LockedHost, Wait, check_directory, generation_number, take_lock};
pub use policy::{
    AppliedUpdate, Decision, Facts, HostPolicy, Origin, Policy, Signer, SignerView, ThresholdView,
    Trust, TrustUpdate, TrustView, TrustedSigner,
};
pub use received::Received;
pub use record::{BtfSource, LeftOut, MapRecord, ProgramRecord, Record, Served};
pub use repository::VerifiedIndex;
pub use sealed::Sealed;
pub use state::seconds_now;
pub use trust_update::{ApplyOptions, apply_update, check_update};
pub use verified::{SOURCE, Verified};

/// The loader's version, which a package's `min-loader` is compared with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
