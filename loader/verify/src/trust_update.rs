// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Applying a trust update.

use std::path::Path;

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::{Date, Document, Envelope, limits, sm3_hex};

use crate::{
    At, Error, Event, HostPolicy, Policy, Reason, Result, Signer, TrustUpdate, append, state,
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
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let file = Envelope::parse(bytes, Document::Trust).at(path)?;
    let signed = policy.trust.package_signers(&file).at(path)?;
    let signers = policy.trust.authorise_document(signed, Document::Trust).at(path)?;
    let text = str::from_utf8(file.text()).map_err(|e| e.to_string());
    let update = text.and_then(TrustUpdate::parse).map_err(Reason::TrustUpdate).at(path)?;
    Ok((AppliedUpdate { update, signers }, sm3_hex(file.text())))
}

/// Applies a trust update to the host whose policy this is.
///
/// # Errors
/// The one reason, with exit code 3 or 4; the host is then as it was.
pub fn apply_update(policy: &HostPolicy<'_>, path: &Path) -> Result<AppliedUpdate> {
    let host = policy.host();
    let (applied, sm3) = verify(path, policy)?;
    let before = TrustUpdate::applied(host)?;
    let (sequence, seen) = (applied.update.sequence, before.sequence);
    if sequence <= seen {
        return Err(Error::new(path, Reason::TrustRolledBack { sequence, seen }));
    }
    host.check_clock()?;
    let issued = Date::parse(&applied.update.issued).map_or(0, |day| day.seconds());
    // Remembered, it would keep everything out until then.
    state::check_not_ahead(path, issued)?;
    let event = Event::TrustUpdate { sequence, sm3, signers: applied.signers.clone() };
    append(host, event)?;
    let merged = before.and_then(applied.update.clone());
    let state_file = host.trust_state();
    let json = serde_json::to_vec_pretty(&merged)
        .map_err(|e| Error::new(&state_file, Reason::Io(e.into())))?;
    write_whole(&state_file, &json, 0o600).at(&state_file)?;
    host.raise_clock(issued)?;
    Ok(applied)
}
