// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The subset of ustar that a package is (§1, §2): each header is fixed by the
//! entry's name and size, so there is one valid encoding.

mod header;
mod read;
mod write;

pub(crate) use read::{Entry, entries};
pub(crate) use write::write;

/// A tar block, in bytes.
pub(crate) const BLOCK: usize = 512;
