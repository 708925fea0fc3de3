// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Facts about a BPF object: as libbpf reads it, the same library that will load it, so
//! that what is checked and what is loaded cannot disagree; or without libbpf, for loaders
//! that do not use it (the feature `elf` alone).

mod declared;
mod elf;
mod error;
mod facts;
mod helpers;
pub mod instruction;
mod kernel_functions;
pub mod raw_btf;
mod read;
mod strings;
mod type_names;

#[cfg(feature = "bpf")]
mod core_relocations;
#[cfg(feature = "bpf")]
mod ext;
#[cfg(feature = "bpf")]
mod layout;
#[cfg(feature = "bpf")]
mod lines;
#[cfg(feature = "bpf")]
mod log;
#[cfg(feature = "bpf")]
mod needs;
#[cfg(feature = "bpf")]
mod open;

#[cfg(feature = "bpf")]
pub use core_relocations::{
    CoreRelocation, RawRelocation, core_relocations, core_types, raw_relocations,
};
pub use elf::{Function, Sections};
pub use error::BpfError;
pub use facts::{MapFacts, ObjectFacts, ProgramFacts, is_event_buffer};
pub use helpers::{Helper, helper, helper_name, helpers};
#[cfg(feature = "bpf")]
pub use layout::map_layouts;
#[cfg(feature = "bpf")]
pub use lines::Lines;
#[cfg(feature = "bpf")]
pub use log::{capture as capture_log, take as take_log};
#[cfg(feature = "bpf")]
pub use needs::{Ability, Needs, is_replaced_helper};
pub use type_names::{map_type_name, program_type_name};
