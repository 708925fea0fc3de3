// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes in a stream (§7.4 of pins-v1): a little-endian 32-bit length and as many bytes.
//! A length of 2^32 - 1 is followed by a 64-bit number of frames that were lost; a length
//! of 0 ends the stream.

use std::io::{self, BufRead, Read, Write};

const LOST: u32 = u32::MAX;
/// The longest frame that a reader takes, in bytes: a key and the values of all CPUs.
const LONGEST: u32 = 16 << 20;

/// What a reader gets.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Its bytes are in the buffer that was given.
    Bytes,
    /// So many were lost.
    Lost(u64),
    /// There are no more.
    End,
}

/// Adds a frame.
pub(crate) fn write(out: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let length = u32::try_from(length).ok().filter(|l| *l <= LONGEST);
    let length = length.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    out.write_all(&length.to_le_bytes())?;
    parts.iter().try_for_each(|part| out.write_all(part))
}

/// Tells how many were lost.
pub(crate) fn write_lost(out: &mut impl Write, count: u64) -> io::Result<()> {
    out.write_all(&LOST.to_le_bytes())?;
    out.write_all(&count.to_le_bytes())
}

/// Ends the stream.
pub(crate) fn write_end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&0_u32.to_le_bytes())
}

/// Reads a frame into `bytes`.
///
/// # Errors
/// The end of the stream is one: a stream says itself where it ends.
pub(crate) fn read(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<Frame> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    bytes.clear();
    match u32::from_le_bytes(length) {
        0 => Ok(Frame::End),
        LOST => {
            let mut count = [0; 8];
            from.read_exact(&mut count)?;
            Ok(Frame::Lost(u64::from_le_bytes(count)))
        }
        length if length > LONGEST => Err(io::ErrorKind::InvalidData.into()),
        length => match from.take(u64::from(length)).read_to_end(bytes)? {
            read if read == length as usize => Ok(Frame::Bytes),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        },
    }
}
