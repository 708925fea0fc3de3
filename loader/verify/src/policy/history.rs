// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The trust updates that were applied, each kept as the signed file that it was, and judged
//! again whenever trust is read (§5 of trust-v1).

use std::{fs, io::ErrorKind, path::PathBuf};

use bpfsign_files::{ReadError, read_bounded};
use bpfsign_format::{Document, Envelope, limits, sm3_hex};

use super::{Policy, TrustUpdate, moment::Moment, signer::Signer, trust::Trust};
use crate::{At, Error, Host, Reason, Result};

/// The largest record of merged updates that is read, in bytes.
const MAX_MERGED: usize = 4 * 1024 * 1024;

/// A trust update that was applied.
#[derive(Debug)]
pub struct AppliedUpdate {
    /// What it says.
    pub update: TrustUpdate,
    /// Who signed it.
    pub signers: Vec<Signer>,
    /// SM3 of its signed text, 64 hexadecimal digits.
    pub sm3: String,
    /// When it was applied, in seconds since 1970.
    pub applied: u64,
}

/// An update that may be applied, and the trust that there is with it.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) update: TrustUpdate,
    pub(crate) signers: Vec<Signer>,
    pub(crate) sm3: String,
    pub(crate) after: Trust,
}

impl Trust {
    /// Judges an update: signatures, who signed, and only then its text and what it changes.
    ///
    /// # Errors
    /// The one reason, with exit code 3 or 4.
    pub(crate) fn judge(&self, bytes: Vec<u8>, now: Moment) -> Result<Judged, Reason> {
        let envelope = Envelope::parse(bytes, Document::Trust)?;
        let by = self.authorise_update(&envelope, now)?;
        let text = str::from_utf8(envelope.text()).map_err(|e| e.to_string());
        let update = text.and_then(TrustUpdate::parse).map_err(Reason::TrustUpdate)?;
        let after = self.changed_by(&update, &by)?;
        Ok(Judged { update, signers: by.signers(), sm3: sm3_hex(envelope.text()), after })
    }
}

impl Policy {
    /// Takes in every update that was applied to `host`, in their order.
    pub(super) fn replay(&mut self, host: &Host) -> Result<()> {
        self.take_in_merged(host)?;
        for (path, applied) in kept(host)? {
            let bytes = read_bounded(&path, limits::PACKAGE_BYTES).at(&path)?;
            let judged = self.trust.judge(bytes, Moment(applied)).map_err(|reason| {
                Error::new(&path, Reason::KeptUpdate { why: Box::new(reason) })
            })?;
            let Judged { update, signers, sm3, after } = judged;
            // A file that somebody renamed would be judged out of turn.
            let name = file_name(update.sequence, applied);
            if !path.ends_with(name) || update.sequence <= self.newest_update() {
                return Err(Error::new(path, Reason::DamagedState));
            }
            self.trust = after;
            self.updates.push(AppliedUpdate { update, signers, sm3, applied });
        }
        Ok(())
    }

    /// Before updates were kept as they were, a host remembered what they said together.
    fn take_in_merged(&mut self, host: &Host) -> Result<()> {
        let path = host.state_dir.join("trust.json");
        let bytes = match read_bounded(&path, MAX_MERGED) {
            Err(ReadError::Io(e)) if e.kind() == ErrorKind::NotFound => return Ok(()),
            bytes => bytes.at(&path)?,
        };
        let update: TrustUpdate =
            serde_json::from_slice(&bytes).map_err(|_| Reason::DamagedState).at(&path)?;
        self.trust.take(&update).map_err(Reason::TrustUpdate).at(&path)?;
        let sm3 = sm3_hex(&bytes);
        self.updates.push(AppliedUpdate { update, signers: Vec::new(), sm3, applied: 0 });
        Ok(())
    }

    /// The sequence of the newest update that was applied; 0 if none was.
    pub fn newest_update(&self) -> u64 {
        self.updates.last().map_or(0, |applied| applied.update.sequence)
    }
}

/// What the file of an update is called: its sequence, and when it was applied.
pub(crate) fn file_name(sequence: u64, applied: u64) -> String {
    format!("{sequence:020}-{applied}.bpftrust")
}

/// The files of the updates that were applied, oldest first, and when each was.
fn kept(host: &Host) -> Result<Vec<(PathBuf, u64)>> {
    let directory = host.trust_updates();
    let listing = match fs::read_dir(&directory) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.at(&directory)?,
    };
    let mut files = Vec::new();
    for entry in listing {
        let path = entry.at(&directory)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Half a file, which whoever wrote it did not finish.
        if name.starts_with('.') {
            continue;
        }
        let applied = name.strip_suffix(".bpftrust").and_then(|n| n.split_once('-'));
        let applied = applied.and_then(|(_, applied)| applied.parse().ok());
        let applied = applied.ok_or(Reason::DamagedState).at(&path)?;
        files.push((path, applied));
    }
    files.sort();
    Ok(files)
}
