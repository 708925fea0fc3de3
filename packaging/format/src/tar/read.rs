// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Splitting a package's bytes into entries (§1).

use std::ops::Range;

use super::{BLOCK, header};
use crate::{FormatError, limits};

/// One entry: its name and where its content lies in the file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) content: Range<usize>,
}

const ZERO: [u8; BLOCK] = [0; BLOCK];

/// The entries of a whole package, in file order.
pub(crate) fn entries(bytes: &[u8]) -> Result<Vec<Entry>, FormatError> {
    if bytes.len() > limits::PACKAGE_BYTES {
        return Err(FormatError::TooLarge);
    }
    if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
        return Err(FormatError::Truncated);
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = 0;
    loop {
        let Some(block) = block(bytes, at) else { return Err(FormatError::NoEnd) };
        if *block == ZERO {
            return end(bytes, at + BLOCK).map(|()| entries);
        }
        if entries.len() == limits::ENTRIES {
            return Err(FormatError::TooManyEntries);
        }
        let (name, size) = header::decode(block)?;
        let start = at + BLOCK;
        let padded = size.next_multiple_of(BLOCK);
        // No overflow: `size` is at most PACKAGE_BYTES, as is `start`.
        if start + padded > bytes.len() {
            return Err(FormatError::EntryTruncated(name));
        }
        if bytes[start + size..start + padded].iter().any(|&b| b != 0) {
            return Err(FormatError::PaddingNotZero(name));
        }
        entries.push(Entry { name, content: start..start + size });
        at = start + padded;
    }
}

fn block(bytes: &[u8], at: usize) -> Option<&[u8; BLOCK]> {
    bytes.get(at..)?.first_chunk()
}

/// §1.5: a second zero block at `at`, and then nothing.
fn end(bytes: &[u8], at: usize) -> Result<(), FormatError> {
    match block(bytes, at) {
        Some(block) if *block == ZERO => {}
        _ => return Err(FormatError::NoEnd),
    }
    if bytes.len() > at + BLOCK {
        return Err(FormatError::TrailingBytes);
    }
    Ok(())
}
