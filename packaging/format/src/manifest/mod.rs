// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `manifest.toml`: what a package says of itself (§4).

mod encode;
mod model;
mod parse;
mod validate;

pub(crate) use validate::parse_version;

pub use model::{FileEntry, Manifest, MapEntry, ProgramEntry, Readers, SOFTWARE_EVENTS, Variant};
