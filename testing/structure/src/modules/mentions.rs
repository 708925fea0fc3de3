// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What one module names: its imports, and the paths in its code.

use std::collections::HashSet;

use syn::{
    Attribute, ImplItem, Item, ItemMacro, ItemMod, ItemUse, Macro, PatIdent, Path, Stmt, UseTree,
    VisRestricted, ext::IdentExt, spanned::Spanned, visit::Visit,
};

use super::tokens::{self, Written};
use crate::source::{attributes, for_tests};

/// One name that a `use` brings in.
pub(crate) struct Import {
    /// The path as it is written, without the alias.
    pub(crate) path: Vec<String>,
    /// What it is called from then on; `None` for `*`.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
}

/// What a module names. Code that is compiled for tests alone does not count, nor do
/// documentation and the names of other crates' macros.
#[derive(Default)]
pub(crate) struct Mentions {
    /// Of every `use`, those inside functions too.
    pub(crate) imports: Vec<Import>,
    /// All other paths.
    pub(crate) paths: Vec<Written>,
    /// Macros that are called.
    pub(crate) macros: Vec<Written>,
    /// Names of local variables: such a name alone is no path.
    variables: HashSet<String>,
}

impl Mentions {
    /// Goes through the items of a module.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut mentions = Self::default();
        items.iter().for_each(|item| mentions.visit_item(item));
        let Self { paths, variables, .. } = &mut mentions;
        paths.retain(|(path, _)| path.len() > 1 || !variables.contains(&path[0]));
        mentions
    }

    /// The names that a tree of a `use` brings in, below `path`.
    fn import(&mut self, path: &[String], tree: &UseTree) {
        let join = |name: &syn::Ident| [path, &[name.unraw().to_string()]].concat();
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(part) => self.import(&join(&part.ident), &part.tree),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.import(path, item)),
            UseTree::Glob(_) => self.imports.push(Import { path: path.to_vec(), name: None, line }),
            UseTree::Name(leaf) => {
                let path = if leaf.ident == "self" { path.to_vec() } else { join(&leaf.ident) };
                let name = path.last().cloned();
                self.imports.push(Import { path, name, line });
            }
            UseTree::Rename(leaf) => {
                let path = if leaf.ident == "self" { path.to_vec() } else { join(&leaf.ident) };
                self.imports.push(Import { path, name: Some(leaf.rename.to_string()), line });
            }
        }
    }
}

fn written(path: &Path) -> Option<Written> {
    let first = path.segments.first()?;
    let names = path.segments.iter().map(|part| part.ident.unraw().to_string()).collect();
    path.leading_colon.is_none().then(|| (names, first.ident.span().start().line))
}

impl<'a> Visit<'a> for Mentions {
    fn visit_item(&mut self, item: &'a Item) {
        if !for_tests(attributes(item)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !for_tests(attributes) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let attributes = match statement {
            Stmt::Local(local) => &local.attrs,
            Stmt::Macro(call) => &call.attrs,
            _ => &Vec::new(),
        };
        if !for_tests(attributes) {
            syn::visit::visit_stmt(self, statement);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'a Path) {
        self.paths.extend(written(path));
        syn::visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'a PatIdent) {
        let name = pattern.ident.unraw().to_string();
        if name.starts_with(|first: char| first == '_' || first.is_lowercase()) {
            self.variables.insert(name);
        }
        syn::visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        self.macros.extend(written(&call.path));
        self.paths.extend(tokens::paths(call.tokens.clone(), false));
    }

    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        if !item.mac.path.is_ident("macro_rules") {
            return syn::visit::visit_item_macro(self, item);
        }
        // Other names of a macro's body mean what they mean where it is called.
        let paths = tokens::paths(item.mac.tokens.clone(), false);
        self.paths.extend(paths.into_iter().filter(|(path, _)| path[0] == "crate"));
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.paths.extend(tokens::paths(list.tokens.clone(), true));
        }
    }

    /// `pub(in a::b)` names who sees an item, not what the item needs.
    fn visit_vis_restricted(&mut self, _: &'a VisRestricted) {}

    /// Modules are entries of the tree; one inside a function is not looked into.
    fn visit_item_mod(&mut self, _: &'a ItemMod) {}
}
