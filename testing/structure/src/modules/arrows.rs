// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which module of a crate needs which other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{
    mentions::Mentions,
    names::{Meaning, Names, Way},
    tree::Tree,
};

/// One name that one module uses out of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What is used, as in `host::lock::Lock`.
    pub name: String,
    /// The file that uses it, below the repository's root.
    pub file: PathBuf,
    /// Where, first.
    pub line: usize,
}

/// From a module to one that it needs, by their numbers, and for each name the place where
/// it is first used.
pub(crate) type Arrows = BTreeMap<(usize, usize), BTreeMap<String, Use>>;

/// All arrows of a crate.
pub(crate) fn arrows(tree: &Tree) -> Arrows {
    let mentions: Vec<_> = tree.modules.iter().map(|module| Mentions::of(&module.items)).collect();
    let names = Names::of(tree, &mentions);
    let mut arrows = Arrows::new();
    for (from, mentions) in mentions.iter().enumerate() {
        let imports = mentions.imports.iter().map(|import| (&import.path, import.line));
        let paths = mentions.paths.iter().map(|(path, line)| (path, *line));
        for (path, line) in imports.chain(paths) {
            add(&mut arrows, tree, from, &names.way(from, path), line);
        }
        for (path, line) in &mentions.macros {
            add(&mut arrows, tree, from, &names.way_of_macro(from, path), *line);
        }
    }
    arrows
}

fn add(arrows: &mut Arrows, tree: &Tree, from: usize, way: &Way, line: usize) {
    for end in &way.ends {
        let (module, name) = match end {
            Meaning::Module(module) => (*module, tree.name(*module)),
            Meaning::Item(0, item) => (0, item.clone()),
            Meaning::Item(module, item) => (*module, format!("{}::{item}", tree.name(*module))),
        };
        let reached: BTreeSet<_> = way.through.iter().copied().chain([module]).collect();
        for to in reached.into_iter().filter(|&to| to != from) {
            let file = tree.modules[from].file.clone();
            let names = arrows.entry((from, to)).or_default();
            names.entry(name.clone()).or_insert_with(|| Use { name: name.clone(), file, line });
        }
    }
}
