// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose signatures hold, before it is known what they are for (§2 of policy-v1).

use bpfsign_format::Envelope;
use bpfsign_keys::{CertError, Chain, KeyId, SignatureError};

use super::{
    moment::Moment,
    signer::TrustedSigner,
    trust::{Authority, Trust},
};
use crate::Reason;

/// Signers whose signatures hold, each once, and why others do not count.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    pub(super) signers: Vec<TrustedSigner>,
    /// Signed, and nobody trusts them.
    pub(super) unknown: Vec<KeyId>,
    /// Signed, and revoked.
    pub(super) revoked: Vec<String>,
    /// The first certificate that does not lead to an authority of the policy.
    pub(super) certificate: Option<(KeyId, CertError)>,
}

impl Signed {
    /// Why too few signers count: the reason that tells most.
    pub(super) fn too_few(self, found: usize, needed: usize, ignored: Vec<String>) -> Reason {
        match (self.revoked.is_empty(), self.certificate) {
            (false, _) => Reason::Revoked(self.revoked.join(", ")),
            (true, Some((key, error))) => Reason::Certificate { key, error },
            (true, None) => Reason::Threshold { found, needed, unknown: self.unknown, ignored },
        }
    }
}

/// What comes of a chain of certificates.
enum Certified {
    Signer(Box<TrustedSigner>),
    Revoked(String),
    Refused(CertError),
    /// It leads to none of the policy's authorities.
    Foreign,
}

impl Trust {
    /// Each signature that bears a trusted key's name must hold. All others do not count, and
    /// harm nobody: anyone can add one to a file.
    pub(super) fn signed(&self, envelope: &Envelope, now: Moment) -> Result<Signed, Reason> {
        let mut signed = Signed::default();
        for (id, signature) in envelope.signatures() {
            let chain = envelope.chain(id).map(Chain::from_pem);
            if let Some(what) = self.revoked_signer(id, &chain) {
                signed.revoked.push(what);
                continue;
            }
            let known = self.signers.iter().find(|s| s.key.id() == id).cloned();
            let trusted = match (known, chain) {
                (Some(known), _) => known,
                (None, None) => {
                    signed.unknown.push(id);
                    continue;
                }
                (None, Some(chain)) => match self.certified(id, chain, now) {
                    Certified::Signer(signer) => *signer,
                    Certified::Revoked(what) => {
                        signed.revoked.push(what);
                        continue;
                    }
                    Certified::Refused(error) => {
                        signed.certificate.get_or_insert((id, error));
                        continue;
                    }
                    Certified::Foreign => {
                        signed.unknown.push(id);
                        continue;
                    }
                },
            };
            trusted
                .key
                .verify(envelope.text(), signature)
                .map_err(|error| Reason::Signature { signer: trusted.name.clone(), error })?;
            signed.signers.push(trusted);
        }
        Ok(signed)
    }

    /// What of a signer is revoked, however it is trusted: its key, or the certificate that it
    /// came with.
    fn revoked_signer(
        &self,
        id: KeyId,
        chain: &Option<Result<Chain, CertError>>,
    ) -> Option<String> {
        if self.revoked.key(id) {
            return Some(format!("key {id}"));
        }
        let Some(Ok(chain)) = chain else { return None };
        if chain.signer().key().id() != id {
            return None;
        }
        // A stranger can put certificates together, but not their signatures: only those that
        // really stand above the signer's own concern it.
        let above = chain.is_linked().then(|| self.revoked_above(chain)).flatten();
        let revoked = self.revoked.certificate(chain.signer()).or(above);
        revoked.map(|name| format!("certificate of {name}"))
    }

    /// What is revoked between a signer's certificate and the authority, or is the authority.
    fn revoked_above(&self, chain: &Chain) -> Option<String> {
        let authorities = self.authorities.iter().map(|a| &a.certificate);
        let all = chain.certificates().iter().chain(authorities.filter(|a| chain.ends_at(a)));
        all.into_iter().find_map(|certificate| self.revoked.certificate(certificate))
    }

    /// The signer whose certificates lead to an authority of the policy (§2.4). Authorities
    /// of one name, as one that changed its key, are each tried.
    fn certified(&self, id: KeyId, chain: Result<Chain, CertError>, now: Moment) -> Certified {
        if self.authorities.is_empty() {
            return Certified::Foreign;
        }
        let chain = match chain {
            Ok(chain) => chain,
            Err(error) => return Certified::Refused(error),
        };
        let mut refused = Certified::Foreign;
        for authority in self.authorities.iter().filter(|a| chain.leads_to(&a.certificate)) {
            match self.certified_by(authority, id, &chain, now) {
                Certified::Signer(signer) => return Certified::Signer(signer),
                Certified::Revoked(what) => refused = Certified::Revoked(what),
                Certified::Refused(error) if matches!(refused, Certified::Foreign) => {
                    refused = Certified::Refused(error);
                }
                _ => {}
            }
        }
        refused
    }

    fn certified_by(
        &self,
        authority: &Authority,
        id: KeyId,
        chain: &Chain,
        now: Moment,
    ) -> Certified {
        if let Err(error) = chain.verify(&authority.certificate, now.since_1970()) {
            return Certified::Refused(error);
        }
        let path = chain.certificates().iter().chain([&authority.certificate]);
        if let Some(name) = path.into_iter().find_map(|c| self.revoked.certificate(c)) {
            return Certified::Revoked(format!("certificate of {name}"));
        }
        let signer = chain.signer();
        if signer.key().id() != id {
            return Certified::Refused(CertError::OtherKey);
        }
        let name = format!("{}: {}", authority.grants.name, signer.name());
        let key = signer.key().clone();
        Certified::Signer(Box::new(TrustedSigner { name, key, ..authority.grants.clone() }))
    }

    /// The trusted signer of an object with one detached signature, which does not name its
    /// key.
    pub(super) fn object_signed(&self, object: &[u8], signature: &[u8]) -> Result<Signed, Reason> {
        let mut last = SignatureError::Invalid;
        for trusted in self.signers.iter().filter(|s| !self.revoked.key(s.key.id())) {
            match trusted.key.verify(object, signature) {
                Ok(()) => {
                    return Ok(Signed { signers: vec![trusted.clone()], ..Signed::default() });
                }
                Err(SignatureError::Invalid) => {}
                Err(error) => last = error,
            }
        }
        let names: Vec<_> = self.signers.iter().map(|s| s.name.as_str()).collect();
        Err(Reason::Signature { signer: names.join(" or "), error: last })
    }
}
