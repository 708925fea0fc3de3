// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The stages of loading, each made only from the one before.

mod approved;
#[allow(unsafe_code, reason = "libbpf's handlers are C callbacks")]
mod attach_ids;
mod choice;
mod loaded;
mod pinned;
mod plan;
mod selection;

pub use approved::Approved;
pub use loaded::Loaded;
pub use pinned::Pinned;
use plan::Plan;
