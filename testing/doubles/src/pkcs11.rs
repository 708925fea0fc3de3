// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PKCS#11 2.40, as far as signing needs it.

use std::{
    mem::zeroed,
    ptr, slice,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use cryptoki_sys::*;

use crate::{LABEL, MECHANISM, PIN, sign};

static LOGGED_IN: AtomicBool = AtomicBool::new(false);
/// Whether the search that is going on finds the key.
static FOUND: Mutex<bool> = Mutex::new(false);

const SLOT: CK_SLOT_ID = 7;
const KEY: CK_OBJECT_HANDLE = 42;

unsafe extern "C" fn initialize(_: CK_VOID_PTR) -> CK_RV {
    CKR_OK
}

unsafe extern "C" fn finalize(_: CK_VOID_PTR) -> CK_RV {
    CKR_OK
}

unsafe extern "C" fn slots(_: CK_BBOOL, list: CK_SLOT_ID_PTR, count: CK_ULONG_PTR) -> CK_RV {
    // SAFETY: the caller gives places for what it asks for.
    unsafe {
        if !list.is_null() {
            *list = SLOT;
        }
        *count = 1;
    }
    CKR_OK
}

unsafe extern "C" fn open(
    _: CK_SLOT_ID,
    _: CK_FLAGS,
    _: CK_VOID_PTR,
    _: CK_NOTIFY,
    session: CK_SESSION_HANDLE_PTR,
) -> CK_RV {
    // SAFETY: the caller gives a place for a handle.
    unsafe { *session = 1 };
    CKR_OK
}

unsafe extern "C" fn close(_: CK_SESSION_HANDLE) -> CK_RV {
    LOGGED_IN.store(false, Ordering::Relaxed);
    CKR_OK
}

unsafe extern "C" fn login(
    _: CK_SESSION_HANDLE,
    _: CK_USER_TYPE,
    pin: CK_UTF8CHAR_PTR,
    length: CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller gives as many bytes as it says.
    let given = unsafe { slice::from_raw_parts(pin, length as usize) };
    let right = given == PIN.as_bytes();
    LOGGED_IN.store(right, Ordering::Relaxed);
    if right { CKR_OK } else { CKR_PIN_INCORRECT }
}

unsafe extern "C" fn logout(_: CK_SESSION_HANDLE) -> CK_RV {
    CKR_OK
}

unsafe extern "C" fn find_init(
    _: CK_SESSION_HANDLE,
    template: CK_ATTRIBUTE_PTR,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller gives as many attributes as it says, and each as many
    // bytes.
    let label = unsafe {
        let attributes = slice::from_raw_parts(template, count as usize);
        let label = attributes.iter().find(|a| a.type_ == CKA_LABEL);
        label.map(|a| slice::from_raw_parts(a.pValue.cast::<u8>(), a.ulValueLen as usize))
    };
    // A private key shows only to who is logged in.
    let found = label == Some(LABEL.as_bytes()) && LOGGED_IN.load(Ordering::Relaxed);
    *FOUND.lock().unwrap_or_else(|e| e.into_inner()) = found;
    CKR_OK
}

unsafe extern "C" fn find(
    _: CK_SESSION_HANDLE,
    objects: CK_OBJECT_HANDLE_PTR,
    _: CK_ULONG,
    count: CK_ULONG_PTR,
) -> CK_RV {
    let found = std::mem::take(&mut *FOUND.lock().unwrap_or_else(|e| e.into_inner()));
    // SAFETY: the caller gives places for what it asks for.
    unsafe {
        if found {
            *objects = KEY;
        }
        *count = CK_ULONG::from(found);
    }
    CKR_OK
}

unsafe extern "C" fn find_final(_: CK_SESSION_HANDLE) -> CK_RV {
    CKR_OK
}

unsafe extern "C" fn sign_init(
    _: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM_PTR,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the caller gives a mechanism.
    let number = unsafe { (*mechanism).mechanism };
    match (number == MECHANISM as CK_MECHANISM_TYPE, key == KEY) {
        (true, true) => CKR_OK,
        (false, _) => CKR_MECHANISM_INVALID,
        (_, false) => CKR_KEY_HANDLE_INVALID,
    }
}

unsafe extern "C" fn sign_data(
    _: CK_SESSION_HANDLE,
    data: CK_BYTE_PTR,
    length: CK_ULONG,
    signature: CK_BYTE_PTR,
    signature_length: CK_ULONG_PTR,
) -> CK_RV {
    // SAFETY: the caller gives as many bytes as it says, and 64 for the signature,
    // which it asked for before.
    unsafe {
        *signature_length = 64;
        if signature.is_null() {
            return CKR_OK;
        }
        let e = slice::from_raw_parts(data, length as usize);
        let Some((r, s)) = sign(e) else { return CKR_FUNCTION_FAILED };
        ptr::copy_nonoverlapping(r.as_ptr(), signature, 32);
        ptr::copy_nonoverlapping(s.as_ptr(), signature.add(32), 32);
    }
    CKR_OK
}

#[unsafe(no_mangle)]
unsafe extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    // SAFETY: a list without functions is all zeros, and the caller gives a place
    // for a pointer; the list is never freed.
    unsafe {
        let functions = CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            C_Initialize: Some(initialize),
            C_Finalize: Some(finalize),
            C_GetSlotList: Some(slots),
            C_OpenSession: Some(open),
            C_CloseSession: Some(close),
            C_Login: Some(login),
            C_Logout: Some(logout),
            C_FindObjectsInit: Some(find_init),
            C_FindObjects: Some(find),
            C_FindObjectsFinal: Some(find_final),
            C_SignInit: Some(sign_init),
            C_Sign: Some(sign_data),
            ..zeroed()
        };
        *list = Box::leak(Box::new(functions));
    }
    CKR_OK
}
