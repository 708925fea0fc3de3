// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §4.7, §5.6: the payload against the manifest, and a flipped bit in each
//! part of a package.

use bpfsign_format::Manifest;

use crate::{
    Sample, Vector, refused,
    tar::{BLOCK, Entry, archive},
};

type Change = fn(&mut Manifest);

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let claims = |change: Change| {
        let mut manifest = sample.manifest();
        change(&mut manifest);
        sample.package_for(manifest.encode().as_bytes())
    };
    let swap = |digest: &mut String| *digest = digest.chars().rev().collect();
    let mut without_schema = sample.entries();
    without_schema.pop();
    let mut with_second_object = sample.entries();
    with_second_object.insert(3, Entry::new("objects/other.bpf.o", b"\x7fELF"));
    let mut longer = sample.entries();
    longer[2] = Entry::new("objects/generic.bpf.o", &[&longer[2].content[..], b"x"].concat());
    let mut manifest = sample.manifest();
    swap(&mut manifest.files[0].sm3);
    let wrong_sm3 = sample.package_for(manifest.encode().as_bytes());
    let mut manifest = sample.manifest();
    swap(&mut manifest.files[0].sha256);
    let wrong_sha256 = sample.package_for(manifest.encode().as_bytes());
    let mut vectors = vec![
        refused("size-wrong", "5.6", "wrong-size", claims(|m| m.files[0].size -= 1)),
        refused("object-longer", "5.6", "wrong-size", archive(&longer)),
        refused("sm3-wrong", "5.6", "wrong-sm3", wrong_sm3),
        refused("sha256-wrong", "5.6", "wrong-sha256", wrong_sha256),
        refused("listed-file-missing", "4.7", "missing-file", archive(&without_schema)),
        refused("file-not-listed", "4.7", "unlisted-file", archive(&with_second_object)),
        refused(
            "schema-not-listed",
            "4.7",
            "unlisted-file",
            claims(|m| {
                m.files.pop();
            }),
        ),
    ];
    vectors.extend(flipped_bits(sample));
    vectors
}

/// One bit in the content of each entry. (Every bit of a whole package is
/// flipped by a test of the loader.)
fn flipped_bits(sample: &Sample) -> Vec<Vector> {
    let parts = [
        ("bit-flipped-in-manifest", "5.1", "signature-invalid"),
        ("bit-flipped-in-signature", "5.1", "signature-invalid"),
        ("bit-flipped-in-object", "5.6", "wrong-sm3"),
        ("bit-flipped-in-provenance", "5.6", "wrong-sm3"),
        ("bit-flipped-in-schema", "5.6", "wrong-sm3"),
    ];
    let mut at = 0;
    let entries = sample.entries();
    let flipped = parts.into_iter().zip(&entries).map(|((name, sentence, code), entry)| {
        let mut bytes = sample.package();
        // The last byte: in a signature, the end of s.
        bytes[at + BLOCK + entry.content.len() - 1] ^= 1;
        at += entry.blocks().len();
        refused(name, sentence, code, bytes)
    });
    flipped.collect()
}
