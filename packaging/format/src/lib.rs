// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The bpfsign package: one ustar file with one valid encoding.
//!
//! `docs/spec/package-v1.md` states the format in numbered sentences; comments
//! of the form `§2.3` in this crate cite it. Nothing here decides whom to
//! trust: that is the loader's.
#![forbid(unsafe_code)]

#[cfg(feature = "elf")]
pub mod bpf;
mod date;
mod digest;
mod document;
mod entry;
mod envelope;
mod error;
mod index;
mod kernel_id;
mod kinds;
mod layout;
pub mod limits;
pub mod manifest;
mod metric;
mod names;
pub mod oci;
mod package;
pub mod provenance;
mod schema;
mod tar;

pub use date::Date;
pub use digest::{Digests, hex, sm3_hex};
pub use document::Document;
pub use envelope::{Envelope, EnvelopeParts};
pub use error::{FormatError, HeaderField, ManifestError};
pub use index::{INDEX_FILE, Index, IndexEntry};
pub use kernel_id::{KernelId, build_id_of_notes};
pub use kinds::{is_elf, package_files};
pub use layout::{Field, Kind, Layout};
pub use manifest::Manifest;
pub use metric::{Label, Metric, MetricKind};
pub use names::{is_identifier, is_package_file, is_package_name, is_sequence, is_target_name};
pub use package::{Package, Parts};
pub use schema::{MapSchema, PackageSchema, Schema};

/// Name of the manifest entry (§3.1).
pub const MANIFEST: &str = "manifest.toml";
/// Name of the schema entry (§3.4).
pub const SCHEMA: &str = "schema.json";
/// What is added to an object's name to name its detached signature (§9).
pub const SIGNATURE_SUFFIX: &str = ".sig";
/// Name of the provenance entry (§3.4).
pub const PROVENANCE: &str = "provenance.json";
