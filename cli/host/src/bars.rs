// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Histograms as bars.

use std::io::{self, Write};

use bpfsign_format::Field;

/// Width of the longest bar, in characters.
const BAR: u64 = 40;

/// The slots of a log2 histogram, from the first that counted something to the last:
/// slot i counts from 2^i (0 for the first) below 2^(i+1).
pub(crate) fn bars(out: &mut impl Write, field: &Field, counts: &[u64]) -> io::Result<()> {
    let Some(last) = counts.iter().rposition(|&n| n > 0) else { return Ok(()) };
    let first = counts.iter().position(|&n| n > 0).unwrap_or(0);
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let (unit, scale) = (field.unit.as_deref(), field.histogram.as_deref());
    let unit = unit.unwrap_or(&field.name);
    writeln!(out, "  {:>9} .. {:>8}  {unit:>10}  {}", "from", "to", scale.unwrap_or_default())?;
    for (i, &count) in counts.iter().enumerate().take(last + 1).skip(first) {
        let from = if i == 0 { 0 } else { 1_u64 << i.min(63) };
        let to = (2_u64 << i.min(62)) - 1;
        let width = (u128::from(count) * u128::from(BAR) / u128::from(most)) as usize;
        writeln!(out, "  {from:>9} .. {to:>8}  {count:>10} |{}", "#".repeat(width))?;
    }
    Ok(())
}
