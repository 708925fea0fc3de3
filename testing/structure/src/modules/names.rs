// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a path leads to, through imports and re-exports.

use std::collections::{BTreeSet, HashMap};

use syn::{ForeignItem, Item, ext::IdentExt};

use super::{
    mentions::{Import, Mentions},
    tree::Tree,
};

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// A module, by its number.
    Module(usize),
    /// An item, by the module that defines it and its name there.
    Item(usize, String),
}

/// Where a path leads.
#[derive(Default)]
pub(crate) struct Way {
    /// The modules that the path names on its way, the last included.
    pub(crate) through: BTreeSet<usize>,
    /// What it stands for: more than one thing where a name is both a module and a function.
    /// Empty if it leads out of the crate.
    pub(crate) ends: BTreeSet<Meaning>,
}

enum Binding {
    Is(Meaning),
    Import(Vec<String>),
}

#[derive(Default)]
struct Scope {
    names: HashMap<String, Vec<Binding>>,
    globs: Vec<Vec<String>>,
}

/// The names of each module of a crate.
pub(crate) struct Names<'a> {
    tree: &'a Tree,
    scopes: Vec<Scope>,
    /// Where `macro_rules!` defines each macro.
    macros: HashMap<String, Vec<usize>>,
}

/// The names that are looked up already, on the way to the one in question: imports may
/// go round in circles.
type Asked = Vec<(usize, String)>;

impl<'a> Names<'a> {
    /// Collects what each module defines and imports. `mentions` are those of the tree's
    /// modules, in the same order.
    pub(crate) fn of(tree: &'a Tree, mentions: &[Mentions]) -> Self {
        let scopes = tree.modules.iter().map(|_| Scope::default()).collect();
        let mut names = Self { tree, scopes, macros: HashMap::new() };
        for (number, module) in tree.modules.iter().enumerate() {
            for &child in &module.children {
                if let Some(name) = tree.modules[child].path.last() {
                    names.scopes[number].bind(name.clone(), Binding::Is(Meaning::Module(child)));
                }
            }
            module.items.iter().for_each(|item| names.define(number, item));
            mentions[number].imports.iter().for_each(|import| names.scopes[number].import(import));
        }
        names
    }

    fn define(&mut self, module: usize, item: &Item) {
        for name in defined(item) {
            let meaning = Meaning::Item(module, name.clone());
            if let Item::Macro(definition) = item {
                self.macros.entry(name.clone()).or_default().push(module);
                let is_export = |a: &syn::Attribute| a.path().is_ident("macro_export");
                if definition.attrs.iter().any(is_export) {
                    self.scopes[0].bind(name.clone(), Binding::Is(meaning.clone()));
                }
            }
            self.scopes[module].bind(name, Binding::Is(meaning));
        }
    }

    /// Where a path leads that is written in the module `from`.
    pub(crate) fn way(&self, from: usize, path: &[String]) -> Way {
        self.walk(from, path, &mut Vec::new())
    }

    /// Where a macro leads: macros are also found by the order of the text alone.
    pub(crate) fn way_of_macro(&self, from: usize, path: &[String]) -> Way {
        let way = self.way(from, path);
        let defined = path.last().and_then(|name| Some((name, self.macros.get(name)?)));
        match defined {
            Some((name, modules)) if way.ends.is_empty() && path.len() == 1 => {
                let ends = modules.iter().map(|&module| Meaning::Item(module, name.clone()));
                Way { ends: ends.collect(), ..Way::default() }
            }
            _ => way,
        }
    }

    fn walk(&self, from: usize, path: &[String], asked: &mut Asked) -> Way {
        let mut way = Way::default();
        let (start, rest) = self.start(from, path);
        let mut at = match (start, rest) {
            (Some(module), _) => BTreeSet::from([Meaning::Module(module)]),
            (None, [first, ..]) => self.lookup(from, first, asked),
            (None, []) => return way,
        };
        let rest = if start.is_some() { rest } else { &rest[1..] };
        if start.is_none() {
            way.note(&at);
        }
        for name in rest {
            at = self.step(&at, name, asked);
            way.note(&at);
        }
        way.ends = at;
        way
    }

    /// The module that `crate`, `self` and `super` mean at the start of a path, and what is
    /// behind them; none if the path starts with another name.
    fn start<'p>(&self, from: usize, path: &'p [String]) -> (Option<usize>, &'p [String]) {
        let (mut module, mut rest) = match path {
            [first, rest @ ..] if first == "crate" => (Some(0), rest),
            [first, rest @ ..] if first == "self" => (Some(from), rest),
            _ => (None, path),
        };
        while let [first, after @ ..] = rest
            && first == "super"
        {
            module = self.tree.modules[module.unwrap_or(from)].parent;
            rest = after;
        }
        (module, rest)
    }

    /// One name further: into the modules among `at`, or to what belongs to an item.
    fn step(&self, at: &BTreeSet<Meaning>, name: &str, asked: &mut Asked) -> BTreeSet<Meaning> {
        let mut found = BTreeSet::new();
        for meaning in at {
            if let Meaning::Module(module) = meaning {
                found.extend(self.lookup(*module, name, asked));
            }
        }
        if found.is_empty() {
            // A variant or a method, or an item that a macro makes.
            found.extend(at.iter().map(|meaning| match meaning {
                Meaning::Item(..) => meaning.clone(),
                Meaning::Module(module) => Meaning::Item(*module, name.to_string()),
            }));
        }
        found
    }

    /// What a name means in a module. Asked again on the way to the answer, as `pub use a::a`
    /// does beside `mod a`, it means what the module itself defines.
    fn lookup(&self, module: usize, name: &str, asked: &mut Asked) -> BTreeSet<Meaning> {
        let bindings = self.scopes[module].names.get(name).map_or(&[][..], Vec::as_slice);
        let mut found: BTreeSet<_> = bindings.iter().filter_map(Binding::meaning).collect();
        let question = (module, name.to_string());
        if asked.contains(&question) {
            return found;
        }
        asked.push(question);
        for path in bindings.iter().filter_map(Binding::import) {
            found.extend(self.walk(module, path, asked).ends);
        }
        if found.is_empty() {
            found = self.lookup_in_globs(module, name, asked);
        }
        asked.pop();
        found
    }

    fn lookup_in_globs(&self, module: usize, name: &str, asked: &mut Asked) -> BTreeSet<Meaning> {
        let mut found = BTreeSet::new();
        for path in &self.scopes[module].globs {
            for meaning in self.walk(module, path, asked).ends {
                if let Meaning::Module(opened) = meaning {
                    found.extend(self.lookup(opened, name, asked));
                }
            }
        }
        found
    }
}

impl Binding {
    fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Is(meaning) => Some(meaning.clone()),
            Self::Import(_) => None,
        }
    }

    fn import(&self) -> Option<&[String]> {
        match self {
            Self::Is(_) => None,
            Self::Import(path) => Some(path),
        }
    }
}

impl Scope {
    fn bind(&mut self, name: String, binding: Binding) {
        self.names.entry(name).or_default().push(binding);
    }

    fn import(&mut self, import: &Import) {
        match &import.name {
            Some(name) => self.bind(name.clone(), Binding::Import(import.path.clone())),
            None => self.globs.push(import.path.clone()),
        }
    }
}

impl Way {
    fn note(&mut self, at: &BTreeSet<Meaning>) {
        self.through.extend(at.iter().filter_map(|meaning| match meaning {
            Meaning::Module(module) => Some(*module),
            Meaning::Item(..) => None,
        }));
    }
}

/// The names that an item defines in its module.
fn defined(item: &Item) -> Vec<String> {
    let name = match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::TraitAlias(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    };
    let foreign = match item {
        Item::ForeignMod(block) => block.items.as_slice(),
        _ => &[],
    };
    let foreign = foreign.iter().filter_map(|item| match item {
        ForeignItem::Fn(item) => Some(&item.sig.ident),
        ForeignItem::Static(item) => Some(&item.ident),
        ForeignItem::Type(item) => Some(&item.ident),
        _ => None,
    });
    name.into_iter().chain(foreign).map(|name| name.unraw().to_string()).collect()
}
