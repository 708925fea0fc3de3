// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Tar entries by hand, right or wrong.

/// A tar block, in bytes.
pub(crate) const BLOCK: usize = 512;

/// One entry: header and content.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) header: [u8; BLOCK],
    pub(crate) content: Vec<u8>,
}

impl Entry {
    /// The one right header for this name and content.
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        let mut entry = Self { header: [0; BLOCK], content: content.to_vec() };
        entry.put(0, name.as_bytes());
        entry.put(100, b"0000644\x000000000\x000000000\0");
        entry.put(124, format!("{:011o}\x0000000000000\0", content.len()).as_bytes());
        entry.put(156, b"0");
        entry.put(257, b"ustar\x0000");
        entry.put(329, b"0000000\x000000000\0");
        entry.seal()
    }

    /// Overwrites header bytes and keeps the checksum right.
    pub(crate) fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes);
        self.seal()
    }

    /// Overwrites header bytes and nothing else.
    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn seal(mut self) -> Self {
        self.put(148, b"        ");
        let sum: u32 = self.header.iter().map(|&b| u32::from(b)).sum();
        self.put(148, format!("{sum:06o}\0 ").as_bytes());
        self
    }

    /// Header, content and padding.
    pub(crate) fn blocks(&self) -> Vec<u8> {
        let mut bytes = [&self.header[..], &self.content].concat();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }
}

/// The entries and the two zero blocks.
pub(crate) fn archive<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.into_iter().flat_map(Entry::blocks).collect();
    bytes.extend([0; 2 * BLOCK]);
    bytes
}
