// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Facts about a BPF object, as libbpf reads it: the same library that will
//! load it, so that what is checked and what is loaded cannot disagree.

mod core_relocations;
mod elf;
mod error;
mod facts;
mod layout;
mod log;

pub use core_relocations::{CoreRelocation, core_relocations, core_types};
pub use elf::Sections;
pub use error::BpfError;
pub use facts::{MapFacts, ObjectFacts, ProgramFacts};
pub use layout::map_layouts;
pub use log::{capture as capture_log, take as take_log};
