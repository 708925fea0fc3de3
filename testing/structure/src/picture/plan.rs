// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where each crate is in the drawing.

use super::{
    canvas::{Area, LINE, lines},
    layers,
};
use crate::{
    layers::{LAYERS, Side},
    workspace::Package,
};

/// The width of the drawing.
pub(super) const WIDTH: usize = 980;
/// From the edge to the bands, and between bands.
pub(super) const MARGIN: usize = 10;
/// Between boxes side by side.
const GAP: usize = 20;
/// From a row of boxes to the one above it: room for the arrows.
const RISE: usize = 40;
/// The widest box.
const WIDEST: usize = 250;
/// The part of a band above its boxes, with the heading.
const HEADING: usize = 34;

/// A crate and its box.
pub(super) struct Placed<'a> {
    pub(super) package: &'a Package,
    pub(super) area: Area,
    pub(super) lines: Vec<String>,
    pub(super) side: Side,
}

/// A coloured ground.
pub(super) struct Band {
    pub(super) side: Side,
    pub(super) area: Area,
}

/// The crates of the layers, from the top down.
pub(super) struct Plan<'a> {
    pub(super) placed: Vec<Placed<'a>>,
    pub(super) bands: Vec<Band>,
    /// Where what is below may start.
    pub(super) end: usize,
}

impl<'a> Plan<'a> {
    /// On top who has both sides, then the sides beside each other, then what they share.
    pub(super) fn of(packages: &'a [Package]) -> Self {
        let whole = WIDTH - 2 * MARGIN;
        let author = whole * 2 / 3 - MARGIN / 2;
        let host = whole - author - MARGIN;
        let mut plan = Self { placed: Vec::new(), bands: Vec::new(), end: MARGIN };
        plan.band(packages, Side::Top, MARGIN, whole, 0);
        let from = plan.end;
        let height = |side| stack(packages, side, if side == Side::Author { author } else { host });
        let both = height(Side::Author).max(height(Side::Host));
        plan.band(packages, Side::Author, MARGIN, author, both);
        let end = plan.end;
        plan.end = from;
        plan.band(packages, Side::Host, 2 * MARGIN + author, host, both);
        plan.end = plan.end.max(end);
        plan.band(packages, Side::Shared, MARGIN, whole, 0);
        plan
    }

    /// One side: its layers above each other, at the bottom of a band of at least `height`.
    fn band(&mut self, packages: &'a [Package], side: Side, x: usize, width: usize, height: usize) {
        let rows = rows(packages, side, width);
        if rows.is_empty() {
            return;
        }
        let own = stack(packages, side, width);
        let area = Area { x, y: self.end, width, height: own.max(height) };
        let mut y = area.bottom() - own + HEADING;
        for row in rows {
            let tall = row.iter().map(|placed| placed.area.height).max().unwrap_or(0);
            for mut placed in row {
                placed.area = Area { x: x + placed.area.x, y, height: tall, ..placed.area };
                self.placed.push(placed);
            }
            y += tall + RISE;
        }
        self.bands.push(Band { side, area });
        self.end = area.bottom() + MARGIN;
    }
}

/// The height of a side's band.
fn stack(packages: &[Package], side: Side, width: usize) -> usize {
    let rows = rows(packages, side, width);
    let tall = |row: &Vec<Placed<'_>>| row.iter().map(|placed| placed.area.height).max();
    let boxes: usize = rows.iter().filter_map(tall).sum();
    HEADING + boxes + rows.len().saturating_sub(1) * RISE + GAP
}

/// The layers of a side, from the top down, each centred in `width`.
fn rows<'a>(packages: &'a [Package], side: Side, width: usize) -> Vec<Vec<Placed<'a>>> {
    let layers = layers(packages).into_iter().rev();
    let own = layers.filter(|(number, _)| LAYERS[*number].side == side);
    own.map(|(_, layer)| row(&layer, side, width)).collect()
}

fn row<'a>(layer: &[&'a Package], side: Side, width: usize) -> Vec<Placed<'a>> {
    let count = layer.len();
    let each = ((width - (count + 1) * GAP) / count).min(WIDEST);
    let left = (width - count * each - (count - 1) * GAP) / 2;
    let placed = layer.iter().enumerate().map(|(number, &package)| {
        let lines = lines(&package.description, each);
        let height = 46 + lines.len() * LINE;
        let area = Area { x: left + number * (each + GAP), y: 0, width: each, height };
        Placed { package, area, lines, side }
    });
    placed.collect()
}
