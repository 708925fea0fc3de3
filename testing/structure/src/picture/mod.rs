// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The picture of the crates: a list in the architecture page, and a drawing beside it.

mod canvas;
mod plan;
mod svg;
mod text;

use std::{fs, path::Path};

use crate::{
    Error, Finding, Result,
    layers::{LAYERS, Place, place},
    workspace::{Package, packages},
};

/// The page with the list.
pub const PAGE: &str = "docs/02-architecture.md";
/// The drawing.
pub const DRAWING: &str = "docs/crates.svg";
/// The comment before what is generated.
pub const BEGIN: &str = "<!-- crates:begin -->";
/// The comment behind it.
pub const END: &str = "<!-- crates:end -->";

/// The two files as they should be.
#[derive(Debug)]
pub struct Picture {
    /// The whole text of [`PAGE`].
    pub page: String,
    /// The whole text of [`DRAWING`].
    pub drawing: String,
}

impl Picture {
    /// Makes both from `cargo metadata` and from the rest of the page as it is now.
    pub fn of(root: &Path) -> Result<Self> {
        let packages = packages(root)?;
        let page = fs::read_to_string(root.join(PAGE)).map_err(Error::io(Path::new(PAGE)))?;
        let page = replace(&page, &text::list(&packages))?;
        Ok(Self { page, drawing: svg::draw(&packages) })
    }

    /// Writes both.
    pub fn write(&self, root: &Path) -> Result<()> {
        for (name, content) in self.files() {
            fs::write(root.join(name), content).map_err(Error::io(Path::new(name)))?;
        }
        Ok(())
    }

    /// The files that are not as they should be.
    pub fn check(&self, root: &Path) -> Vec<Finding> {
        let differ = |(name, content): &(&str, &String)| {
            fs::read_to_string(root.join(name)).ok().as_ref() != Some(*content)
        };
        let finding = |(name, _)| {
            let message = "the crates are not as this shows them: run `make picture`";
            Finding::failure(name, 1, message.to_string())
        };
        self.files().into_iter().filter(differ).map(finding).collect()
    }

    fn files(&self) -> [(&'static str, &String); 2] {
        [(PAGE, &self.page), (DRAWING, &self.drawing)]
    }
}

/// Puts `list` between the comments of the page.
fn replace(page: &str, list: &str) -> Result<String> {
    let missing = |marker| Error::NoMarkers { path: PAGE.into(), marker };
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok(format!("{before}{BEGIN}\n{list}{END}{after}"))
}

/// The packages of each layer, from the bottom; layers without any are left out.
fn layers(packages: &[Package]) -> Vec<(usize, Vec<&Package>)> {
    let of = |number: usize| {
        let folders = LAYERS[number].folders.iter();
        folders.filter_map(|folder| packages.iter().find(|package| package.folder == **folder))
    };
    let layers = (0..LAYERS.len()).map(|number| (number, of(number).collect::<Vec<_>>()));
    layers.filter(|(_, packages)| !packages.is_empty()).collect()
}

/// The packages beside the layers, and those of which nothing is said.
fn others(packages: &[Package], at: Option<Place>) -> Vec<&Package> {
    packages.iter().filter(|package| place(&package.folder) == at).collect()
}
