// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Made-up trees.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a tree that cannot be made is a failed test")]

use std::{fs, path::PathBuf};

use tempfile::TempDir;

/// A tree of these files, which goes when it is dropped.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// A workspace of empty libraries: each folder, and the folders that it depends on. Those
/// behind a `?` only its tests depend on.
pub fn workspace(crates: &[(&str, &[&str])]) -> TempDir {
    let folders: Vec<_> = crates.iter().map(|(folder, _)| format!("{folder:?}")).collect();
    let members = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", folders.join(", "));
    let root = tree(&[("Cargo.toml", &members)]);
    for (folder, needs) in crates {
        let path = root.path().join(folder);
        fs::create_dir_all(path.join("src")).unwrap();
        fs::write(path.join("src/lib.rs"), "").unwrap();
        fs::write(path.join("Cargo.toml"), manifest(folder, needs)).unwrap();
    }
    root
}

fn manifest(folder: &str, needs: &[&str]) -> String {
    let name = |folder: &str| folder.replace('/', "-");
    let up = "../".repeat(folder.split('/').count());
    let line = |needed: &str| format!("{} = {{ path = \"{up}{needed}\" }}\n", name(needed));
    let (tests, normal): (Vec<_>, Vec<_>) = needs.iter().partition(|need| need.starts_with('?'));
    let normal: String = normal.into_iter().map(&line).collect();
    let tests: String = tests.into_iter().map(|need| line(&need[1..])).collect();
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         description = \"What <{folder}> is for\"\n\n[dependencies]\n{normal}\n\
         [dev-dependencies]\n{tests}",
        name(folder)
    )
}

/// The root of the tree that this crate is in.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
