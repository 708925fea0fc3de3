// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The audit log: what was loaded, refused and taken away (docs/spec/audit-v1.md).
//!
//! `audit.jsonl` in the state directory has one JSON object a line, each with the
//! SM3 of the line before. Root can write a new log from the start; what the chain
//! shows is that nothing in it was changed, left out or put in between.

mod append;
mod event;
mod journal;
mod read;

pub use append::{append, refused, watch_policy};
pub use event::{Entry, Event};
pub use read::{Audit, audit};

/// The log's name in the state directory.
const FILE: &str = "audit.jsonl";
/// `prev` of the first line.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// A line, in bytes.
const LINE: usize = 16 * 1024;
