// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A key in a PKCS#11 token. The standard has no mechanism for SM2: each vendor has
//! a number of its own, which signs e and gives r || s.

use std::{fmt, path::Path};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    mechanism::{Mechanism, MechanismType, vendor_defined::VendorDefinedMechanism},
    object::{Attribute, ObjectClass},
    session::{Session, UserType},
    types::AuthPin,
};

use crate::{PublicKey, Signer, SignerError, signer::from_numbers};

/// A private key, found by its label.
pub struct Pkcs11Key {
    public: PublicKey,
    session: Session,
    mechanism: MechanismType,
    label: String,
    // Unloaded last.
    _library: Pkcs11,
}

impl Pkcs11Key {
    /// Opens the first token that has a private key with this label.
    ///
    /// # Errors
    /// [`SignerError::Failed`] with what the library says.
    pub fn open(
        library: &Path,
        label: &str,
        mechanism: u64,
        pin: Option<&str>,
        public: PublicKey,
    ) -> Result<Self, SignerError> {
        let fail = |error: cryptoki::error::Error| SignerError::Failed(error.to_string());
        let mechanism = MechanismType::new_vendor_defined(mechanism).map_err(|_| {
            SignerError::Failed("a vendor's mechanism is 0x80000000 or above".to_owned())
        })?;
        let context = Pkcs11::new(library).map_err(fail)?;
        context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).map_err(fail)?;
        for slot in context.get_slots_with_token().map_err(fail)? {
            let session = context.open_ro_session(slot).map_err(fail)?;
            if let Some(pin) = pin {
                session.login(UserType::User, Some(&AuthPin::from(pin))).map_err(fail)?;
            }
            if find(&session, label).map_err(fail)?.is_some() {
                let label = label.to_owned();
                return Ok(Self { public, session, mechanism, label, _library: context });
            }
        }
        Err(SignerError::Failed(format!("no token has a private key `{label}`")))
    }
}

fn find(
    session: &Session,
    label: &str,
) -> Result<Option<cryptoki::object::ObjectHandle>, cryptoki::error::Error> {
    let sought =
        [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.as_bytes().to_vec())];
    Ok(session.find_objects(&sought)?.into_iter().next())
}

impl Signer for Pkcs11Key {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let fail = |error: cryptoki::error::Error| SignerError::Failed(error.to_string());
        let gone = || SignerError::Failed("the key is gone from the token".to_owned());
        let key = find(&self.session, &self.label).map_err(fail)?.ok_or_else(gone)?;
        let e = self.public.digest(message)?;
        let mechanism =
            Mechanism::VendorDefined(VendorDefinedMechanism::new::<()>(self.mechanism, None));
        let signature = self.session.sign(&mechanism, key, &e).map_err(fail)?;
        let numbers = signature.split_first_chunk::<32>().and_then(|(r, s)| {
            let s: [u8; 32] = s.try_into().ok()?;
            Some((*r, s))
        });
        let (r, s) = numbers.ok_or_else(|| {
            SignerError::Failed(format!("the token gave {} bytes, not 64", signature.len()))
        })?;
        from_numbers(&self.public, message, r, s)
    }
}

impl fmt::Debug for Pkcs11Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Key({}, {})", self.label, self.public.id())
    }
}
