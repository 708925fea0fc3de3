// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every bound that the reader enforces before it trusts anything (§7).

/// A package file, in bytes (§1.1).
pub const PACKAGE_BYTES: usize = 16 * 1024 * 1024;
/// Entries in a package, the manifest and signatures included (§1.4).
pub const ENTRIES: usize = 64;
/// The manifest, in bytes (§7.1).
pub const MANIFEST_BYTES: usize = 64 * 1024;
/// A repository's index, in bytes (index-v1, §1.2): some 20,000 packages.
pub const INDEX_BYTES: usize = 4 * 1024 * 1024;
/// Signatures in a package (§3.2).
pub const SIGNATURES: usize = 16;
/// One DER signature, in bytes: two 33-byte integers and their headers (§5.2).
pub const SIGNATURE_BYTES: usize = 72;
/// A chain of certificates in PEM, in bytes (§5.8).
pub const CHAIN_BYTES: usize = bpfsign_keys::cert_limits::PEM_BYTES;
/// The schema, in bytes (§7.1).
pub const SCHEMA_BYTES: usize = 256 * 1024;
/// BTF for one build of the kernel, in bytes (§7.1).
pub const BTF_BYTES: usize = 1024 * 1024;
/// The provenance, in bytes (§7.1).
pub const PROVENANCE_BYTES: usize = 64 * 1024;
/// Programs, maps or variants that a manifest lists, each (§7.2).
pub const LISTED: usize = 64;
/// A free-text string of the manifest, in bytes (§7.2).
pub const TEXT_BYTES: usize = 256;
/// Elements that one map field may have (§6.3).
pub const FIELD_COUNT: u32 = 65_536;
