// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The packages of the workspace, as `cargo metadata` lists them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{Error, Result};

/// A package of the workspace.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Its name for cargo.
    pub name: String,
    /// Where its `Cargo.toml` is, below the workspace's root.
    pub folder: String,
    /// What it is, in one sentence.
    pub description: String,
    /// The root files of its library and its binaries, below the workspace's root.
    pub roots: Vec<PathBuf>,
    /// Those of its tests, examples and benchmarks.
    pub test_roots: Vec<PathBuf>,
    /// The folders of the packages of the workspace that it depends on, sorted. What only
    /// its tests need is not among them.
    pub needs: Vec<String>,
}

/// The packages of the workspace at `root`, sorted by folder.
pub fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = cargo.output().map_err(|error| Error::Metadata(error.to_string()))?;
    if !output.status.success() {
        return Err(Error::Metadata(String::from_utf8_lossy(&output.stderr).trim().to_string()));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::Metadata(error.to_string()))?;
    read(&metadata).ok_or_else(|| Error::Metadata("the answer has another form".to_string()))
}

fn read(metadata: &Value) -> Option<Vec<Package>> {
    let root = Path::new(metadata["workspace_root"].as_str()?);
    let list = metadata["packages"].as_array()?;
    let mut packages: Vec<_> = list.iter().map(|one| package(root, one)).collect::<Option<_>>()?;
    packages.sort_by(|a, b| a.folder.cmp(&b.folder));
    Some(packages)
}

fn package(root: &Path, package: &Value) -> Option<Package> {
    let below =
        |path: &Value| Some(Path::new(path.as_str()?).strip_prefix(root).ok()?.to_path_buf());
    let manifest = below(&package["manifest_path"])?;
    let targets = package["targets"].as_array()?.iter();
    let (code, tests): (Vec<_>, Vec<_>) = targets.partition(|target| is_code(target));
    let roots = |targets: Vec<&Value>| {
        targets.into_iter().map(|target| below(&target["src_path"])).collect::<Option<_>>()
    };
    let dependencies = package["dependencies"].as_array()?.iter();
    let mut needs: Vec<_> = dependencies
        .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .filter_map(|dependency| Some(below(&dependency["path"])?.to_str()?.to_string()))
        .collect();
    needs.sort();
    needs.dedup();
    Some(Package {
        name: package["name"].as_str()?.to_string(),
        folder: manifest.parent()?.to_str()?.to_string(),
        description: package["description"].as_str().unwrap_or_default().to_string(),
        roots: roots(code)?,
        test_roots: roots(tests)?,
        needs,
    })
}

/// Whether a target is a library or a binary: no test, example or benchmark.
fn is_code(target: &Value) -> bool {
    let kinds = target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str);
    kinds.into_iter().any(|kind| kind == "bin" || kind == "proc-macro" || kind.ends_with("lib"))
}
