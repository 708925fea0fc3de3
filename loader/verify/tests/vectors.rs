// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every vector gives exactly the refusal that it is named after.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use bpfsign_keys::Certificate;
use bpfsign_vectors::{Vector, VectorSet};
use bpfsign_verify::{Sealed, Trust, TrustedSigner};

fn verdict(vector: &Vector, trust: &Trust) -> (&'static str, u8) {
    let path = Path::new(&vector.name);
    match Sealed::from_bytes(path, vector.bytes.clone()).and_then(|s| s.verify(trust)) {
        Ok(_) => ("ok", 0),
        Err(error) => (error.reason.code(), error.reason.exit_code() as u8),
    }
}

#[test]
fn every_vector_is_judged_as_documented() {
    let set = VectorSet::generate();
    let key = TrustedSigner::new("trusted", set.trusted.clone());
    let authority = Certificate::from_pem(set.authority.as_bytes()).unwrap().remove(0);
    let trust = Trust::new(vec![key], 1).with_authority("authority", authority);
    let wrong: Vec<_> = set
        .vectors
        .iter()
        .map(|vector| (vector, verdict(vector, &trust)))
        .filter(|(vector, verdict)| *verdict != (vector.code, vector.exit))
        .map(|(v, got)| format!("{}: want {:?}, got {got:?}", v.name, (v.code, v.exit)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let refusals = set.vectors.iter().filter(|v| v.exit != 0).count();
    assert!(refusals >= 40, "{refusals} refusals");
}

#[test]
fn vector_names_are_unique_and_say_which_sentence() {
    let set = VectorSet::generate();
    let mut names: Vec<_> = set.vectors.iter().map(|v| v.name.as_str()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(set.vectors.iter().all(|v| v.sentence.is_empty() == (v.exit == 0)));
}

/// One valid encoding: what was read is written again as the same bytes.
#[test]
fn decoding_and_encoding_gives_the_same_bytes() {
    use bpfsign_format::{Manifest, Package};
    for vector in VectorSet::generate().vectors.iter().filter(|v| v.exit == 0) {
        let container = Package::parse(vector.bytes.clone()).unwrap();
        let manifest = Manifest::parse(container.manifest_bytes()).unwrap();
        assert_eq!(manifest.encode().as_bytes(), container.manifest_bytes());
        assert!(container.to_parts().encode() == vector.bytes, "{}", vector.name);
    }
}

/// A threshold counts keys, so one signature never makes two.
#[test]
fn a_threshold_of_two_needs_two_keys() {
    let set = VectorSet::generate();
    let valid = &set.vectors[0];
    let key = TrustedSigner::new("trusted", set.trusted.clone());
    for keys in [vec![key.clone()], vec![key.clone(), key.clone()]] {
        let trust = Trust::new(keys, 2);
        assert_eq!(verdict(valid, &trust), ("threshold", 4));
    }
}
