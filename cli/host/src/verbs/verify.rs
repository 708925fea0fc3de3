// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign verify`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bpfsign_files::{with_suffix, write_new};
use bpfsign_format::provenance::Provenance;
use bpfsign_verify::{Host, Sealed, Verified};
use serde_json::json;

use crate::{
    Run,
    args::HostArgs,
    failure::Failure,
    provenance,
    report::{Report, signed_by},
    trusted::TrustArgs,
};

/// Verify a package's signatures and digests, without loading it.
///
/// Trusts the given public keys, or without any the signers of the policy.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign verify --trust release.key.pub sched-latency-0.1.0.bpfpkg"
)]
pub struct Verify {
    #[command(flatten)]
    trust: TrustArgs,
    /// Write what was verified (objects, BTF, schema) to this directory, which must not
    /// exist; nothing when verification fails.
    #[arg(long, value_name = "DIR")]
    extract: Option<PathBuf>,
    /// Print what the package was made from and with what, and check that this is about its
    /// files.
    #[arg(long)]
    provenance: bool,
    #[command(flatten)]
    host: HostArgs,
    /// A package, or an object whose signature lies beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Verify {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let trust = self.trust.or_policy(&Host::from(self.host))?;
        let verified = Sealed::read(&self.file)?.verify(&trust)?;
        let provenance = self.provenance.then(|| verified.provenance()).transpose()?;
        let extracted = self.extract.map(|directory| extract(&verified, &directory)).transpose()?;
        report(&self.file, &verified, &extracted.unwrap_or_default(), provenance.as_ref())
    }
}

/// Writes the payload to a new directory, which appears when it is whole.
fn extract(verified: &Verified, directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| Failure::io(&path, &error)
    };
    if directory.symlink_metadata().is_ok() {
        return Err(io(directory)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let beside = with_suffix(directory, &format!(".new{}", std::process::id()));
    fs::create_dir(&beside).map_err(io(&beside))?;
    let written = verified.payload().into_iter().try_for_each(|(name, bytes)| {
        let path = beside.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(io(&path))?;
        write_new(&path, bytes, 0o644).map_err(io(&path))
    });
    let written = written.and_then(|()| fs::rename(&beside, directory).map_err(io(directory)));
    if written.is_err() {
        // What went wrong is told; this is only to leave nothing.
        let _ = fs::remove_dir_all(&beside);
    }
    written?;
    Ok(verified.payload().into_iter().map(|(name, _)| directory.join(name)).collect())
}

fn report(
    file: &Path,
    verified: &Verified,
    extracted: &[PathBuf],
    provenance: Option<&Provenance>,
) -> Result<Report, Failure> {
    let mut text = format!("verified {}\n", file.display());
    let kind = match verified.manifest() {
        Some(m) => {
            text += &format!("{} {}, sequence {}\n", m.name, m.version, m.sequence);
            "package"
        }
        None => {
            text += &format!("{}, a bare object\n", verified.name());
            "object"
        }
    };
    text += &signed_by(verified.signers());
    text += &format!("sm3 {}", verified.sm3());
    if let Some(provenance) = provenance {
        text += &format!("\n{}", provenance::text(provenance).trim_end());
    }
    for path in extracted {
        text += &format!("\nwrote {}", path.display());
    }
    let json = json!({
        "file": file,
        "kind": kind,
        "name": verified.name(),
        "version": verified.manifest().map(|m| &m.version),
        "sequence": verified.manifest().map(|m| m.sequence),
        "sm3": verified.sm3(),
        "signers": verified.signers(),
        "provenance": provenance,
        "extracted": extracted,
    });
    Report::new(text, &json)
}
