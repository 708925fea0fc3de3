// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Facts about a BPF object, as libbpf reads it: the same library that will
//! load it, so that what is checked and what is loaded cannot disagree.

mod code;
mod core_relocations;
mod elf;
mod error;
mod ext;
mod facts;
mod helpers;
pub mod instruction;
mod layout;
mod lines;
mod log;
mod needs;
pub mod raw_btf;

pub use core_relocations::{
    CoreRelocation, RawRelocation, core_relocations, core_types, raw_relocations,
};
pub use elf::{Function, Sections};
pub use error::BpfError;
pub use facts::{MapFacts, ObjectFacts, ProgramFacts};
pub use helpers::{Helper, helper, helper_name, helpers};
pub use layout::{is_event_buffer, map_layouts};
pub use lines::Lines;
pub use log::{capture as capture_log, take as take_log};
pub use needs::{Ability, Needs, is_replaced_helper};
