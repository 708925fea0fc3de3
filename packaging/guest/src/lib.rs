// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A booted kernel with nothing in it but static programs: what its first
//! process needs. Results go to the console as lines that start with [`MARK`].
#![forbid(unsafe_code)]

mod command;
mod kernel;
mod setup;

pub use command::{Ran, bpfsign, run};
pub use kernel::{Kernel, programs_in_kernel};
pub use setup::{load_modules, power_off, set_up};

/// What a line with a result starts with; the rest is JSON.
pub const MARK: &str = "@bpfsign ";

/// Prints a result.
pub fn say(result: &serde_json::Value) {
    println!("\n{MARK}{result}");
}
