// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writing entries as one package file (§1, §2).

use super::{BLOCK, header};

/// The file that holds `entries` in the given order.
pub(crate) fn write<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        bytes.extend_from_slice(&header::encode(name, content.len()));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}
