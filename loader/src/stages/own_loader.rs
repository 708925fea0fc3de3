// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the policy allows, for who loads it in another way.

use bpfsign_format::{
    bpf::ObjectFacts,
    manifest::{MapEntry, Variant},
};

use super::{
    Verified,
    agree::{check_maps, check_programs},
};
use crate::{
    Error, Facts, Host, Policy, Reason, Result,
    audit::{self, Event},
    state,
};

/// An object of a verified package that this host's policy allows, for a loader of the
/// host's own. Nothing of it is in the kernel.
#[derive(Debug)]
pub struct ApprovedObject<'v> {
    verified: &'v Verified,
    variant: Option<&'v Variant>,
    name: String,
    facts: ObjectFacts,
}

impl Verified {
    /// Approves the object of one variant (`generic`), or the one object that there is,
    /// without libbpf and without touching the kernel. Checks, in this order: loader
    /// version, rollback, clock, that manifest and object agree, and the policy. Whether
    /// this kernel can run it is for the loader to find out.
    ///
    /// # Errors
    /// The one reason, with exit code 3 to 6: [`Reason::NoSuchVariant`] when there is no such
    /// variant, [`Reason::Object`] when the object holds what is not known without libbpf.
    pub fn approve_object(
        &self,
        variant: &str,
        policy: &Policy,
        host: &Host,
    ) -> Result<ApprovedObject<'_>> {
        let fail = |reason| Error::new(self.path.clone(), reason);
        self.check_release(policy, host)?;
        let variant = match self.manifest() {
            None => None,
            Some(manifest) => {
                let found = manifest.variants.iter().find(|v| v.name() == variant);
                Some(found.ok_or_else(|| fail(Reason::NoSuchVariant(variant.to_owned())))?)
            }
        };
        let name = variant.map_or_else(|| self.name().to_owned(), |v| v.object.clone());
        let facts = ObjectFacts::read(self.file(&name)).map_err(|e| fail(Reason::Object(e)))?;
        if let Some(variant) = variant {
            check_programs(variant, &facts).map_err(fail)?;
            check_maps(variant, &facts).map_err(fail)?;
        }
        let (maps, targets): (&[MapEntry], &[String]) =
            variant.map_or((&[], &[]), |v| (&v.maps, &v.targets));
        policy.check(&Facts { object: &facts, maps, targets }).map_err(fail)?;
        Ok(ApprovedObject { verified: self, variant, name, facts })
    }
}

impl ApprovedObject<'_> {
    /// The object: an ELF file, of the verified bytes.
    pub fn object(&self) -> &[u8] {
        self.verified.file(&self.name)
    }

    /// Its programs and maps, as they were judged.
    pub fn facts(&self) -> &ObjectFacts {
        &self.facts
    }

    /// What the manifest says of it; `None` for a bare object.
    pub fn variant(&self) -> Option<&Variant> {
        self.variant
    }

    /// Remembers the release, so that an older one is refused from now on, and logs that
    /// it was handed over. Call it before the object is loaded: nothing runs that the log
    /// does not tell of.
    ///
    /// # Errors
    /// [`Reason::Busy`] while another process changes this host; [`Reason::Io`];
    /// [`Reason::Audit`].
    pub fn remember(&self, host: &Host) -> Result<()> {
        let lock = host.take_lock()?;
        let change = lock.begin(host)?;
        let verified = self.verified;
        state::raise_sequence(host, verified.name(), verified.sequence())?;
        state::raise_clock(host, 0)?;
        let event = Event::HandOver {
            package: verified.name().to_owned(),
            version: verified.manifest().map_or("0.0.0", |m| &m.version).to_owned(),
            sequence: verified.sequence(),
            sm3: verified.sm3().to_owned(),
            signers: verified.signers().to_vec(),
            object: self.name.clone(),
        };
        audit::append(host, event)?;
        change.done();
        Ok(())
    }
}
