// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The three kinds of signed files, which are all tars of the same layout.

use std::fmt;

use crate::{MANIFEST, limits};

/// What a signed file is, by its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A package, whose first entry is its manifest (package-v1).
    Package,
    /// A trust update (trust-v1).
    Trust,
    /// A repository's index (index-v1).
    Index,
}

impl Document {
    const ALL: [Self; 3] = [Self::Package, Self::Trust, Self::Index];

    /// The name of the first entry: the text that signatures cover.
    pub fn first_entry(self) -> &'static str {
        match self {
            Self::Package => MANIFEST,
            Self::Trust => "trust.toml",
            Self::Index => "index.toml",
        }
    }

    /// The document whose first entry has this name.
    pub(crate) fn of_first_entry(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.first_entry() == name)
    }

    /// The most bytes that its text may have.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Package | Self::Trust => limits::MANIFEST_BYTES,
            Self::Index => limits::INDEX_BYTES,
        }
    }

    /// Which commands of a host take such a file.
    pub(crate) fn use_hint(self) -> &'static str {
        match self {
            Self::Package => "`bpfsign verify` and `bpfsign load` take packages",
            Self::Trust => "`bpfsign trust apply` takes trust updates",
            Self::Index => "`bpfsign repo verify` and `bpfsign fetch` take indexes",
        }
    }
}

impl fmt::Display for Document {
    /// With its article: `a package`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Package => "a package",
            Self::Trust => "a trust update",
            Self::Index => "an index",
        })
    }
}
