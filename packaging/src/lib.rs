// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The author's side: from a program directory to a signed package.
#![forbid(unsafe_code)]

mod build;
mod compile;
mod error;
mod headers;
mod helpers;
mod inspect;
mod program;
mod provenance;
mod sign;

pub use build::{Built, build};
pub use compile::Compiler;
pub use error::{Error, Reason, Result};
pub use inspect::{Inspection, ObjectInspection, PackageInspection, ProgramInspection, inspect};
pub use sign::{Signed, SignedKind, sign};
