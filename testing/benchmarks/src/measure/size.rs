// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's binary.

use std::{collections::BTreeSet, fs};

use crate::{
    Result,
    command::{command, output},
    figure::{Figure, Unit},
    place::Place,
    report::Report,
};

/// What cargo tree is asked of: the host build, without what only its compilation needs.
const TREE: &str = "tree --locked -p bpfsign-host -e normal,no-proc-macro --prefix none";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let bytes = fs::metadata(&place.tools.loader)?.len();
    report.add(Figure::new("host binary, static and stripped", Unit::Bytes, bytes as f64))?;
    let mut tree = command("cargo", TREE.split(' '));
    tree.current_dir(&place.tools.repository);
    let tree = output(tree)?;
    // A crate that was printed before is marked.
    let crates: BTreeSet<&str> = tree.lines().map(|l| l.trim_end_matches(" (*)")).collect();
    report.add(Figure::new("crates in it", Unit::Count, crates.len() as f64))
}
