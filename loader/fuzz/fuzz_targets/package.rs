// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package, before anything is known of it: what is accepted has one encoding.
#![no_main]

use bpfsign_format::Package;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(container) = Package::parse(bytes.to_vec()) {
        assert!(container.to_parts().encode() == bytes);
        let _ = container.checked_manifest();
    }
});
