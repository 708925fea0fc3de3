// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The list of the crates, for the page.

use super::{layers, others};
use crate::{
    layers::{LAYERS, Place, Side},
    workspace::Package,
};

/// The widest line of the list.
const WIDTH: usize = 96;

/// The section between the comments: the drawing, and the crates from the top down.
pub(super) fn list(packages: &[Package]) -> String {
    let mut text = String::from(
        "\n![The crates of the workspace: each depends on those below it, and the author's side \
         and the host's side do not depend on each other](crates.svg)\n\n```text\n",
    );
    let folders = packages.iter().map(|package| package.folder.len());
    let column = folders.max().unwrap_or(0) + 4;
    let layers = layers(packages);
    for side in [Side::Top, Side::Author, Side::Host, Side::Shared] {
        let own = layers.iter().rev().filter(|(number, _)| LAYERS[*number].side == side);
        let crates: Vec<_> = own.flat_map(|(_, packages)| packages).copied().collect();
        group(&mut text, heading(side), &crates, column);
    }
    let rest = [
        ("tests and examples: no other crate depends on them", Some(Place::Beside)),
        ("in no layer yet", None),
    ];
    for (heading, place) in rest {
        group(&mut text, heading, &others(packages, place), column);
    }
    text.push_str("```\n\n");
    text
}

fn heading(side: Side) -> &'static str {
    match side {
        Side::Shared => "both sides",
        Side::Author => "the author's side",
        Side::Host => "the host's side",
        Side::Top => "the command line",
    }
}

/// A heading, and the crates below it; nothing if there are none.
fn group(text: &mut String, heading: &str, packages: &[&Package], column: usize) {
    if !packages.is_empty() {
        text.push_str(&format!("{heading}\n"));
        packages.iter().for_each(|package| entry(text, package, column));
    }
}

/// One crate: folder, name, what it is, and what it depends on.
fn entry(text: &mut String, package: &Package, column: usize) {
    let Package { folder, name, description, needs, .. } = package;
    let first = format!("  {folder}");
    wrapped(text, &first, &format!("{name}: {description}"), column);
    if !needs.is_empty() {
        wrapped(text, "", &format!("stands on: {}", needs.join(", ")), column);
    }
}

/// Writes `words` behind `first`, in a column, in as many lines as they need.
fn wrapped(text: &mut String, first: &str, words: &str, column: usize) {
    let mut line = format!("{first:column$}");
    let mut empty = true;
    for word in words.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&format!("{line}\n"));
            line = " ".repeat(column + 2);
            empty = true;
        }
        line.push_str(if empty { "" } else { " " });
        line.push_str(word);
        empty = false;
    }
    text.push_str(&format!("{line}\n"));
}
