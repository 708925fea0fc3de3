// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The index of a repository (docs/spec/index-v1.md), verified, and its packages.
//! Sentences of that specification are cited as `§3.1`.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use bpfsign_format::{Date, Document, Envelope, Index, IndexEntry, sm3_hex};

use crate::{
    At, Error, Host, LockedHost, Reason, Result, Sealed, Signer, Trust, Verified,
    state::{self, Sequences},
};

/// An index that enough signers signed, and that has not expired.
#[derive(Debug)]
pub struct VerifiedIndex {
    path: PathBuf,
    index: Index,
    signers: Vec<Signer>,
}

impl VerifiedIndex {
    /// Verifies an index: signatures, then who signed (§3.1), then, now that it is
    /// authentic, its text (§2) and its last day (§3.2). `path` is for messages.
    ///
    /// # Errors
    /// The one reason, with exit code 3 or 4.
    pub fn verify(path: &Path, bytes: Vec<u8>, trust: &Trust) -> Result<Self> {
        let file = Envelope::parse(bytes, Document::Index).at(path)?;
        let signers = trust.index_signers(&file).at(path)?;
        let index = Index::parse(file.text()).map_err(Reason::IndexInvalid).at(path)?;
        // A text that was parsed has a day there.
        let last = Date::parse(&index.expires);
        if last.is_none_or(|last| Date::of(SystemTime::now()) > last) {
            return Err(Error::new(path, Reason::IndexExpired(index.expires)));
        }
        Ok(Self { path: path.to_owned(), index, signers })
    }

    /// Refuses an index that is older than one of its name that was accepted here (§3.3), or
    /// of a day after today (§3.4).
    ///
    /// # Errors
    /// [`Reason::IndexRolledBack`], [`Reason::ClockBehind`], [`Reason::DamagedState`].
    pub fn check_received(&self, host: &LockedHost) -> Result<()> {
        self.look_received(host)
    }

    /// As [`VerifiedIndex::check_received`], of a host as it is at this moment: to tell people.
    ///
    /// # Errors
    /// The same.
    pub fn look_received(&self, host: &Host) -> Result<()> {
        let seen = Sequences::Indices.look(host, &self.index.name)?;
        let sequence = self.index.sequence;
        if sequence < seen {
            return Err(Error::new(&self.path, Reason::IndexRolledBack { sequence, seen }));
        }
        state::look_at_clock(host)?;
        let issued = Date::parse(&self.index.issued).map_or(0, |day| day.seconds());
        state::check_not_ahead(&self.path, issued)
    }

    /// Remembers it, so that an older one is refused from now on.
    ///
    /// # Errors
    /// [`Reason::Io`], [`Reason::DamagedState`].
    pub fn remember(&self, host: &LockedHost) -> Result<()> {
        host.raise(Sequences::Indices, &self.index.name, self.index.sequence)?;
        host.raise_clock(0)
    }

    /// What it says.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Who signed it.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Verifies a package that it lists: the very file (§4.1), its own signatures, and that
    /// it is the release that the index says (§4.2).
    ///
    /// # Errors
    /// [`Reason::IndexMismatch`], and as [`Sealed::verify`].
    pub fn package(
        &self,
        entry: &IndexEntry,
        path: &Path,
        bytes: Vec<u8>,
        trust: &Trust,
    ) -> Result<Verified> {
        let mismatch = |what| Error::new(path, Reason::IndexMismatch(what));
        if bytes.len() as u64 != entry.size {
            return Err(mismatch("size"));
        }
        if sm3_hex(&bytes) != entry.sm3 {
            return Err(mismatch("SM3"));
        }
        let verified = Sealed::from_bytes(path, bytes)?.verify(trust)?;
        let same = verified.manifest().is_some_and(|m| {
            (&m.name, &m.version, m.sequence) == (&entry.name, &entry.version, entry.sequence)
        });
        match same {
            true => Ok(verified),
            false => Err(mismatch("name, version or sequence")),
        }
    }
}
