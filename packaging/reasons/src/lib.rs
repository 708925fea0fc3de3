// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Catalogues of reasons: why something was refused or failed.
//!
//! Every crate of bpfsign lists its reasons with [`reasons!`]: each with the code for
//! scripts, the exit code, the message and the hint beside it. A crate of its own, below all
//! others, since keys and certificates have such a list as well as loader and packaging.
#![forbid(unsafe_code)]

mod catalogue;
mod exit_code;
mod io;

pub use exit_code::ExitCode;
pub use io::io_hint;
