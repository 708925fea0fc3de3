// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The stages of loading, each made only from the one before.

mod agree;
#[cfg(feature = "load")]
mod approved;
#[cfg(feature = "load")]
#[allow(unsafe_code, reason = "libbpf's handlers are C callbacks")]
mod attach_ids;
#[cfg(feature = "load")]
mod choice;
#[cfg(feature = "load")]
mod loaded;
mod own_loader;
#[cfg(feature = "load")]
mod pinned;
#[cfg(feature = "load")]
mod plan;
mod sealed;
#[cfg(feature = "load")]
mod selection;
mod verified;

#[cfg(feature = "load")]
pub use approved::Approved;
#[cfg(feature = "load")]
pub use loaded::Loaded;
pub use own_loader::ApprovedObject;
#[cfg(feature = "load")]
pub use pinned::Pinned;
#[cfg(feature = "load")]
pub(crate) use plan::Plan;
pub use sealed::Sealed;
#[cfg(feature = "load")]
pub(crate) use verified::SOURCE;
pub use verified::Verified;
