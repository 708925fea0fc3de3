// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A policy.
#![no_main]

use bpfsign_verify::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Policy::parse(text);
});
