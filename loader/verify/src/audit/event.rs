// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is logged (§2 of audit-v1).

use serde::{Deserialize, Serialize};

use crate::{BtfSource, Record, Signer};

/// One line of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Counts the entries, from 1.
    pub n: u64,
    /// Seconds since 1970-01-01 UTC.
    pub time: u64,
    /// SM3 of the line before, without its line feed.
    pub prev: String,
    /// The line before was cut off by a crash, and is no entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_torn: bool,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A package is about to be put in force.
    Load {
        /// The package's name.
        package: String,
        /// Its version.
        version: String,
        /// Its sequence.
        sequence: u64,
        /// SM3 of the signed bytes, 64 hexadecimal digits.
        sm3: String,
        /// The trusted keys that signed it.
        signers: Vec<Signer>,
        /// The object that was chosen.
        object: String,
        /// Where the types of the kernel's structures come from.
        btf: BtfSource,
        /// The kernel's release.
        kernel: String,
        /// The number of the generation.
        generation: u64,
    },
    /// An object is about to be loaded by a loader of the host's own.
    HandOver {
        /// The package's name.
        package: String,
        /// Its version.
        version: String,
        /// Its sequence.
        sequence: u64,
        /// SM3 of the signed bytes, 64 hexadecimal digits.
        sm3: String,
        /// The trusted keys that signed it.
        signers: Vec<Signer>,
        /// The object that was handed over.
        object: String,
    },
    /// A file was not loaded.
    Refuse {
        /// The file, as it was given.
        file: String,
        /// The reason's code.
        code: String,
        /// The exit code.
        exit: u8,
        /// What the reason says, 2048 bytes at most.
        message: String,
    },
    /// A package was taken away.
    Unload {
        /// The package's name.
        package: String,
    },
    /// A trust update is about to be applied.
    TrustUpdate {
        /// Its sequence.
        sequence: u64,
        /// SM3 of the signed bytes, 64 hexadecimal digits.
        sm3: String,
        /// The trusted keys that signed it.
        signers: Vec<Signer>,
    },
    /// The policy is another than at the last load.
    PolicyChange {
        /// The policy's path.
        policy: String,
        /// SM3 of its text, 64 hexadecimal digits.
        sm3: String,
        /// That of the policy before; `None` at the first load.
        before: Option<String>,
    },
}

impl Event {
    /// That what `record` says is about to be put in force.
    pub fn load(record: &Record) -> Self {
        Self::Load {
            package: record.name.clone(),
            version: record.version.clone(),
            sequence: record.sequence,
            sm3: record.sm3.clone(),
            signers: record.signers.clone(),
            object: record.object.clone(),
            btf: record.btf,
            kernel: record.kernel.clone(),
            generation: record.generation,
        }
    }

    /// The package that it concerns, if one.
    pub fn package(&self) -> Option<&str> {
        match self {
            Self::Load { package, .. }
            | Self::HandOver { package, .. }
            | Self::Unload { package } => Some(package),
            Self::Refuse { .. } | Self::TrustUpdate { .. } | Self::PolicyChange { .. } => None,
        }
    }
}
