// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Many readers of one stream: of the package `event-rate` (`testing/programs`), loaded on
//! some host, while a program makes events.
#![forbid(unsafe_code)]

mod holder;
mod stream;

pub use stream::{Counts, Stream, read};
