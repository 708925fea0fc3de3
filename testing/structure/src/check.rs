// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All checks of a tree.

use std::path::Path;

use crate::{
    Finding, Result, documented, layers, modules,
    picture::{PAGE, Picture},
    sizes,
    workspace::{Package, packages},
};

/// What one check found.
#[derive(Debug)]
pub struct Checked {
    /// What was looked for.
    pub what: &'static str,
    /// What there is of it.
    pub findings: Vec<Finding>,
}

/// Runs every check on the tree at `root`.
pub fn check(root: &Path) -> Result<Vec<Checked>> {
    let packages = packages(root)?;
    let checked = |what, findings| Checked { what, findings };
    Ok(vec![
        checked("modules in a circle", cycles(root, &packages)?),
        checked("crates against the order", layers::check(root, &packages)),
        checked("pictures of the crates that are not true", untrue_pictures(root)),
        checked("long files", sizes::long_files(root)?),
        checked("long functions", sizes::long_functions(root)?),
        checked("missing documentation", documented::check(root, &packages)?),
    ])
}

/// The pictures that are not as they should be, or why there can be none.
fn untrue_pictures(root: &Path) -> Vec<Finding> {
    match Picture::of(root) {
        Ok(picture) => picture.check(root),
        Err(error) => vec![Finding::failure(PAGE, 1, error.to_string())],
    }
}

/// The modules of each crate, tests included, that need each other in a circle.
pub fn cycles(root: &Path, packages: &[Package]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in packages.iter().flat_map(|package| package.roots.iter().chain(&package.test_roots))
    {
        for level in modules::levels(root, file)? {
            for cycle in &level.cycles {
                findings.push(Finding::failure(&level.file, 1, cycle.to_string()));
            }
        }
    }
    Ok(findings)
}
