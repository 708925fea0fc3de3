// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/run/bpfsign/<package>/package.json`: what is loaded, for `list` and
//! `status`. It vanishes with the pins at a reboot.

use bpfsign_format::manifest::Readers;
use serde::{Deserialize, Serialize};

use crate::Signer;

/// What was loaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its sequence.
    pub sequence: u64,
    /// SM3 of the signed bytes (the manifest, or the bare object).
    pub sm3: String,
    /// The trusted keys that signed it.
    pub signers: Vec<Signer>,
    /// The object that was chosen.
    pub object: String,
    /// The kernel's release, as `uname -r` prints it.
    pub kernel: String,
    /// Where the types of the kernel's structures came from.
    pub btf: BtfSource,
    /// The number N of the generation directory `gN`.
    pub generation: u64,
    /// Seconds since 1970-01-01 UTC.
    pub loaded_at: u64,
    /// The attached programs.
    pub programs: Vec<ProgramRecord>,
    /// The programs that are not, and why.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// The pinned maps.
    pub maps: Vec<MapRecord>,
    /// Whether `metrics` is pinned.
    pub metrics: bool,
    /// What its holder gives agents that no pin does.
    #[serde(default)]
    pub served: Vec<Served>,
}

/// What a holder gives agents that no pin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Served {
    /// Its events, whose buffer has one reader.
    Events,
    /// Its text, where the kernel has no iterators.
    Metrics,
}

impl Record {
    /// Whether a holder keeps some of its links.
    pub fn is_held(&self) -> bool {
        self.programs.iter().any(|p| p.link.is_none())
    }

    /// Whether a holder keeps some of its links, or serves agents.
    pub fn needs_holder(&self) -> bool {
        self.is_held() || !self.served.is_empty()
    }
}

/// A program that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The C function.
    pub program: String,
    /// Its hook.
    pub attach: String,
    /// What this kernel, or the file, lacks.
    pub why: String,
}

/// An attached program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProgramRecord {
    /// The C function.
    pub name: String,
    /// The hook: `tp_btf/sched_switch`.
    pub attach: String,
    /// The kernel's number of the program.
    pub id: u32,
    /// The link's pin, below the generation directory; `None` where this kernel
    /// cannot pin it, and a holder keeps it.
    pub link: Option<String>,
}

/// Where the types of the kernel's structures came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BtfSource {
    /// The object reads none.
    None,
    /// From BTF in the package, for exactly this build of the kernel.
    Package,
    /// From the kernel's own BTF.
    Kernel,
}

/// A pinned map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MapRecord {
    /// The pin's name.
    pub pin: String,
    /// Who may read it.
    pub readers: Readers,
    /// Whether user space is kept from writing it.
    pub frozen: bool,
    /// Whether its data came from the generation before.
    pub kept: bool,
    /// The kernel's number of the map.
    pub id: u32,
}
