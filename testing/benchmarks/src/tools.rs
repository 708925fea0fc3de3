// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is measured.

use std::path::{Path, PathBuf};

use crate::args::Args;

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The author's bpfsign.
    pub author: PathBuf,
    /// The host's bpfsign.
    pub loader: PathBuf,
    /// What makes conditions happen.
    pub workload: PathBuf,
    /// A registry to push to.
    pub registry: Option<PathBuf>,
    /// The tree that all this was built from.
    pub repository: PathBuf,
}

impl Tools {
    /// Those that the command line names, from the tree's root.
    pub fn new(args: &Args) -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let repository = repository.canonicalize().unwrap_or(repository);
        Self {
            author: repository.join(&args.author),
            loader: repository.join(&args.loader),
            workload: repository.join(&args.workload),
            registry: args.registry.as_ref().map(|path| repository.join(path)),
            repository,
        }
    }
}
