// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Siblings, the arrows between them, and the cycles that these make.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{
    arrows::{Arrows, Use},
    cycles::{self, Weights},
    tree::Tree,
};

/// The modules that one module declares.
#[derive(Debug)]
pub struct Level {
    /// The file that declares them, below the repository's root.
    pub file: PathBuf,
    /// Their names, in the order of their declarations.
    pub modules: Vec<String>,
    /// What they need of each other.
    pub arrows: Vec<Arrow>,
    /// Where they need each other in a circle.
    pub cycles: Vec<Cycle>,
}

/// What one module needs of another.
#[derive(Debug, Clone)]
pub struct Arrow {
    /// The module that needs it.
    pub from: String,
    /// The module that has it.
    pub to: String,
    /// The names, each with the place where it is first used.
    pub uses: Vec<Use>,
}

/// Modules that all need each other, directly or not.
#[derive(Debug)]
pub struct Cycle {
    /// All of them.
    pub modules: Vec<String>,
    /// The shortest way around.
    pub shortest: Vec<Arrow>,
    /// The order, highest first, in which the fewest names would have to be cut; empty where
    /// there are too many modules to try all orders.
    pub order: Vec<String>,
    /// The arrows against that order.
    pub cut: Vec<Arrow>,
}

/// The arrows of a level, by the numbers of the siblings.
struct Between<'a> {
    tree: &'a Tree,
    uses: BTreeMap<(usize, usize), Vec<Use>>,
}

impl Level {
    /// The level of the children of `above`.
    pub(crate) fn of(tree: &Tree, arrows: &Arrows, above: usize) -> Self {
        let between = Between::of(tree, arrows, above);
        let weights = between.uses.iter().map(|(&ends, uses)| (ends, uses.len())).collect();
        let groups = cycles::groups(&weights);
        Self {
            file: tree.modules[above].file.clone(),
            modules: tree.modules[above]
                .children
                .iter()
                .map(|&child| between.name(child))
                .collect(),
            arrows: between.uses.keys().map(|&(from, to)| between.arrow(from, to)).collect(),
            cycles: groups.iter().map(|group| between.cycle(&weights, group)).collect(),
        }
    }
}

impl<'a> Between<'a> {
    fn of(tree: &'a Tree, arrows: &Arrows, above: usize) -> Self {
        let mut uses: BTreeMap<_, Vec<Use>> = BTreeMap::new();
        for (&(from, to), names) in arrows {
            let ends = (tree.child_towards(above, from), tree.child_towards(above, to));
            let (Some(from), Some(to)) = ends else { continue };
            if from == to {
                continue;
            }
            let seen = uses.entry((from, to)).or_default();
            for each in names.values() {
                if !seen.iter().any(|other| other.name == each.name && other.file == each.file) {
                    seen.push(each.clone());
                }
            }
        }
        for names in uses.values_mut() {
            names.sort_by(|a, b| (&a.file, a.line, &a.name).cmp(&(&b.file, b.line, &b.name)));
        }
        Self { tree, uses }
    }

    fn name(&self, module: usize) -> String {
        self.tree.modules[module].path.last().cloned().unwrap_or_default()
    }

    fn arrow(&self, from: usize, to: usize) -> Arrow {
        let uses = self.uses.get(&(from, to)).cloned().unwrap_or_default();
        Arrow { from: self.name(from), to: self.name(to), uses }
    }

    fn cycle(&self, weights: &Weights, group: &[usize]) -> Cycle {
        let names = |nodes: &[usize]| nodes.iter().map(|&node| self.name(node)).collect();
        let around = cycles::shortest(weights, group);
        let next = around.iter().cycle().skip(1);
        let mut order = cycles::order(weights, group).unwrap_or_default();
        let against: Vec<_> = weights
            .keys()
            .filter(|(from, to)| {
                let place = |node| order.iter().position(|other| other == node);
                place(from).zip(place(to)).is_some_and(|(from, to)| from < to)
            })
            .map(|&(from, to)| self.arrow(from, to))
            .collect();
        order.reverse();
        Cycle {
            modules: names(group),
            shortest: around.iter().zip(next).map(|(&from, &to)| self.arrow(from, to)).collect(),
            order: names(&order),
            cut: against,
        }
    }
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)?;
        for Use { name, file, line } in &self.uses {
            write!(f, "\n    {}:{line}: {name}", file.display())?;
        }
        Ok(())
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "these modules need each other: {}", self.modules.join(", "))?;
        writeln!(f, "the shortest way around:")?;
        for arrow in &self.shortest {
            writeln!(f, "  {}", arrow.to_string().replace('\n', "\n  "))?;
        }
        if self.order.is_empty() {
            return write!(f, "move what they share into a module below them");
        }
        writeln!(f, "nearest order, highest first: {}", self.order.join(", "))?;
        write!(f, "what is against it, to be moved or cut:")?;
        for arrow in &self.cut {
            write!(f, "\n  {}", arrow.to_string().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}
