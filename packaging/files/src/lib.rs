// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that are read within a bound, and written whole or not at all.
//!
//! A crate of its own: loader, packaging, registry and command line all read and write in
//! this way, and none of it belongs to the package format.
#![forbid(unsafe_code)]

mod read;
mod staged;
mod write;

pub use read::{ReadError, read_bounded};
pub use staged::{Staged, commit, stage};
pub use write::{with_suffix, write_new, write_volatile, write_whole};
