// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SDF, GM/T 0018.

use std::{
    ffi::{c_int, c_uchar, c_uint, c_void},
    slice,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{INDEX, PIN, sign};

/// SDR_KEYNOTEXIST, SDR_PARDENY, SDR_SIGNERR.
const NO_KEY: c_int = 0x0100_0008;
const DENIED: c_int = 0x0100_0006;
const FAILED: c_int = 0x0100_000c;

static ALLOWED: AtomicBool = AtomicBool::new(false);

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_OpenDevice(device: *mut *mut c_void) -> c_int {
    // SAFETY: the caller gives a place for a handle.
    unsafe { *device = device.cast() };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_CloseDevice(_: *mut c_void) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_OpenSession(_: *mut c_void, session: *mut *mut c_void) -> c_int {
    // SAFETY: the caller gives a place for a handle.
    unsafe { *session = session.cast() };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_CloseSession(_: *mut c_void) -> c_int {
    ALLOWED.store(false, Ordering::Relaxed);
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_GetPrivateKeyAccessRight(
    _: *mut c_void,
    index: c_uint,
    password: *const c_uchar,
    length: c_uint,
) -> c_int {
    // SAFETY: the caller gives as many bytes as it says.
    let given = unsafe { slice::from_raw_parts(password, length as usize) };
    if index != INDEX {
        return NO_KEY;
    }
    let right = given == PIN.as_bytes();
    ALLOWED.store(right, Ordering::Relaxed);
    if right { 0 } else { DENIED }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_ReleasePrivateKeyAccessRight(_: *mut c_void, _: c_uint) -> c_int {
    ALLOWED.store(false, Ordering::Relaxed);
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn SDF_InternalSign_ECC(
    _: *mut c_void,
    index: c_uint,
    data: *const c_uchar,
    length: c_uint,
    signature: *mut [[c_uchar; 64]; 2],
) -> c_int {
    if index != INDEX {
        return NO_KEY;
    }
    if !ALLOWED.load(Ordering::Relaxed) {
        return DENIED;
    }
    // SAFETY: the caller gives as many bytes as it says, and a place for an
    // ECCSignature.
    unsafe {
        let e = slice::from_raw_parts(data, length as usize);
        let Some((r, s)) = sign(e) else { return FAILED };
        let mut fields = [[0; 64]; 2];
        fields[0][32..].copy_from_slice(&r);
        fields[1][32..].copy_from_slice(&s);
        *signature = fields;
    }
    0
}
