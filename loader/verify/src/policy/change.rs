// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who may change whom a host trusts, and into what (§6 of policy-v1, §3 of trust-v1).

use bpfsign_format::Envelope;

use super::{
    TrustUpdate,
    moment::Moment,
    pattern::Pattern,
    roles::TRUST,
    signer::{Signer, TrustedSigner},
    trust::Trust,
};
use crate::Reason;

/// Signers of an update, of whom enough are in role `trust`. All of them can vouch.
#[derive(Debug)]
pub(crate) struct Authorised {
    all: Vec<TrustedSigner>,
    now: Moment,
}

impl Authorised {
    /// Those who count for the update.
    pub(crate) fn signers(&self) -> Vec<Signer> {
        let counted = self.all.iter().filter(|s| s.counts_as(TRUST, self.now));
        counted.map(TrustedSigner::record).collect()
    }

    /// Whether somebody who signed may bring in a signer for these packages in this role.
    fn vouch_for(&self, role: &str, packages: &[Pattern]) -> bool {
        let covers = |by: &TrustedSigner| packages.iter().all(|p| by.covers(p));
        self.all.iter().any(|by| by.counts_as(role, self.now) && covers(by))
    }
}

impl Trust {
    /// How many in role `trust` must have signed an update.
    pub(super) fn change_threshold(&self) -> usize {
        let strictest = self.rules.iter().map(|rule| rule.fewest()).chain([self.threshold]).max();
        self.changes.threshold.or(strictest).unwrap_or(1).max(1)
    }

    /// Who signed an update, if enough of them are in role `trust`, which the policy's own
    /// file must name.
    pub(crate) fn authorise_update(
        &self,
        envelope: &Envelope,
        now: Moment,
    ) -> Result<Authorised, Reason> {
        if !self.named_roles.contains(TRUST) {
            return Err(Reason::NoTrustRole);
        }
        let signed = self.signed(envelope, now)?;
        let found = signed.signers.iter().filter(|s| s.counts_as(TRUST, now)).count();
        let needed = self.change_threshold();
        if found < needed {
            return Err(signed.too_few(found, needed, Vec::new()));
        }
        Ok(Authorised { all: signed.signers, now })
    }

    /// The trust after an update, if those who signed it may change what it changes.
    pub(crate) fn changed_by(&self, update: &TrustUpdate, by: &Authorised) -> Result<Self, Reason> {
        for signer in update.signers().map_err(Reason::TrustUpdate)? {
            if !self.signers.iter().any(|known| known.is_alike(&signer)) {
                self.check_vouched(&signer, by)?;
            }
        }
        let mut after = self.clone();
        after.take(update).map_err(Reason::TrustUpdate)?;
        Ok(after)
    }

    /// Takes in what an update says. A signer takes the place of all that have its name or its
    /// key; nothing that was revoked comes back.
    pub(super) fn take(&mut self, update: &TrustUpdate) -> Result<(), String> {
        for signer in update.signers()? {
            self.signers.retain(|s| s.name != signer.name && s.key != signer.key);
            self.signers.push(signer.of_update(update.sequence));
        }
        self.revoked.add(update);
        self.signers.retain(|s| !self.revoked.is_retired(&s.name));
        self.authorities.retain(|a| !self.revoked.is_retired(&a.grants.name));
        Ok(())
    }

    /// Each role of a new or changed signer needs somebody who has it among those who signed:
    /// otherwise one role could put its own people into another.
    fn check_vouched(&self, signer: &TrustedSigner, by: &Authorised) -> Result<(), Reason> {
        let open = |role: &&String| {
            !self.changes.vouches_for.contains(role) && !by.vouch_for(role, &signer.packages)
        };
        match signer.roles.iter().find(open) {
            Some(role) => {
                Err(Reason::NotVouched { signer: signer.name.clone(), role: role.clone() })
            }
            None => Ok(()),
        }
    }
}
