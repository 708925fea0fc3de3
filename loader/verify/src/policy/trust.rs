// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose signatures count, and how many are needed (§2, §3 of policy-v1).
//!
//! Two steps, since a package's name is known only when its manifest is: first
//! every signature by a known key must verify, over bytes that nobody has looked
//! into; then, with the name, signers are counted by what they may sign.

use std::time::SystemTime;

use bpfsign_format::{Date, Document, Envelope};
use bpfsign_keys::{CertError, Certificate, Chain, KeyId, SignatureError};

use super::{
    pattern::{self, Pattern},
    rule::Rule,
    signer::{Signer, TrustedSigner},
    update::Revoked,
};
use crate::Reason;

/// A certificate whose subjects' signatures count.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    pub(super) certificate: Certificate,
    /// What its signers are: name, roles, packages, days. The key is its own.
    pub(super) grants: TrustedSigner,
}

/// Trusted signers, and how many must have signed.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(super) signers: Vec<TrustedSigner>,
    pub(super) authorities: Vec<Authority>,
    /// The first that matches a package's name counts.
    pub(super) rules: Vec<Rule>,
    /// Where no rule matches.
    pub(super) threshold: usize,
    /// What counts no more.
    pub(super) revoked: Revoked,
}

/// Signers whose signatures hold, before it is known what they signed.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    signers: Vec<TrustedSigner>,
    unknown: Vec<KeyId>,
    /// Signed, and revoked.
    revoked: Vec<String>,
}

impl Trust {
    /// Trusts these signers for packages of any name.
    pub fn new(signers: Vec<TrustedSigner>, threshold: usize) -> Self {
        let revoked = Revoked::default();
        Self { signers, authorities: Vec::new(), rules: Vec::new(), threshold, revoked }
    }

    /// Trusts as well whom this authority certifies.
    pub fn with_authority(mut self, name: impl Into<String>, certificate: Certificate) -> Self {
        let grants = TrustedSigner::new(name, certificate.key().clone());
        self.authorities.push(Authority { certificate, grants });
        self
    }

    /// The signers of a package (§5.4 of package-v1): each signature that bears
    /// a trusted key's name must verify; the others do not count.
    pub(crate) fn package_signers(&self, envelope: &Envelope) -> Result<Signed, Reason> {
        let mut signed = Signed::default();
        for (id, signature) in envelope.signatures() {
            if self.revoked.key(id) {
                signed.revoked.push(format!("key {id}"));
                continue;
            }
            let known = self.signers.iter().find(|s| s.key.id() == id).cloned();
            let trusted = match (known, envelope.chain(id)) {
                (Some(known), _) => Some(known),
                (None, Some(chain)) => self.certified(id, chain, &mut signed.revoked)?,
                (None, None) => None,
            };
            let Some(trusted) = trusted else {
                signed.unknown.push(id);
                continue;
            };
            trusted
                .key
                .verify(envelope.text(), signature)
                .map_err(|error| Reason::Signature { signer: trusted.name.clone(), error })?;
            signed.signers.push(trusted);
        }
        self.at_least(signed)
    }

    /// The signer whose certificates lead to an authority of the policy (§2.4);
    /// `None` when they name another.
    fn certified(
        &self,
        id: KeyId,
        pem: &[u8],
        revoked: &mut Vec<String>,
    ) -> Result<Option<TrustedSigner>, Reason> {
        if self.authorities.is_empty() {
            return Ok(None);
        }
        let fail = |error| Reason::Certificate { key: id, error };
        let chain = Chain::from_pem(pem).map_err(fail)?;
        let Some(authority) = self.authorities.iter().find(|a| chain.leads_to(&a.certificate))
        else {
            return Ok(None);
        };
        if let Some(name) = self.revoked.in_chain(&chain) {
            revoked.push(format!("certificate of {name}"));
            return Ok(None);
        }
        // A clock before 1970 is before every certificate's time.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        chain.verify(&authority.certificate, now).map_err(fail)?;
        let signer = chain.signer();
        if signer.key().id() != id {
            return Err(fail(CertError::OtherKey));
        }
        let name = format!("{}: {}", authority.grants.name, signer.name());
        Ok(Some(TrustedSigner { name, key: signer.key().clone(), ..authority.grants.clone() }))
    }

    /// The trusted signer of an object with one detached signature, which does
    /// not name its key.
    pub(crate) fn object_signers(&self, object: &[u8], signature: &[u8]) -> Result<Signed, Reason> {
        let mut last = SignatureError::Invalid;
        for trusted in self.signers.iter().filter(|s| !self.revoked.key(s.key.id())) {
            match trusted.key.verify(object, signature) {
                Ok(()) => {
                    let signers = vec![trusted.clone()];
                    return self.at_least(Signed { signers, ..Signed::default() });
                }
                Err(SignatureError::Invalid) => {}
                Err(error) => last = error,
            }
        }
        let names: Vec<_> = self.signers.iter().map(|s| s.name.as_str()).collect();
        Err(Reason::Signature { signer: names.join(" or "), error: last })
    }

    /// Nothing is parsed that fewer signed than the mildest rule asks for.
    fn at_least(&self, signed: Signed) -> Result<Signed, Reason> {
        let all = self.rules.iter().map(|r| r.threshold).chain([self.threshold]);
        // A threshold of 0 would trust everything: it counts as 1.
        let needed = all.min().unwrap_or(1).max(1);
        match signed.signers.len() >= needed {
            true => Ok(signed),
            false if !signed.revoked.is_empty() => Err(Reason::Revoked(signed.revoked.join(", "))),
            false => Err(Reason::Threshold {
                found: signed.signers.len(),
                needed,
                unknown: signed.unknown,
                ignored: Vec::new(),
            }),
        }
    }

    /// Who of those that signed a trust update or an index may do so, if they are enough (§3
    /// of trust-v1, §3 of index-v1): the signers in the role of its name where there are any,
    /// otherwise those that may sign every package.
    pub(crate) fn authorise_document(
        &self,
        signed: Signed,
        document: Document,
    ) -> Result<Vec<Signer>, Reason> {
        let role = document.first_entry().trim_end_matches(".toml");
        let all = self.signers.iter().chain(self.authorities.iter().map(|a| &a.grants));
        let by_role = all.into_iter().any(|s| s.has_role(role));
        let everything = Pattern::new("*");
        let today = Date::of(SystemTime::now());
        let may = |s: &&TrustedSigner| {
            s.time_objection(today).is_none()
                && match by_role {
                    true => s.has_role(role),
                    false => s.packages.contains(&everything),
                }
        };
        let counted: Vec<Signer> =
            signed.signers.iter().filter(may).map(TrustedSigner::record).collect();
        match counted.len() >= self.threshold.max(1) {
            true => Ok(counted),
            false => Err(Reason::Threshold {
                found: counted.len(),
                needed: self.threshold.max(1),
                unknown: signed.unknown,
                ignored: Vec::new(),
            }),
        }
    }

    /// Refuses what was revoked by its digest.
    pub(crate) fn check_revoked(&self, sm3: &str) -> Result<(), Reason> {
        match self.revoked.package(sm3) {
            true => Err(Reason::Revoked(format!("package {sm3}"))),
            false => Ok(()),
        }
    }

    /// Who of those that signed may sign package `name`, if they are enough.
    pub(crate) fn authorise(&self, name: &str, signed: Signed) -> Result<Vec<Signer>, Reason> {
        let today = Date::of(SystemTime::now());
        let (mut counted, mut ignored) = (Vec::new(), Vec::new());
        for signer in &signed.signers {
            match signer.objection(name, today) {
                None => counted.push(signer),
                Some(why) => ignored.push(why),
            }
        }
        let rule = self.rules.iter().find(|r| pattern::any(&r.packages, name));
        let needed = rule.map_or(self.threshold, |r| r.threshold).max(1);
        if counted.len() < needed && !signed.revoked.is_empty() {
            return Err(Reason::Revoked(signed.revoked.join(", ")));
        }
        if counted.len() < needed {
            let (found, unknown) = (counted.len(), signed.unknown);
            return Err(Reason::Threshold { found, needed, unknown, ignored });
        }
        if let Some(role) = rule.and_then(|rule| rule.unfilled_role(&counted)) {
            return Err(Reason::Role(role));
        }
        Ok(counted.into_iter().map(TrustedSigner::record).collect())
    }
}
