// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Applying a trust update, and taking away what is trusted no more.

use std::path::Path;

use bpfsign_format::{Date, Document, Envelope, limits, read_bounded, sm3_hex, write_whole};

use crate::{
    Error, Host, LockedHost, Policy, Reason, Result, Signer, TrustUpdate, audit,
    audit::Event,
    packages,
    read::{reverify, status, unload},
    state,
};

/// A trust update that was applied.
#[derive(Debug)]
pub struct AppliedUpdate {
    /// What it says.
    pub update: TrustUpdate,
    /// Who signed it.
    pub signers: Vec<Signer>,
}

/// Reads a trust update and checks that those who may signed it; nothing of the
/// host changes.
///
/// # Errors
/// The one reason, with exit code 3 or 4.
fn verify(path: &Path, policy: &Policy) -> Result<(AppliedUpdate, String)> {
    let fail = |reason| Error::new(path, reason);
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).map_err(|e| match e {
        bpfsign_format::ReadError::Io(e) => fail(Reason::Io(e)),
        _ => fail(Reason::NotAFile),
    })?;
    let file = Envelope::parse(bytes, Document::Trust).map_err(|e| fail(Reason::Format(e)))?;
    let signed = policy.trust.package_signers(&file).map_err(fail)?;
    let signers = policy.trust.authorise_document(signed, Document::Trust).map_err(fail)?;
    let text = str::from_utf8(file.text()).map_err(|e| e.to_string());
    let update = text.and_then(TrustUpdate::parse).map_err(|why| fail(Reason::TrustUpdate(why)))?;
    Ok((AppliedUpdate { update, signers }, sm3_hex(file.text())))
}

/// Applies a trust update to a host.
///
/// # Errors
/// The one reason, with exit code 3 or 4; the host is then as it was.
pub fn apply_update(host: &LockedHost, policy: &Policy, path: &Path) -> Result<AppliedUpdate> {
    let (applied, sm3) = verify(path, policy)?;
    let before = TrustUpdate::applied(host)?;
    let (sequence, seen) = (applied.update.sequence, before.sequence);
    if sequence <= seen {
        return Err(Error::new(path, Reason::TrustRolledBack { sequence, seen }));
    }
    state::check_clock(host)?;
    let issued = Date::parse(&applied.update.issued).map_or(0, |day| day.seconds());
    // Remembered, it would keep everything out until then.
    state::check_not_ahead(path, issued)?;
    let event = Event::TrustUpdate { sequence, sm3, signers: applied.signers.clone() };
    audit::append(host, event)?;
    let merged = before.and_then(applied.update.clone());
    let state_file = host.trust_state();
    let json = serde_json::to_vec_pretty(&merged)
        .map_err(|e| Error::new(&state_file, Reason::Io(e.into())))?;
    write_whole(&state_file, &json, 0o600).map_err(Error::io(&state_file))?;
    state::raise_clock(host, issued)?;
    Ok(applied)
}

/// Why today's policy would refuse a loaded package; `None` when it would not.
///
/// # Errors
/// [`Reason::NotLoaded`] and what else `status` finds.
pub fn refused_today(host: &Host, policy: &Policy, name: &str) -> Result<Option<Error>> {
    let found = status(host, name)?;
    Ok(reverify(host, policy, &found.record).err())
}

/// Unloads every package that today's policy would refuse; their names and why.
///
/// # Errors
/// What keeps one from being unloaded.
pub fn reconcile(host: &LockedHost, policy: &Policy) -> Result<Vec<(String, Error)>> {
    let mut unloaded = Vec::new();
    for name in packages(host)? {
        if let Some(why) = refused_today(host, policy, &name)? {
            unload(host, &name)?;
            unloaded.push((name, why));
        }
    }
    Ok(unloaded)
}
