// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign boot`.

use std::{
    io,
    path::{Path, PathBuf},
};

use bpfsign_files::read_bounded;
use bpfsign_format::package_files;
use bpfsign_verify::{At, Error, Host, Reason, Record};
use serde_json::json;

use super::{load, log_refusal};
use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Load the packages of a directory, in the order of their names.
///
/// For the service at boot. Each package is verified and loaded by itself, and its result
/// told; one that is refused keeps no other from being loaded. The exit code is that of the
/// first that was refused. Beside a package with uprobes lies a file of its name with
/// `.binary` in place of `.bpfpkg`, which holds the path of the program file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign boot /etc/bpfsign/packages.d")]
pub struct Boot {
    #[command(flatten)]
    host: HostArgs,
    /// The directory.
    #[arg(value_name = "DIR", default_value = "/etc/bpfsign/packages.d")]
    directory: PathBuf,
}

/// The longest path of a program file, in bytes (PATH_MAX).
const LONGEST_PATH: usize = 4096;

impl Run for Boot {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let (mut text, mut all, mut first) = (String::new(), Vec::new(), None);
        for file in packages(&self.directory)? {
            match load_one(&host, &file) {
                Ok(record) => {
                    let Record { name, version, sequence, .. } = &record;
                    text += &format!("loaded {name} {version}, sequence {sequence}\n");
                    all.push(json!({
                        "file": file, "name": name, "version": version, "sequence": sequence,
                    }));
                }
                Err(error) => {
                    let exit = error.reason.exit_code();
                    first.get_or_insert(exit);
                    let failure = log_refusal(&host, &file, error);
                    text += &format!("not loaded: {failure}\n");
                    all.push(json!({ "file": file, "error": failure }));
                }
            }
        }
        if all.is_empty() {
            text += &format!("there is no package in {}\n", self.directory.display());
        }
        Ok(Report::new(text, &json!({ "packages": all }))?.with_exit(first))
    }
}

fn load_one(host: &Host, file: &Path) -> Result<Record, Error> {
    let binary = binary_of(&file.with_extension("binary"))?;
    load::load(host, file, binary.as_deref()).map(|loaded| loaded.record)
}

/// The packages, by name; none where there is no such directory.
fn packages(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    match package_files(directory) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        files => files.at(directory),
    }
}

fn binary_of(file: &Path) -> Result<Option<PathBuf>, Error> {
    use bpfsign_files::ReadError;
    match read_bounded(file, LONGEST_PATH) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim_end().into())),
        Err(ReadError::Io(e)) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(ReadError::Io(e)) => Err(Error::new(file, e)),
        Err(_) => Err(Error::new(file, Reason::NotAFile)),
    }
}
