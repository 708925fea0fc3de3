// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A chain of certificates, and the path to whichever of them is an authority.
#![no_main]

use std::time::Duration;

use bpfsign_keys::{Certificate, Chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = Duration::from_secs(1_800_000_000);
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert!(certificate.der() == bytes);
    }
    if let Ok(chain) = Chain::from_pem(bytes) {
        for authority in chain.certificates() {
            // One of its own is no way out of it.
            assert!(chain.verify(authority, now).is_err());
        }
    }
});
