// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checks of how this tree is built, and the picture of its crates.
#![forbid(unsafe_code)]

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

pub use error::{Error, Result};
pub use finding::Finding;
