// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The author's side: from a program directory to a signed package.
#![deny(unsafe_code)]

mod build;
mod check;
mod compile;
mod compiled;
mod core;
mod describe;
mod error;
mod finding;
mod headers;
mod inspect;
mod parallel;
mod program;
mod provenance;
mod repository;
mod reproduce;
mod sign;
mod targets;
mod variants;
mod vm;

pub use build::{Built, build};
pub use check::{PackageCheck, check};
pub use compile::Compiler;

pub use error::{At, Disagreement, Error, Reason, Result};
pub use finding::{Finding, ObjectCheck};
pub use inspect::{Inspection, ObjectInspection, PackageInspection, ProgramInspection, inspect};
pub use repository::{IndexOptions, build_index};
pub use reproduce::{Reproduction, reproduce};
pub use sign::{Signed, SignedKind, build_document, sign_all, sign_document};
pub use targets::{Added, KernelVersion, Origin, Target, TargetBtf, Targets};
pub use vm::{Boot, Console, GuestFiles, Initramfs, VmTest, vmtest};
