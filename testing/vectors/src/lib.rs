// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Test vectors for `docs/spec/package-v1.md`: packages that each violate one
//! sentence, and a few that violate none. Tar blocks are made here by hand,
//! not with the writer under test. Keys are made anew for each set.
//!
//! `cargo run -p bpfsign-vectors --example write-vectors -- DIR` writes them
//! to files, for fuzzing and for other implementations.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a vector that cannot be made is a failed test")]

mod certs;
mod entries;
mod file;
mod headers;
mod manifests;
mod payload;
mod sample;
mod signatures;
mod tar;

use bpfsign_keys::PublicKey;

pub use sample::Sample;

/// One package and what must come of it.
#[derive(Debug)]
pub struct Vector {
    /// Named after the violation.
    pub name: String,
    /// The sentence of the specification that it violates; empty if none.
    pub sentence: &'static str,
    /// The package file.
    pub bytes: Vec<u8>,
    /// The code of the refusal; `ok` if it must be accepted.
    pub code: &'static str,
    /// The exit code of `bpfsign verify`.
    pub exit: u8,
}

/// All vectors, and the key and authority that they are to be verified with,
/// with a threshold of one.
#[derive(Debug)]
pub struct VectorSet {
    /// The trusted key.
    pub trusted: PublicKey,
    /// The trusted authority's certificate in PEM.
    pub authority: String,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

impl VectorSet {
    /// Makes a set with new keys.
    pub fn generate() -> Self {
        let sample = Sample::generate();
        let mut vectors = vec![
            accepted("valid-package", sample.package()),
            accepted("valid-second-signer-is-unknown", sample.package_with_stranger()),
        ];
        vectors.extend(file::vectors(&sample));
        vectors.extend(headers::vectors(&sample));
        vectors.extend(entries::vectors(&sample));
        vectors.extend(manifests::vectors(&sample));
        vectors.extend(signatures::vectors(&sample));
        vectors.extend(payload::vectors(&sample));
        vectors.extend(certs::vectors(&sample));
        let authority = certs::authority(&sample);
        Self { trusted: sample.key.public().clone(), authority, vectors }
    }
}

fn accepted(name: &str, bytes: Vec<u8>) -> Vector {
    Vector { name: name.into(), sentence: "", bytes, code: "ok", exit: 0 }
}

/// A vector that is not authentic.
fn refused(name: &str, sentence: &'static str, code: &'static str, bytes: Vec<u8>) -> Vector {
    Vector { name: name.into(), sentence, bytes, code, exit: 3 }
}

/// A vector that is authentic to somebody, but not trusted here and now.
fn untrusted(name: &str, sentence: &'static str, code: &'static str, bytes: Vec<u8>) -> Vector {
    Vector { name: name.into(), sentence, bytes, code, exit: 4 }
}
