// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign fetch`.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use bpfsign_files::read_bounded;
use bpfsign_format::{INDEX_FILE, IndexEntry, limits};
use bpfsign_verify::{At, Error, Host, Reason, Trust, Verified, VerifiedIndex};
use serde_json::json;

use crate::{
    Run,
    args::HostArgs,
    failure::Failure,
    received::{is_there, keep, release},
    report::Report,
    source::{self, Reach, Source},
    trusted::TrustArgs,
};

/// Fetch packages from a repository: a directory, as of a USB stick, or a web server.
///
/// The index must be signed as the policy says, not expired, and not older than the last one
/// of its name; then each package, the newest of each name, is the very file that the index
/// lists and is verified by itself. All of them are written, or none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign fetch /media/usb/stable --to /etc/bpfsign/packages.d")]
pub struct Fetch<R: Reach> {
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    reach: R,
    #[command(flatten)]
    host: HostArgs,
    /// The directory to write to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,
    /// The repository: a directory, or the address of one on a web server.
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The packages; without any, all.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

impl<R: Reach> Run for Fetch<R> {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let source = self.reach.open(&self.source)?;
        let staging = Staging::new(&self.to)?;
        let bytes = stage(&*source, &self.names, &self.trust.or_policy(&host)?, &host, &staging)?;
        let host = host.lock()?;
        let trust = self.trust.or_policy(&host)?;
        let index = VerifiedIndex::verify(&source.path(INDEX_FILE), bytes, &trust)?;
        index.check_received(&host)?;
        let (mut fetched, mut received) = (Vec::new(), Vec::new());
        for entry in wanted(&index, &self.names, &*source)? {
            let (path, bytes) = (source.path(&entry.file), staging.read(entry)?);
            let verified = index.package(entry, &path, bytes, &trust)?;
            received.push(verified.receive(&host)?);
            fetched.push((entry, release(&verified)));
        }
        // Before they are there: a crash in between lets nothing older in.
        received.iter().try_for_each(|one| one.remember(&host))?;
        index.remember(&host)?;
        let entries: Vec<_> = fetched.iter().map(|(entry, _)| *entry).collect();
        staging.finish(&entries)?;
        report(&index, &self.to, &fetched)
    }
}

/// Brings the index, whose bytes it gives, and the packages, into the staging directory. That
/// may be slow, so the host is not locked meanwhile: what is decided here is decided again
/// when it is.
fn stage(
    source: &dyn Source,
    names: &[String],
    trust: &Trust,
    host: &Host,
    staging: &Staging,
) -> Result<Vec<u8>, Failure> {
    let bytes = source.read(INDEX_FILE, limits::PACKAGE_BYTES)?;
    let index = VerifiedIndex::verify(&source.path(INDEX_FILE), bytes.clone(), trust)?;
    index.look_received(host)?;
    for entry in wanted(&index, names, source)? {
        staging.put(&source::package(source, &index, entry, trust)?, entry)?;
    }
    Ok(bytes)
}

fn report(
    index: &VerifiedIndex,
    to: &Path,
    fetched: &[(&IndexEntry, String)],
) -> Result<Report, Failure> {
    let about = index.index();
    let mut text = format!("index {}, sequence {}\n", about.name, about.sequence);
    for (entry, release) in fetched {
        text += &format!("fetched {release}: {}\n", to.join(&entry.file).display());
    }
    let entries: Vec<_> = fetched.iter().map(|(entry, _)| entry).collect();
    let json = json!({
        "index": about.name,
        "sequence": about.sequence,
        "expires": about.expires,
        "directory": to,
        "packages": entries,
    });
    Report::new(text, &json)
}

/// The newest of each name that is asked for, or of every name.
fn wanted<'i>(
    index: &'i VerifiedIndex,
    names: &[String],
    source: &dyn Source,
) -> Result<Vec<&'i IndexEntry>, Error> {
    let about = index.index();
    if names.is_empty() {
        let mut all: Vec<_> = about.packages.iter().map(|e| e.name.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        return Ok(all.into_iter().filter_map(|name| about.newest(name)).collect());
    }
    names
        .iter()
        .map(|name| {
            let path = source.path(INDEX_FILE);
            about.newest(name).ok_or_else(|| Error::new(path, Reason::NotInIndex(name.clone())))
        })
        .collect()
}

/// What a staging directory is called, before the number of its process.
const STAGING: &str = ".fetch-";

/// Takes away what killed processes left. What cannot be is no obstacle.
fn sweep(to: &Path) {
    for path in fs::read_dir(to).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let process = name.strip_prefix(STAGING).and_then(|pid| pid.parse::<u32>().ok());
        if process.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// A directory beside the files that are to come, so that all come or none.
struct Staging {
    directory: PathBuf,
    to: PathBuf,
}

impl Staging {
    fn new(to: &Path) -> Result<Self, Failure> {
        sweep(to);
        let directory = to.join(format!("{STAGING}{}", std::process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&directory);
        made.map_err(|e| Failure::io(&directory, &e))?;
        Ok(Self { directory, to: to.to_owned() })
    }

    fn put(&self, verified: &Verified, entry: &IndexEntry) -> Result<(), Failure> {
        is_there(verified, &self.to.join(&entry.file))?;
        keep(verified, &self.directory.join(&entry.file))
    }

    fn read(&self, entry: &IndexEntry) -> Result<Vec<u8>, Error> {
        let path = self.directory.join(&entry.file);
        read_bounded(&path, limits::PACKAGE_BYTES).at(path)
    }

    fn finish(self, entries: &[&IndexEntry]) -> Result<(), Failure> {
        entries.iter().try_for_each(|entry| {
            let to = self.to.join(&entry.file);
            fs::rename(self.directory.join(&entry.file), &to).map_err(|e| Failure::io(&to, &e))
        })?;
        let synced = fs::File::open(&self.to).and_then(|directory| directory.sync_all());
        synced.map_err(|e| Failure::io(&self.to, &e))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What went wrong is told; this is only to leave nothing.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
