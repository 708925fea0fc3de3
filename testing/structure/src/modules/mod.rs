// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Modules of a crate that need each other in a circle.
//!
//! An arrow goes from a module to each module that it names: in imports, in paths in code,
//! and in the tokens of macros. Names are followed through re-exports, so that
//! `use crate::Host` is an arrow to `host` where `lib.rs` says `pub use host::Host`.
//!
//! Modules are compared with their siblings: first the children of the root, then those of
//! each folder. A module and the one that declares it are no siblings: `mod.rs` may use its
//! children, and they may use it. What is compiled for tests alone does not count.
//!
//! Methods are not seen: who calls one does not name its module.

mod arrows;
mod cycles;
mod level;
mod mentions;
mod names;
mod tokens;
mod tree;

use std::path::Path;

pub use arrows::Use;
pub use level::{Arrow, Cycle, Level};
pub(crate) use tree::Tree;

use crate::Result;

/// The levels of a crate that have more than one module. `file` is the crate's root file,
/// a path below `root`.
pub fn levels(root: &Path, file: &Path) -> Result<Vec<Level>> {
    let tree = Tree::read(root, file)?;
    let arrows = arrows::arrows(&tree);
    let numbers = 0..tree.modules.len();
    let above = numbers.filter(|&number| tree.modules[number].children.len() > 1);
    Ok(above.map(|above| Level::of(&tree, &arrows, above)).collect())
}
