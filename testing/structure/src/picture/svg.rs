// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The drawing of the crates.

use std::collections::BTreeSet;

use super::{
    canvas::{Area, Canvas},
    others,
    plan::{Band, MARGIN, Placed, Plan, WIDTH},
};
use crate::{
    layers::{Place, Side},
    workspace::Package,
};

/// Small boxes in a row, of the crates beside the layers.
const IN_A_ROW: usize = 5;
/// Their height, and the space between them.
const SMALL: (usize, usize) = (32, 12);

/// From a box to the arrows that pass it, and between these.
const LANE: usize = 12;
/// From the middle of a box to the arrows that pass others.
const OFF: usize = 50;

/// Draws the crates, and an arrow for each dependency that no other arrows imply.
pub(super) fn draw(packages: &[Package]) -> String {
    let plan = Plan::of(packages);
    let mut canvas = Canvas::new();
    for Band { side, area } in &plan.bands {
        let (fill, heading) = ground(*side);
        canvas.band(*area, fill, heading);
    }
    draw_arrows(&mut canvas, &plan.placed);
    for Placed { package, area, lines, side } in &plan.placed {
        canvas.labelled(*area, stroke(*side), &package.folder, lines);
    }
    let end = beside(&mut canvas, &others(packages, Some(Place::Beside)), plan.end);
    canvas.finish(WIDTH, end, "The crates of bpfsign, each above those that it depends on")
}

fn ground(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Top => ("#f6f8fa", "Command line"),
        Side::Author => ("#f1f6fd", "Author"),
        Side::Host => ("#f1f9f2", "Host"),
        Side::Shared => ("#fffbf0", "Both"),
    }
}

fn stroke(side: Side) -> &'static str {
    match side {
        Side::Top => "#8250df",
        Side::Author => "#0969da",
        Side::Host => "#1a7f37",
        Side::Shared => "#9a6700",
    }
}

/// The dependencies that do not follow from others.
fn arrows<'p, 'a>(placed: &'p [Placed<'a>]) -> Vec<(&'p Placed<'a>, &'p Placed<'a>)> {
    let find = |folder: &str| placed.iter().find(|one| one.package.folder == folder);
    let mut arrows = Vec::new();
    for from in placed {
        let direct: Vec<_> = from.package.needs.iter().filter_map(|folder| find(folder)).collect();
        let mut implied = BTreeSet::new();
        direct.iter().for_each(|one| below(one, &find, &mut implied));
        let plain = direct.into_iter().filter(|to| !implied.contains(to.package.folder.as_str()));
        arrows.extend(plain.map(|to| (from, to)));
    }
    arrows
}

/// All that a crate depends on, directly or not.
fn below<'p, 'a: 'p>(
    from: &'p Placed<'a>,
    find: &impl Fn(&str) -> Option<&'p Placed<'a>>,
    found: &mut BTreeSet<&'p str>,
) {
    for to in from.package.needs.iter().filter_map(|folder| find(folder)) {
        if found.insert(&to.package.folder) {
            below(to, find, found);
        }
    }
}

/// Draws the arrows. They turn below the box that they leave, so that those to one box come
/// down together. Those with a box in their way pass it, by turns on its right and left.
fn draw_arrows(canvas: &mut Canvas, placed: &[Placed<'_>]) {
    let mut passing = 0;
    for (from, to) in arrows(placed) {
        let start = (from.area.middle(), from.area.bottom());
        let end = (to.area.middle(), to.area.y - 2);
        let blocks = |area: &Area| {
            let across = area.x..area.x + area.width;
            area.y > start.1 && area.bottom() < end.1 && across.contains(&end.0)
        };
        let blocking: Vec<_> = placed.iter().map(|one| one.area).filter(blocks).collect();
        let right = blocking.iter().map(|area| area.x + area.width).max();
        let left = blocking.iter().map(|area| area.x).min();
        let Some((left, right)) = left.zip(right) else {
            canvas.arrow(start, start.1 + 15, end);
            continue;
        };
        let out = LANE * (passing / 2 + 1);
        if passing % 2 == 0 {
            canvas.around((start.0 + OFF, start.1), right + out, (end.0 + OFF, end.1));
        } else {
            canvas.around((start.0 - OFF, start.1), left - out, (end.0 - OFF, end.1));
        }
        passing += 1;
    }
}

/// The crates beside the layers; says where they end.
fn beside(canvas: &mut Canvas, packages: &[&Package], y: usize) -> usize {
    if packages.is_empty() {
        return y;
    }
    let (height, gap) = SMALL;
    let rows = packages.len().div_ceil(IN_A_ROW);
    let whole = WIDTH - 2 * MARGIN;
    let band = Area { x: MARGIN, y, width: whole, height: 34 + rows * (height + gap) };
    canvas.band(band, "#f6f8fa", "Beside: tests and examples, which no other crate depends on");
    let width = (whole - (IN_A_ROW + 1) * gap) / IN_A_ROW;
    for (number, package) in packages.iter().enumerate() {
        let (row, column) = (number / IN_A_ROW, number % IN_A_ROW);
        let x = MARGIN + gap + column * (width + gap);
        let area = Area { x, y: y + 34 + row * (height + gap), width, height };
        canvas.small(area, "#8c959f", &package.folder);
    }
    band.bottom() + MARGIN
}
