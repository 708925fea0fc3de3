// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where targets and the BTF of their kernels lie.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use bpfsign_files::read_bounded;
use bpfsign_format::{KernelId, is_target_name};

use super::Target;
use crate::{At, Error, Reason, Result};

const MAX_PROFILE: usize = 64 * 1024;
/// A kernel's BTF or its list of symbols, in bytes.
pub(super) const MAX_KERNEL_DATA: usize = 64 * 1024 * 1024;

const OURS: [&str; 3] = [
    include_str!("../../targets/generic.toml"),
    include_str!("../../targets/kylin-v10-4.19.toml"),
    include_str!("../../targets/kylin-v10-5.10.toml"),
];

/// All targets that are known.
#[derive(Debug)]
pub struct Targets {
    /// Of the user's own.
    directory: PathBuf,
    profiles: BTreeMap<String, Target>,
}

/// BTF of one kernel of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetBtf {
    /// The kernel.
    pub kernel: KernelId,
    /// The file, raw BTF.
    pub path: PathBuf,
}

impl Targets {
    /// The targets that come with bpfsign, and those in `directory`, which
    /// need not exist.
    ///
    /// # Errors
    /// [`Reason::Target`] for a profile that is refused.
    pub fn open(directory: &Path) -> Result<Self> {
        let mut profiles = BTreeMap::new();
        for text in OURS {
            let target = Target::parse(text).map_err(Reason::Target).at("a built-in target")?;
            profiles.insert(target.name.clone(), target);
        }
        for path in files(directory, "toml")? {
            let target = read_profile(&path)?;
            profiles.insert(target.name.clone(), target);
        }
        Ok(Self { directory: directory.to_owned(), profiles })
    }

    /// All of them, in order of name.
    pub fn all(&self) -> impl Iterator<Item = &Target> {
        self.profiles.values()
    }

    /// The target with this name.
    ///
    /// # Errors
    /// [`Reason::UnknownTarget`] with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Target> {
        self.profiles.get(name).ok_or_else(|| {
            let known = self.profiles.keys().cloned().collect();
            Error::new(&self.directory, Reason::UnknownTarget { name: name.to_owned(), known })
        })
    }

    /// The BTF that was added for a target, in order of release.
    ///
    /// # Errors
    /// [`Reason::Io`]; [`Reason::Target`] for a file that is not named after a
    /// kernel.
    pub fn btf(&self, target: &Target) -> Result<Vec<TargetBtf>> {
        let named = |path: PathBuf| {
            let stem = path.file_stem().and_then(|s| s.to_str());
            match stem.and_then(KernelId::parse) {
                Some(kernel) => Ok(TargetBtf { kernel, path }),
                None => {
                    let why = "must be called <release>-<build id>.btf".to_owned();
                    Err(Error::new(path, Reason::Target(why)))
                }
            }
        };
        files(&self.kernel_directory(target), "btf")?.into_iter().map(named).collect()
    }

    pub(super) fn kernel_directory(&self, target: &Target) -> PathBuf {
        self.directory.join(&target.name)
    }
}

impl TargetBtf {
    /// The BTF's bytes.
    ///
    /// # Errors
    /// [`Reason::Io`].
    pub fn read(&self) -> Result<Vec<u8>> {
        read_bounded(&self.path, MAX_KERNEL_DATA).at(&self.path)
    }

    /// The functions and variables of this kernel, where they are known.
    ///
    /// # Errors
    /// [`Reason::Io`].
    pub fn symbols(&self) -> Result<Option<BTreeSet<String>>> {
        let path = self.path.with_extension("symbols");
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read_bounded(&path, MAX_KERNEL_DATA).at(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.lines().map(str::to_owned).collect()))
    }
}

fn read_profile(path: &Path) -> Result<Target> {
    let bytes = read_bounded(path, MAX_PROFILE).at(path)?;
    let text = str::from_utf8(&bytes).map_err(|e| e.to_string());
    let target = text.and_then(Target::parse).map_err(Reason::Target).at(path)?;
    match path.file_stem().and_then(|s| s.to_str()) == Some(&target.name) {
        true => Ok(target),
        false => {
            let why = format!("says that it is `{}`; call it {0}.toml", target.name);
            Err(Error::new(path, Reason::Target(why)))
        }
    }
}

/// The files with this extension, in order; nothing if there is no directory.
fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).at(directory),
    };
    let mut paths = Vec::new();
    for entry in listing {
        let path = entry.at(directory)?.path();
        let stem = path.file_stem().and_then(|s| s.to_str());
        let hidden = stem.is_none_or(|s| s.starts_with('.'));
        let ours = extension != "toml" || stem.is_some_and(is_target_name);
        if path.extension().is_some_and(|e| e == extension) && !hidden && ours {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
