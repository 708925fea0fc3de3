// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The order of the crates: which may depend on which.

use std::{fs, path::Path};

use crate::{Finding, workspace::Package};

/// Who needs a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Both sides: every crate above may depend on it.
    Shared,
    /// The author's, with compiler and network.
    Author,
    /// The host's, which has neither.
    Host,
    /// Whoever has both: it may depend on all that is below.
    Top,
}

/// Crates that do not depend on each other.
#[derive(Debug)]
pub struct Layer {
    /// On which side they are.
    pub side: Side,
    /// Their folders. One that is not there is no error.
    pub folders: &'static [&'static str],
}

/// Where in the order a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In this one of the layers.
    Layer(usize),
    /// Beside them: no other crate may depend on it, but for its tests.
    Beside,
}

/// The order, from the bottom. A crate may depend on those in lower layers that are shared
/// or on its own side.
pub const LAYERS: &[Layer] = &[
    Layer { side: Side::Shared, folders: &["packaging/reasons"] },
    Layer { side: Side::Shared, folders: &["packaging/files"] },
    Layer { side: Side::Shared, folders: &["keys"] },
    Layer { side: Side::Shared, folders: &["packaging/format"] },
    Layer { side: Side::Host, folders: &["loader/verify"] },
    Layer { side: Side::Host, folders: &["loader"] },
    Layer { side: Side::Author, folders: &["packaging", "packaging/registry", "packaging/guest"] },
    Layer { side: Side::Host, folders: &["cli/host"] },
    Layer { side: Side::Top, folders: &["cli"] },
];

/// Tests and examples, by the folders that they are in. Those of one folder may depend on
/// each other.
pub const BESIDE: &[&str] = &["testing", "loader/examples"];

/// Where the crate in `folder` stands; `None` if that is not said.
pub fn place(folder: &str) -> Option<Place> {
    let layer = LAYERS.iter().position(|layer| layer.folders.contains(&folder));
    layer.map(Place::Layer).or_else(|| wing(folder).map(|_| Place::Beside))
}

/// The entry of [`BESIDE`] that a folder is in.
fn wing(folder: &str) -> Option<&'static str> {
    BESIDE.iter().find(|wing| Path::new(folder).starts_with(wing)).copied()
}

/// Crates that stand in no layer, and arrows against the order. `root` is where the folders
/// of the packages are.
pub fn check(root: &Path, packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(|package| findings(root, package, packages)).collect()
}

fn findings(root: &Path, package: &Package, packages: &[Package]) -> Vec<Finding> {
    let manifest = Path::new(&package.folder).join("Cargo.toml");
    if place(&package.folder).is_none() {
        let message = format!(
            "{} stands in no layer: put its folder into LAYERS in testing/structure/src/layers.rs, \
             above what it depends on and below what depends on it, or move it into testing if it \
             is for tests; then run `make picture`",
            package.folder
        );
        return vec![Finding::failure(manifest, 1, message)];
    }
    let text = fs::read_to_string(root.join(&manifest)).unwrap_or_default();
    let against = package.needs.iter().filter_map(|needed| {
        let name = &packages.iter().find(|other| other.folder == *needed)?.name;
        let why = objection(&package.folder, needed)?;
        let message = format!(
            "{} depends on {needed}, {why}: move what it needs from there to a crate below both",
            package.folder
        );
        Some(Finding::failure(&manifest, line_of(&text, name), message))
    });
    against.collect()
}

/// Why a crate may not depend on another; `None` if it may, or if the other has no place,
/// which is a finding of its own.
fn objection(folder: &str, needed: &str) -> Option<&'static str> {
    let (from, to) = match (place(folder)?, place(needed)?) {
        (_, Place::Beside) if wing(folder) == wing(needed) => return None,
        (_, Place::Beside) => return Some("which is there for tests alone"),
        (Place::Beside, Place::Layer(_)) => return None,
        (Place::Layer(from), Place::Layer(to)) => (from, to),
    };
    if to >= from {
        return Some("which does not stand below it");
    }
    match (LAYERS[from].side, LAYERS[to].side) {
        (Side::Host, Side::Author) => Some("which is the author's side's alone"),
        (Side::Author, Side::Host) => Some("which is the host's side's alone"),
        _ => None,
    }
}

/// The line of a manifest with the dependency `name`, or the first.
fn line_of(manifest: &str, name: &str) -> usize {
    let is_it = |line: &str| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(is_it).map_or(1, |at| at + 1)
}
