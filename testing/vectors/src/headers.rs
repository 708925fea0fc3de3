// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §2: headers.

use crate::{
    Sample, Vector, refused,
    tar::{BLOCK, Entry, archive},
};

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let mut vectors = types(sample);
    vectors.extend(sizes(sample));
    vectors.extend(fields(sample));
    vectors.push(refused("gnu-magic", "2.1", "not-ustar", change(sample, 257, b"ustar  \0")));
    vectors.push(refused("v7-header", "2.1", "not-ustar", change(sample, 257, &[0; 8])));
    vectors.push(refused("not-a-tar", "2.1", "not-ustar", b"PK\x03\x04".repeat(BLOCK / 2)));
    vectors
}

/// The valid package with other bytes in the object's header, checksum right.
fn change(sample: &Sample, at: usize, bytes: &[u8]) -> Vec<u8> {
    change_entry(sample, |entry| entry.with(at, bytes))
}

fn change_entry(sample: &Sample, change: impl Fn(Entry) -> Entry) -> Vec<u8> {
    let mut entries = sample.entries();
    entries[2] = change(entries[2].clone());
    archive(&entries)
}

/// Type flags of POSIX.1-2017 and GNU tar.
fn types(sample: &Sample) -> Vec<Vector> {
    let types = [
        ("hard-link-entry", b'1'),
        ("symlink-entry", b'2'),
        ("character-device-entry", b'3'),
        ("block-device-entry", b'4'),
        ("directory-entry", b'5'),
        ("fifo-entry", b'6'),
        ("contiguous-entry", b'7'),
        ("sparse-entry", b'S'),
        ("long-name-entry", b'L'),
        ("long-link-entry", b'K'),
        ("pax-entry", b'x'),
        ("pax-global-entry", b'g'),
        ("old-regular-entry", 0),
        ("unknown-type-entry", b'?'),
    ];
    let vector = |(name, flag): (&str, u8)| {
        refused(name, "2.2", "not-a-regular-file", change(sample, 156, &[flag]))
    };
    let mut vectors: Vec<_> = types.into_iter().map(vector).collect();
    let link = |e: Entry| e.with(156, b"2").with(157, b"/etc/shadow");
    let bytes = change_entry(sample, link);
    vectors.push(refused("symlink-to-secret", "2.2", "not-a-regular-file", bytes));
    vectors
}

fn sizes(sample: &Sample) -> Vec<Vector> {
    let sizes: [(&str, &[u8]); 6] = [
        ("size-overflow", b"77777777777\0"),
        ("size-base-256", b"\x80\0\0\0\0\0\0\0\0\0\x02\xbc"),
        ("size-with-spaces", b"       1274 "),
        ("size-negative", b"-0000000001\0"),
        ("size-decimal-digit", b"00000000900\0"),
        ("size-without-end", b"000000012740"),
    ];
    let vector =
        |(name, size): (&str, &[u8])| refused(name, "2.4", "bad-size", change(sample, 124, size));
    let mut vectors: Vec<_> = sizes.into_iter().map(vector).collect();
    let bytes = change(sample, 124, b"00000040000\0");
    vectors.push(refused("size-past-the-end", "1.3", "entry-truncated", bytes));
    vectors
}

fn fields(sample: &Sample) -> Vec<Vector> {
    let fields: [(&str, &str, usize, &[u8]); 13] = [
        ("mode-executable", "2.5", 100, b"0000755\0"),
        ("mode-setuid", "2.5", 100, b"0004644\0"),
        ("owner-not-root", "2.5", 108, b"0001750\0"),
        ("group-not-root", "2.5", 116, b"0001750\0"),
        ("time-not-zero", "2.5", 136, b"14712345670\0"),
        ("link-name-set", "2.5", 157, b"elsewhere"),
        ("owner-name-set", "2.5", 265, b"root"),
        ("device-set", "2.5", 329, b"0000001\0"),
        ("prefix-set", "2.3", 345, b"evil"),
        ("after-prefix-set", "2.5", 511, b"x"),
        ("bytes-after-name", "2.3", 50, b"hidden"),
        ("name-not-ascii", "2.3", 0, b"\xff"),
        ("name-empty", "2.3", 0, &[0; 100]),
    ];
    let vector = |(name, sentence, at, bytes): (&str, &'static str, usize, &[u8])| {
        refused(name, sentence, "bad-header", change(sample, at, bytes))
    };
    let mut vectors: Vec<_> = fields.into_iter().map(vector).collect();
    let wrong_checksum = change_entry(sample, |mut entry| {
        entry.put(148, b"000001\0 ");
        entry
    });
    vectors.push(refused("checksum-wrong", "2.6", "bad-header", wrong_checksum));
    let spaced_checksum = change_entry(sample, |mut entry| {
        entry.put(154, b" \0");
        entry
    });
    vectors.push(refused("checksum-written-otherwise", "2.6", "bad-header", spaced_checksum));
    vectors
}
