// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A generation: all the pins of one load, in force at once when `current` is renamed.
//! Schema and record lie in a directory of the same number below the run directory, and are
//! read by the number in force, so that they always belong to the pins.

mod create;
mod directory;
mod order;
mod ready;
mod remove;
mod sweep;
mod switch;

pub(crate) use create::Generation;
pub(crate) use directory::entries;
pub use ready::ReadyHost;
pub(crate) use remove::remove_pins;
pub(crate) use sweep::sweep_package;

/// What lies in the run directory for each generation.
pub(crate) const SCHEMA_FILE: &str = "schema.json";
pub(crate) const RECORD_FILE: &str = "package.json";
const RUN_FILES: [&str; 2] = [SCHEMA_FILE, RECORD_FILE];
