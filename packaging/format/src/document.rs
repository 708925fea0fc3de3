// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The three documents that signatures cover, each in a tar of the same build.

use crate::{MANIFEST, limits};

/// What a signed file is, by the name of its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A package's manifest (package-v1).
    Manifest,
    /// A trust update (trust-v1).
    Trust,
    /// A repository's index (index-v1).
    Index,
}

impl Document {
    /// The name of its entry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => MANIFEST,
            Self::Trust => "trust.toml",
            Self::Index => "index.toml",
        }
    }

    /// The most bytes that it may have.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Manifest | Self::Trust => limits::MANIFEST_BYTES,
            Self::Index => limits::INDEX_BYTES,
        }
    }
}
