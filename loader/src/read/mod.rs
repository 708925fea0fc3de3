// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading what is loaded, which needs no privilege but membership in the agents' group.

#[allow(unsafe_code, reason = "libbpf's batches are C")]
mod batch;
mod events;
mod json;
mod map;
mod metrics;
mod package;
#[allow(unsafe_code, reason = "libbpf's perf buffer is C")]
mod perf;
mod record;
mod stream;
mod value;

pub(crate) use events::{EVENTS, Event, EventReader, LAST_EVENT};
pub use map::MapReader;
pub use metrics::metrics;
pub(crate) use metrics::pinned_metrics;
pub use package::{Health, PackageStatus, packages, status};
pub use record::schema;
pub(crate) use record::{in_force, record, record_of};
pub use stream::{EventStream, StreamEvent};
pub use value::{RawValue, Value};
