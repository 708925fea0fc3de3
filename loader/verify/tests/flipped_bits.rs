// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every bit of a whole signed package matters.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{path::Path, thread};

use bpfsign_keys::SecretKey;
use bpfsign_packaging::{Compiler, Targets, build};
use bpfsign_verify::{ExitCode, Sealed, Trust, TrustedSigner};

/// The real program's package, signed; and whom to trust.
fn signed_package() -> (Vec<u8>, Trust) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/sched-latency");
    let targets = Targets::open(Path::new("/no/such/directory")).unwrap();
    let built = build(&source, &Compiler::new("clang"), &targets, &[]).unwrap();
    let key = SecretKey::generate().unwrap();
    let container = bpfsign_format::Package::parse(built.bytes).unwrap();
    let mut parts = container.to_parts();
    let signature = key.sign(&parts.manifest).unwrap();
    parts.signatures.insert(key.public().id(), signature);
    let trusted = TrustedSigner::new("release", key.public().clone());
    (parts.encode(), Trust::new(vec![trusted], 1))
}

/// Loading starts with `verify`, and nothing but its result can be loaded; so
/// what it refuses has not been loaded.
#[test]
fn every_flipped_bit_of_a_package_is_refused() {
    let (package, trust) = signed_package();
    assert!(package.len() >= 8 * 1024, "{} bytes", package.len());
    let verify = |bytes: Vec<u8>| {
        Sealed::from_bytes(Path::new("flipped"), bytes).and_then(|sealed| sealed.verify(&trust))
    };
    verify(package.clone()).unwrap();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let accepted: Vec<usize> = thread::scope(|scope| {
        let (package, verify) = (&package, &verify);
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let bits = (worker..package.len() * 8).step_by(threads);
                    bits.filter(|bit| {
                        let mut flipped = package.clone();
                        flipped[bit / 8] ^= 1 << (bit % 8);
                        !is_refusal(verify(flipped))
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().unwrap()).collect()
    });
    assert!(accepted.is_empty(), "accepted with bits flipped: {accepted:?}");
}

fn is_refusal<T>(result: bpfsign_verify::Result<T>) -> bool {
    result.is_err_and(|e| {
        matches!(e.reason.exit_code(), ExitCode::NotAuthentic | ExitCode::NotTrusted)
    })
}
