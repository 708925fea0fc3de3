// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A repository's index: its file, and its text; and the manifest of an OCI artifact.
#![no_main]

use bpfsign_format::{Document, Envelope, Index, oci};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = Envelope::parse(bytes.to_vec(), Document::Index) {
        assert!(file.to_parts().encode() == bytes);
    }
    if let Ok(index) = Index::parse(bytes) {
        assert!(index.encode().as_bytes() == bytes);
    }
    if let Ok(layer) = oci::layer(bytes) {
        assert!(oci::sha256(&layer.digest).is_some());
    }
});
