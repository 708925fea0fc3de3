// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A key in a device with an SDF library (GM/T 0018): it is named by an index, signs
//! e, and gives r and s right-aligned in 64 bytes each.

use std::{
    ffi::{c_int, c_uchar, c_uint, c_void},
    fmt,
    path::Path,
    ptr,
};

use libloading::Library;

use crate::{PublicKey, Signer, SignerError, signer::from_numbers};

/// `ECCSignature` (GM/T 0018, 5.5).
#[repr(C)]
struct EccSignature {
    r: [c_uchar; 64],
    s: [c_uchar; 64],
}

type Open = unsafe extern "C" fn(*mut *mut c_void) -> c_int;
type OpenSession = unsafe extern "C" fn(*mut c_void, *mut *mut c_void) -> c_int;
type Close = unsafe extern "C" fn(*mut c_void) -> c_int;
type GetRight = unsafe extern "C" fn(*mut c_void, c_uint, *const c_uchar, c_uint) -> c_int;
type ReleaseRight = unsafe extern "C" fn(*mut c_void, c_uint) -> c_int;
type Sign =
    unsafe extern "C" fn(*mut c_void, c_uint, *const c_uchar, c_uint, *mut EccSignature) -> c_int;

/// A signing key in a device.
pub struct SdfKey {
    public: PublicKey,
    index: u32,
    device: *mut c_void,
    session: *mut c_void,
    library: Library,
}

fn check(what: &str, code: c_int) -> Result<(), SignerError> {
    match code {
        0 => Ok(()),
        code => Err(SignerError::Failed(format!("{what} gives 0x{code:08x}"))),
    }
}

impl SdfKey {
    /// Opens the device of a library and its key `index`, with the password that
    /// the key's right of use asks for.
    ///
    /// # Errors
    /// [`SignerError::Failed`] with the function and its code.
    pub fn open(
        library: &Path,
        index: u32,
        password: Option<&str>,
        public: PublicKey,
    ) -> Result<Self, SignerError> {
        let fail = |error: libloading::Error| SignerError::Failed(error.to_string());
        // SAFETY: the user names a library of a device; what runs when it is loaded
        // is its own, as with any program that the user starts.
        let library = unsafe { Library::new(library) }.map_err(fail)?;
        let (device, session) = (ptr::null_mut(), ptr::null_mut());
        let mut this = Self { public, index, device, session, library };
        // SAFETY: the functions have the types of GM/T 0018, 6.2 and 6.3; handles are
        // written by the library to places of ours, and given back to it below.
        unsafe {
            let open = this.library.get::<Open>(b"SDF_OpenDevice").map_err(fail)?;
            check("SDF_OpenDevice", open(&mut this.device))?;
            let open = this.library.get::<OpenSession>(b"SDF_OpenSession").map_err(fail)?;
            check("SDF_OpenSession", open(this.device, &mut this.session))?;
            if let Some(password) = password {
                let right = this.library.get::<GetRight>(b"SDF_GetPrivateKeyAccessRight");
                let (bytes, length) = (password.as_ptr(), password.len() as c_uint);
                let code = right.map_err(fail)?(this.session, index, bytes, length);
                check("SDF_GetPrivateKeyAccessRight", code)?;
            }
        }
        Ok(this)
    }
}

impl Signer for SdfKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let e = self.public.digest(message)?;
        let mut signature = EccSignature { r: [0; 64], s: [0; 64] };
        // SAFETY: the type of GM/T 0018, 6.4; e is 32 bytes as is said, and the
        // signature is a struct of ours that the library fills.
        let code = unsafe {
            let sign = self.library.get::<Sign>(b"SDF_InternalSign_ECC");
            let sign = sign.map_err(|error| SignerError::Failed(error.to_string()))?;
            sign(self.session, self.index, e.as_ptr(), e.len() as c_uint, &mut signature)
        };
        check("SDF_InternalSign_ECC", code)?;
        let number = |field: &[u8; 64]| {
            let (zeros, number) = field.split_last_chunk::<32>()?;
            zeros.iter().all(|b| *b == 0).then_some(*number)
        };
        match (number(&signature.r), number(&signature.s)) {
            (Some(r), Some(s)) => from_numbers(&self.public, message, r, s),
            _ => Err(SignerError::WrongSignature),
        }
    }
}

impl Drop for SdfKey {
    fn drop(&mut self) {
        // SAFETY: the functions have the types of GM/T 0018, and the handles are
        // those that the library gave; none is used again.
        unsafe {
            if !self.session.is_null() {
                if let Ok(release) =
                    self.library.get::<ReleaseRight>(b"SDF_ReleasePrivateKeyAccessRight")
                {
                    release(self.session, self.index);
                }
                if let Ok(close) = self.library.get::<Close>(b"SDF_CloseSession") {
                    close(self.session);
                }
            }
            if !self.device.is_null()
                && let Ok(close) = self.library.get::<Close>(b"SDF_CloseDevice")
            {
                close(self.device);
            }
        }
    }
}

impl fmt::Debug for SdfKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SdfKey({}, {})", self.index, self.public.id())
    }
}
