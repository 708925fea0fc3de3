// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The modules of one crate, read from its root file on.

use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta, ext::IdentExt};

use crate::{
    Error, Result,
    source::{attributes, for_tests, parse},
};

/// A module: a file, or a `mod name { … }` inside one.
pub(crate) struct Module {
    /// Its names from the crate's root on; none for the root itself.
    pub(crate) path: Vec<String>,
    /// The file that it is in, below the repository's root.
    pub(crate) file: PathBuf,
    /// The number of the module that declares it.
    pub(crate) parent: Option<usize>,
    /// The numbers of the modules that it declares.
    pub(crate) children: Vec<usize>,
    /// The attributes inside the file (`#![…]`).
    pub(crate) attributes: Vec<Attribute>,
    /// What is in it but other modules, and but what is compiled for tests alone.
    pub(crate) items: Vec<Item>,
}

/// All modules of a crate but those of its tests. The number of a module is its place
/// here; the root is number 0.
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
}

/// Where the file of a module may be.
struct Place<'a> {
    root: &'a Path,
    file: &'a Path,
    /// Where the files of the modules that are declared here are.
    folder: PathBuf,
}

impl Tree {
    /// Reads the crate whose root file is `file`, a path below `root`.
    pub(crate) fn read(root: &Path, file: &Path) -> Result<Self> {
        let mut tree = Self { modules: Vec::new() };
        let parsed = parse(root, file)?;
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        let number = tree.add(Vec::new(), None, file, parsed.attrs);
        tree.fill(number, parsed.items, &Place { root, file, folder })?;
        Ok(tree)
    }

    /// The names of a module, as in `host::lock`.
    pub(crate) fn name(&self, module: usize) -> String {
        self.modules[module].path.join("::")
    }

    /// The module that is a direct child of `above` and is, or holds, `module`.
    pub(crate) fn child_towards(&self, above: usize, module: usize) -> Option<usize> {
        let mut at = module;
        loop {
            let parent = self.modules[at].parent?;
            if parent == above {
                return Some(at);
            }
            at = parent;
        }
    }

    fn add(
        &mut self,
        path: Vec<String>,
        parent: Option<usize>,
        file: &Path,
        attributes: Vec<Attribute>,
    ) -> usize {
        let number = self.modules.len();
        if let Some(parent) = parent {
            self.modules[parent].children.push(number);
        }
        self.modules.push(Module {
            path,
            file: file.to_path_buf(),
            parent,
            children: Vec::new(),
            attributes,
            items: Vec::new(),
        });
        number
    }

    /// Puts the items into a module, and adds the modules among them.
    fn fill(&mut self, number: usize, items: Vec<Item>, place: &Place<'_>) -> Result<()> {
        for item in items {
            if for_tests(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(module) => self.declared(number, module, place)?,
                other => self.modules[number].items.push(other),
            }
        }
        Ok(())
    }

    fn declared(&mut self, parent: usize, module: ItemMod, place: &Place<'_>) -> Result<()> {
        let name = module.ident.unraw().to_string();
        let mut path = self.modules[parent].path.clone();
        path.push(name.clone());
        if let Some((_, items)) = module.content {
            let number = self.add(path, Some(parent), place.file, module.attrs);
            let folder = place.folder.join(&name);
            return self.fill(number, items, &Place { folder, ..*place });
        }
        let (file, folder) = place.find(&name, &module.attrs)?;
        let parsed = parse(place.root, &file)?;
        if for_tests(&parsed.attrs) {
            return Ok(());
        }
        let number = self.add(path, Some(parent), &file, parsed.attrs);
        self.fill(number, parsed.items, &Place { root: place.root, file: &file, folder })
    }
}

impl Place<'_> {
    /// The file of the module `name` that is declared here, and the folder of its children.
    fn find(&self, name: &str, attributes: &[Attribute]) -> Result<(PathBuf, PathBuf)> {
        let below = self.folder.join(name);
        if let Some(path) = path_attribute(attributes) {
            let file = self.file.parent().unwrap_or(Path::new("")).join(path);
            return Ok((file, below));
        }
        [self.folder.join(format!("{name}.rs")), below.join("mod.rs")]
            .into_iter()
            .find(|file| self.root.join(file).is_file())
            .map(|file| (file, below))
            .ok_or_else(|| Error::NoModule {
                path: self.file.to_path_buf(),
                module: name.to_string(),
            })
    }
}

/// The value of `#[path = "…"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(value) => match &value.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}
