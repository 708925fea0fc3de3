// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A manifest: what is accepted has one encoding.
#![no_main]

use bpfsign_format::{Manifest, PackageSchema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes) {
        assert!(manifest.encode().as_bytes() == bytes);
    }
    let _ = PackageSchema::parse(bytes);
});
