// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading what is loaded, and taking it away. Reading needs no privilege but
//! membership in the agents' group.

mod map;
mod package;
mod value;

mod again;

pub(crate) use again::reverify;
pub use map::MapReader;
pub use package::{Health, PackageStatus, metrics, packages, schema, status, unload};
pub(crate) use package::{in_force, record_of};
pub use value::Value;
