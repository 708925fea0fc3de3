// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading what is loaded, and taking it away. Reading needs no privilege but
//! membership in the agents' group.

#[allow(unsafe_code, reason = "libbpf's batches are C")]
mod batch;
mod events;
mod json;
mod map;
mod package;
#[allow(unsafe_code, reason = "libbpf's perf buffer is C")]
mod perf;
mod remote;
mod stream;
mod value;

mod again;

pub(crate) use again::reverify;
pub(crate) use events::{EVENTS, Event, EventReader, LAST_EVENT};
pub use map::MapReader;
pub use package::{Health, PackageStatus, metrics, packages, schema, status, unload};
pub(crate) use package::{in_force, pinned_metrics, record, record_of};
pub use stream::{EventStream, StreamEvent};
pub use value::{RawValue, Value};
