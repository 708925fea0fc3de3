// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Path validation (RFC 5280, 6.1), for code signing and for SM2 alone.

use std::time::Duration;

use super::{CertError, Certificate, limits};

/// A signer's certificate, and those that lead from it to an authority.
#[derive(Debug, Clone)]
pub struct Chain(Vec<Certificate>);

impl Chain {
    /// Reads a chain in PEM, the signer's certificate first.
    ///
    /// # Errors
    /// [`CertError`]: what is wrong with a certificate, or too many.
    pub fn from_pem(text: &[u8]) -> Result<Self, CertError> {
        Certificate::from_pem(text).map(Self)
    }

    /// The signer's certificate.
    pub fn signer(&self) -> &Certificate {
        &self.0[0]
    }

    /// All of its certificates, the signer's first.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// Whether its last certificate names `authority` as its issuer.
    #[must_use]
    pub fn leads_to(&self, authority: &Certificate) -> bool {
        self.0.last().is_some_and(|last| last.is_issued_by(authority))
    }

    /// Whether each of its certificates signed the one before, whatever else they say.
    pub fn is_linked(&self) -> bool {
        self.0.windows(2).all(|pair| pair[0].check_signature(&pair[1]).is_ok())
    }

    /// Whether `authority` signed its last certificate.
    pub fn ends_at(&self, authority: &Certificate) -> bool {
        self.0.last().is_some_and(|last| last.check_signature(authority).is_ok())
    }

    /// Checks the whole path to `authority`, which is trusted, at a time since
    /// 1970-01-01 UTC.
    ///
    /// # Errors
    /// The first [`CertError`], from the signer upwards.
    pub fn verify(&self, authority: &Certificate, now: Duration) -> Result<(), CertError> {
        if self.0.len() > limits::CHAIN {
            return Err(CertError::TooMany);
        }
        self.check_distinct(authority)?;
        check_signer(self.signer())?;
        let issuers = self.0.iter().skip(1).chain([authority]);
        for (depth, (certificate, issuer)) in self.0.iter().zip(issuers).enumerate() {
            if !certificate.is_issued_by(issuer) {
                return Err(CertError::Issuer);
            }
            // How many authorities stand between the issuer and the signer.
            check_issuer(issuer, depth)?;
            check_time(certificate, now)?;
            certificate.check_signature(issuer)?;
        }
        check_time(authority, now)
    }

    /// No certificate and no key twice: a loop leads nowhere.
    fn check_distinct(&self, authority: &Certificate) -> Result<(), CertError> {
        let all: Vec<_> = self.0.iter().chain([authority]).collect();
        let twice = |(i, c): (usize, &&Certificate)| all[..i].iter().any(|o| o.key() == c.key());
        match all.iter().enumerate().any(twice) {
            true => Err(CertError::Loop),
            false => Ok(()),
        }
    }
}

fn check_signer(signer: &Certificate) -> Result<(), CertError> {
    if signer.is_authority() {
        return Err(CertError::SignerIsAuthority);
    }
    match signer.uses.usage {
        Some((_, true)) => {}
        _ => return Err(CertError::KeyUsage),
    }
    match signer.uses.code_signing {
        true => Ok(()),
        false => Err(CertError::NoCodeSigning),
    }
}

fn check_issuer(issuer: &Certificate, between: usize) -> Result<(), CertError> {
    match issuer.uses.authority {
        None => return Err(CertError::NoBasicConstraints),
        Some((false, _)) => return Err(CertError::NotAuthority),
        Some((true, Some(most))) if between > usize::from(most) => {
            return Err(CertError::PathLength);
        }
        Some((true, _)) => {}
    }
    match issuer.uses.usage {
        Some((true, _)) => Ok(()),
        _ => Err(CertError::KeyUsage),
    }
}

fn check_time(certificate: &Certificate, now: Duration) -> Result<(), CertError> {
    let (from, until) = certificate.valid;
    if now < from {
        return Err(CertError::NotYetValid);
    }
    if now > until {
        return Err(CertError::Expired);
    }
    Ok(())
}
