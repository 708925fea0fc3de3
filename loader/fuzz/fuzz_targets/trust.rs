// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A trust update: its file, and its text.
#![no_main]

use bpfsign_format::{Document, Envelope};
use bpfsign_verify::TrustUpdate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = Envelope::parse(bytes.to_vec(), Document::Trust) {
        assert!(file.to_parts().encode() == bytes);
    }
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = TrustUpdate::parse(text);
    }
});
