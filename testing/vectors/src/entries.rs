// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §3: names, order, duplicates and the sizes of entries.

use bpfsign_format::{MANIFEST, SCHEMA};

use crate::{
    Sample, Vector, refused,
    sample::signature_name,
    tar::{Entry, archive},
};

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let mut vectors = names(sample);
    vectors.extend(order(sample));
    vectors.extend(too_large(sample));
    vectors
}

/// The valid package with its object under another name.
fn names(sample: &Sample) -> Vec<Vector> {
    let renamed = |name: &str| {
        let mut entries = sample.entries();
        entries[2] = Entry::new(name, &entries[2].content);
        archive(&entries)
    };
    let unsafe_names = [
        ("name-with-dot-dot", "objects/../../etc/cron.d/x"),
        ("name-is-dot-dot", ".."),
        ("name-absolute", "/etc/ld.so.preload"),
        ("name-with-dot", "./manifest.toml"),
        ("name-with-empty-component", "objects//generic.bpf.o"),
        ("name-with-backslash", "objects\\generic.bpf.o"),
        ("name-ends-in-slash", "objects/"),
    ];
    let unknown_names = [
        ("unknown-entry", "README"),
        ("unknown-directory", "scripts/post-install"),
        ("object-without-suffix", "objects/generic.o"),
        ("object-nested", "objects/a/generic.bpf.o"),
        ("object-with-capitals", "objects/Generic.bpf.o"),
        ("object-with-two-dots", "objects/a..b.bpf.o"),
        ("object-without-name", "objects/.bpf.o"),
        ("signature-name-short", "signatures/0123456789abcdef.sig"),
        ("btf-without-build-id", "btf/5.10.0.btf"),
        ("btf-with-capitals-in-build-id", "btf/5.10.0-ABCDEF0123456789.btf"),
        ("btf-of-no-release", "btf/linux-abcdef0123456789.btf"),
        ("btf-without-suffix", "btf/5.10.0-abcdef0123456789"),
        ("manifest-in-directory", "objects/manifest.toml"),
    ];
    let mut vectors: Vec<_> = unsafe_names
        .into_iter()
        .map(|(name, entry)| refused(name, "3.6", "unsafe-name", renamed(entry)))
        .collect();
    vectors.extend(
        unknown_names
            .into_iter()
            .map(|(name, entry)| refused(name, "3.4", "unknown-entry", renamed(entry))),
    );
    let capitals = format!("signatures/{}.sig", "AB".repeat(32));
    vectors.push(refused("signature-name-capitals", "3.4", "unknown-entry", renamed(&capitals)));
    vectors
}

fn order(sample: &Sample) -> Vec<Vector> {
    let arranged = |order: &[usize]| {
        let entries = sample.entries();
        archive(order.iter().map(|&i| &entries[i]))
    };
    let mut unordered = sample.entries();
    unordered.insert(2, sample.signature(&sample.stranger, &unordered[0].content));
    unordered[1..3].sort_by_key(|e| std::cmp::Reverse(e.header));
    let mut other_manifest = sample.manifest();
    other_manifest.sequence += 1;
    let mut two_manifests = sample.entries();
    two_manifests.insert(1, Entry::new(MANIFEST, other_manifest.encode().as_bytes()));
    let mut late_manifest = sample.entries();
    late_manifest.push(Entry::new(MANIFEST, other_manifest.encode().as_bytes()));
    vec![
        refused("no-manifest", "3.1", "no-manifest", arranged(&[1, 2, 3, 4])),
        refused("manifest-not-first", "3.1", "no-manifest", arranged(&[1, 0, 2, 3, 4])),
        refused("two-manifests", "3.5", "duplicate-entry", archive(&two_manifests)),
        refused("second-manifest-at-the-end", "3.5", "duplicate-entry", archive(&late_manifest)),
        refused("signature-twice", "3.5", "duplicate-entry", arranged(&[0, 1, 1, 2, 3, 4])),
        refused("object-twice", "3.5", "duplicate-entry", arranged(&[0, 1, 2, 2, 3, 4])),
        refused("signature-after-payload", "3.3", "wrong-order", arranged(&[0, 2, 3, 4, 1])),
        refused("signatures-out-of-order", "3.2", "wrong-order", archive(&unordered)),
        refused("payload-out-of-order", "3.3", "wrong-order", arranged(&[0, 1, 3, 2, 4])),
    ]
}

fn too_large(sample: &Sample) -> Vec<Vector> {
    let replaced = |index: usize, name: &str, size: usize| {
        let mut entries = sample.entries();
        entries[index] = Entry::new(name, &vec![b'#'; size]);
        archive(&entries)
    };
    let mut crowded = sample.entries();
    let signature = crowded.remove(1);
    for i in 0..17 {
        let name = format!("signatures/{i:064x}.sig");
        crowded.insert(1 + i, Entry::new(&name, &signature.content));
    }
    let too_large = "entry-too-large";
    vec![
        refused("manifest-over-64-kib", "7.1", too_large, replaced(0, MANIFEST, 65_537)),
        refused(
            "signature-of-73-bytes",
            "5.2",
            too_large,
            replaced(1, &signature_name(&sample.key), 73),
        ),
        refused("schema-over-256-kib", "7.1", too_large, replaced(4, SCHEMA, 262_145)),
        refused("provenance-over-64-kib", "7.1", too_large, replaced(3, "provenance.json", 65_537)),
        refused(
            "btf-over-1-mib",
            "7.1",
            too_large,
            replaced(2, "btf/5.10.0-abcdef0123456789.btf", 1_048_577),
        ),
        refused("17-signatures", "3.2", "too-many-signatures", archive(&crowded)),
    ]
}
