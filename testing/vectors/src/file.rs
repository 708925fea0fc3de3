// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §1: the file as a whole.

use crate::{
    Sample, Vector, refused,
    tar::{BLOCK, Entry, archive},
};

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let good = sample.package();
    let end = good.len() - 2 * BLOCK;
    let mut vectors = vec![
        refused("empty-file", "1.2", "truncated", Vec::new()),
        refused("cut-inside-a-block", "1.2", "truncated", good[..good.len() - 1].to_vec()),
        refused("over-16-mib", "1.1", "package-too-large", vec![0; 16 * 1024 * 1024 + 1]),
        refused("only-zero-blocks", "3.1", "no-manifest", vec![0; 2 * BLOCK]),
        refused("no-end", "1.5", "no-end", good[..end].to_vec()),
        refused("one-zero-block", "1.5", "no-end", good[..end + BLOCK].to_vec()),
        refused("data-after-one-zero-block", "1.5", "no-end", data_after_zero_block(&good, end)),
        refused("third-zero-block", "1.5", "trailing-bytes", [&good[..], &[0; BLOCK]].concat()),
        refused("trailing-bytes", "1.5", "trailing-bytes", [&good[..], &[7; BLOCK]].concat()),
        refused("second-package-appended", "1.5", "trailing-bytes", good.repeat(2)),
        refused("65-entries", "1.4", "too-many-entries", many_entries(sample)),
        refused("padding-not-zero", "1.3", "padding-not-zero", padding(sample)),
    ];
    vectors.extend(truncations(sample));
    vectors
}

fn data_after_zero_block(good: &[u8], end: usize) -> Vec<u8> {
    let mut bytes = good.to_vec();
    bytes[end + BLOCK] = 1;
    bytes
}

/// 63 more objects; the limit is checked before names and order are.
fn many_entries(sample: &Sample) -> Vec<u8> {
    let mut entries = sample.entries();
    while entries.len() < 65 {
        entries.push(Entry::new(&format!("objects/z{:02}.bpf.o", entries.len()), b"x"));
    }
    archive(&entries)
}

fn padding(sample: &Sample) -> Vec<u8> {
    let mut bytes = sample.package();
    let manifest = sample.entries()[0].content.len();
    bytes[BLOCK + manifest] = 1;
    bytes
}

/// Cut at the start of every header, and inside every content.
fn truncations(sample: &Sample) -> Vec<Vector> {
    let good = sample.package();
    let mut at = 0;
    let mut vectors = Vec::new();
    for (i, entry) in sample.entries().iter().enumerate() {
        if at > 0 {
            let name = format!("truncated-at-header-{i}");
            vectors.push(refused(&name, "1.5", "no-end", good[..at].to_vec()));
        }
        let name = format!("truncated-after-header-{i}");
        vectors.push(refused(&name, "1.3", "entry-truncated", good[..at + BLOCK].to_vec()));
        at += entry.blocks().len();
    }
    vectors
}
