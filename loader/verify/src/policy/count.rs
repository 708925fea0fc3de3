// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether enough signed a package or an index (§3 of policy-v1, §3 of index-v1).
//!
//! For a package in two steps, since its name is known only when its manifest is: first
//! every signature by a known key must verify, over bytes that nobody has looked
//! into; then, with the name, signers are counted by what they may sign.

use bpfsign_format::Envelope;

use super::{
    moment::Moment,
    pattern::{self, Pattern},
    roles::INDEX,
    signed::Signed,
    signer::{Signer, TrustedSigner},
    trust::Trust,
};
use crate::Reason;

impl Trust {
    /// The signers of a package (§5.4 of package-v1).
    pub(crate) fn package_signers(&self, envelope: &Envelope) -> Result<Signed, Reason> {
        let signed = self.signed(envelope, Moment::now())?;
        self.at_least(signed)
    }

    /// The signer of an object with one detached signature.
    pub(crate) fn object_signers(&self, object: &[u8], signature: &[u8]) -> Result<Signed, Reason> {
        self.at_least(self.object_signed(object, signature)?)
    }

    /// Nothing is parsed that fewer signed than the mildest rule asks for.
    fn at_least(&self, signed: Signed) -> Result<Signed, Reason> {
        let all = self.rules.iter().map(|r| r.threshold).chain([self.threshold]);
        // A threshold of 0 would trust everything: it counts as 1.
        let needed = all.min().unwrap_or(1).max(1);
        let found = signed.signers.iter().filter(|s| s.may_sign_packages()).count();
        match found >= needed {
            true => Ok(signed),
            false => Err(signed.too_few(found, needed, Vec::new())),
        }
    }

    /// Who of those that signed an index may do so, if they are enough (§3 of index-v1): the
    /// signers in role `index` where the policy names it, otherwise those that may sign every
    /// package.
    pub(crate) fn index_signers(&self, envelope: &Envelope) -> Result<Vec<Signer>, Reason> {
        let now = Moment::now();
        let signed = self.signed(envelope, now)?;
        let everything = Pattern::new("*");
        let may = |s: &&TrustedSigner| match self.named_roles.contains(INDEX) {
            true => s.counts_as(INDEX, now),
            false => {
                s.may_sign_packages()
                    && s.packages.contains(&everything)
                    && s.time_objection(now.day()).is_none()
            }
        };
        let counted: Vec<Signer> =
            signed.signers.iter().filter(may).map(TrustedSigner::record).collect();
        let needed = self.threshold.max(1);
        match counted.len() >= needed {
            true => Ok(counted),
            false => Err(signed.too_few(counted.len(), needed, Vec::new())),
        }
    }

    /// Who of those that signed may sign package `name`, if they are enough.
    pub(crate) fn authorise(&self, name: &str, signed: Signed) -> Result<Vec<Signer>, Reason> {
        let today = Moment::now().day();
        let (mut counted, mut ignored) = (Vec::new(), Vec::new());
        for signer in &signed.signers {
            match signer.objection(name, today) {
                None => counted.push(signer),
                Some(why) => ignored.push(why),
            }
        }
        let rule = self.rules.iter().find(|r| pattern::any(&r.packages, name));
        let needed = rule.map_or(self.threshold, |r| r.threshold).max(1);
        if counted.len() < needed {
            let found = counted.len();
            return Err(signed.too_few(found, needed, ignored));
        }
        if let Some(role) = rule.and_then(|rule| rule.unfilled_role(&counted)) {
            return Err(Reason::Role(role));
        }
        Ok(counted.into_iter().map(TrustedSigner::record).collect())
    }
}
