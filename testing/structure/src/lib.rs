// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checks of how this tree is built, and the picture of its crates.
//!
//! `cargo run -p bpfsign-structure -- check` prints all that is found, each with its place
//! and what to do; the tests of this crate call the same functions.
//!
//! ```
//! use std::path::Path;
//!
//! let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
//! for file in bpfsign_structure::sizes::long_files(&root)? {
//!     println!("{file}");
//! }
//! # Ok::<(), bpfsign_structure::Error>(())
//! ```
#![forbid(unsafe_code)]

mod check;
pub mod documented;
mod error;
mod files;
mod finding;
pub mod layers;
pub mod modules;
pub mod picture;
pub mod sizes;
mod source;
pub mod workspace;

pub use check::{Checked, check, cycles};
pub use error::{Error, Result};
pub use finding::Finding;
