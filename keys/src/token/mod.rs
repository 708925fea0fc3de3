// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys that never leave a token.

mod pkcs11;
#[allow(unsafe_code, reason = "an SDF library is C, loaded at run time")]
mod sdf;

pub use pkcs11::Pkcs11Key;
pub use sdf::SdfKey;
