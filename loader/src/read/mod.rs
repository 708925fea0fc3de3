// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading what is loaded, and taking it away. Reading needs no privilege but
//! membership in the agents' group.

#[allow(unsafe_code, reason = "libbpf's batches are C")]
mod batch;
mod events;
mod map;
mod package;
#[allow(unsafe_code, reason = "libbpf's perf buffer is C")]
mod perf;
mod value;

mod again;

pub(crate) use again::reverify;
pub use events::{Event as ReadEvent, EventReader};
pub use map::MapReader;
pub use package::{Health, PackageStatus, metrics, packages, schema, status, unload};
pub(crate) use package::{in_force, record_of};
pub use value::{RawValue, Value};
