// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One header block (§2).

use super::BLOCK;
use crate::{FormatError, HeaderField};

/// Where each field lies (POSIX.1-2017, pax, "ustar Header Block").
mod field {
    use std::ops::Range;
    pub const NAME: Range<usize> = 0..100;
    pub const MODE: Range<usize> = 100..108;
    pub const UID_GID: Range<usize> = 108..124;
    pub const SIZE: Range<usize> = 124..136;
    pub const MTIME: Range<usize> = 136..148;
    pub const CHECKSUM: Range<usize> = 148..156;
    pub const TYPE: usize = 156;
    pub const LINK_NAME: Range<usize> = 157..257;
    pub const MAGIC: Range<usize> = 257..265;
    pub const OWNER_NAMES: Range<usize> = 265..329;
    pub const DEVICE: Range<usize> = 329..345;
    pub const PREFIX: Range<usize> = 345..BLOCK_END;
    const BLOCK_END: usize = super::BLOCK;
}

const REGULAR: u8 = b'0';

/// The one header that an entry of this name and size has (§2.7). `name` is at
/// most 100 bytes, which the entry names of §3.4 guarantee.
pub(super) fn encode(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(field::NAME.start, name.as_bytes());
    put(field::MODE.start, b"0000644\0");
    put(field::UID_GID.start, b"0000000\x000000000\0");
    put(field::SIZE.start, format!("{size:011o}\0").as_bytes());
    put(field::MTIME.start, b"00000000000\0");
    put(field::CHECKSUM.start, b"        ");
    put(field::TYPE, &[REGULAR]);
    put(field::MAGIC.start, b"ustar\x0000");
    put(field::DEVICE.start, b"0000000\x000000000\0");
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[field::CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Name and size of the entry, when the header is exactly the one that
/// [`encode`] gives for them.
pub(super) fn decode(block: &[u8; BLOCK]) -> Result<(String, usize), FormatError> {
    if block[field::MAGIC] != *b"ustar\x0000" {
        return Err(FormatError::NotUstar);
    }
    if block[field::TYPE] != REGULAR {
        return Err(FormatError::NotRegular(block[field::TYPE]));
    }
    let name = name(&block[field::NAME])?;
    let size = size(&block[field::SIZE])?;
    let canonical = encode(&name, size);
    if *block != canonical {
        return Err(FormatError::BadHeader(first_difference(block, &canonical)));
    }
    Ok((name, size))
}

/// §2.3: printable ASCII, padded with zero bytes.
fn name(bytes: &[u8]) -> Result<String, FormatError> {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let name = &bytes[..end];
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return Err(FormatError::BadHeader(HeaderField::Name));
    }
    Ok(name.iter().map(|&b| char::from(b)).collect())
}

/// §2.4: eleven octal digits and a zero byte; base-256 sizes are not octal.
fn size(bytes: &[u8]) -> Result<usize, FormatError> {
    let (digits, end) = bytes.split_at(11);
    if end != [0] || !digits.iter().all(|d| matches!(d, b'0'..=b'7')) {
        return Err(FormatError::BadSize);
    }
    let size = digits.iter().fold(0_u64, |n, d| n << 3 | u64::from(d - b'0'));
    match usize::try_from(size) {
        Ok(size) if size <= crate::limits::PACKAGE_BYTES => Ok(size),
        _ => Err(FormatError::BadSize),
    }
}

fn first_difference(block: &[u8], canonical: &[u8]) -> HeaderField {
    let fields = [
        (field::MODE, HeaderField::Mode),
        (field::UID_GID, HeaderField::Owner),
        (field::MTIME, HeaderField::Time),
        (field::LINK_NAME, HeaderField::LinkName),
        (field::MAGIC, HeaderField::Magic),
        (field::OWNER_NAMES, HeaderField::OwnerName),
        (field::DEVICE, HeaderField::Device),
        (field::PREFIX, HeaderField::Prefix),
        (field::NAME, HeaderField::Name),
    ];
    fields
        .into_iter()
        .find(|(range, _)| block[range.clone()] != canonical[range.clone()])
        // Every byte but the checksum's is in a field above.
        .map_or(HeaderField::Checksum, |(_, field)| field)
}
