// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The metrics text of a loaded package.

use std::{
    fs::File,
    io::{self, Write},
};

use bpfsign_verify::{At, Error, Host, Reason, Result};

use super::record;
use crate::holder;

/// Copies the metrics text of a loaded package to `out`, as the kernel's iterators print
/// it, or where it has none the package's holder.
///
/// # Errors
/// [`Reason::NotLoaded`], [`Reason::NoMetrics`], [`Reason::Io`].
pub fn metrics(host: &Host, name: &str, out: &mut impl Write) -> Result<()> {
    let no_metrics = match pinned_metrics(host, name, out) {
        Err(e) if matches!(*e.reason, Reason::NoMetrics) => e,
        done => return done,
    };
    let mut text = holder::get(host, name, "/metrics", "text/plain").map_err(|e| {
        let none = holder::nobody_listens(&e);
        if none { no_metrics } else { e }
    })?;
    io::copy(&mut text, out).map(drop).at(holder::socket(host, name))
}

/// The text that the kernel's iterators print.
pub(crate) fn pinned_metrics(host: &Host, name: &str, out: &mut impl Write) -> Result<()> {
    let record = record(host, name)?;
    let pin = host.current(name).join("metrics");
    if !record.metrics {
        return Err(Error::new(pin, Reason::NoMetrics));
    }
    let links = record.programs.iter().filter_map(|p| p.link.as_deref());
    // The main text first: what it counts on its way, others print.
    let (main, more): (Vec<_>, Vec<_>) =
        links.filter(|link| link.starts_with("metrics")).partition(|link| *link == "metrics");
    for name in main.into_iter().chain(more) {
        let pin = host.current(&record.name).join(name);
        let mut file = File::open(&pin).at(&pin)?;
        io::copy(&mut file, out).at(&pin)?;
    }
    Ok(())
}
