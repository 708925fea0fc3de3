// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `verify` beside `openssl dgst -verify`, which checks the manifest's signature alone.

use std::fs;

use crate::{
    Result,
    command::command,
    figure::{Figure, Unit},
    place::{Place, text},
    report::Report,
    timing::{pair, peak_memory, timed},
};

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let package = place.standard_package();
    let unpacked = place.unpacked(&package, "verify")?;
    let key = place.public_key();
    let mut ours = command(&place.tools.loader, ["verify", "--trust", &key, &text(&package)]);
    let signature = fs::read_dir(unpacked.join("signatures"))?.next().ok_or("no signature")??;
    let mut openssl = command("openssl", ["dgst", "-sm3", "-verify", &key]);
    openssl.args(["-sigopt", "distid:1234567812345678", "-signature"]);
    openssl.arg(signature.path()).arg(unpacked.join("manifest.toml"));
    let (our_time, their_time) = pair(place.runs, || timed(&mut ours), || timed(&mut openssl))?;
    report.add(
        Figure::new("verify", Unit::Milliseconds, our_time)
            .beside("openssl dgst -verify", their_time),
    )?;
    let (our_peak, their_peak) = (peak_memory(&ours)?, peak_memory(&openssl)?);
    report.add(
        Figure::new("peak memory of verify", Unit::Kilobytes, our_peak)
            .beside("openssl dgst -verify", their_peak),
    )
}
