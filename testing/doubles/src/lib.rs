// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A token in software, for tests: a library with the functions of PKCS#11 and of
//! SDF (GM/T 0018) that bpfsign calls. Its key is in the file that
//! `BPFSIGN_DOUBLE_KEY` names, and its PIN is [`PIN`].
#![allow(unsafe_code, reason = "both interfaces are C")]

mod pkcs11;
mod sdf;

use bpfsign_keys::SecretKey;

/// What opens it.
pub const PIN: &str = "1234";
/// The label of its key.
pub const LABEL: &str = "release";
/// The number of its SM2 mechanism.
pub const MECHANISM: u64 = 0x8000_8102;
/// The index of its key.
pub const INDEX: u32 = 3;

fn key() -> Option<SecretKey> {
    let path = std::env::var_os("BPFSIGN_DOUBLE_KEY")?;
    SecretKey::from_pem(&std::fs::read_to_string(path).ok()?, None).ok()
}

/// r and s over e.
fn sign(e: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    key()?.sign_digest(e.try_into().ok()?).ok()
}
