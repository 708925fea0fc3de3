// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether `load` takes longer on a host where much is loaded.

use std::fs;

use bpfsign_format::{Manifest, Package};
use bpfsign_keys::SecretKey;

use crate::{
    Result,
    figure::{Figure, Unit},
    place::{PROGRAM, Place},
    report::Report,
    timing::{milliseconds, single, timed},
};

/// With the package that is measured, sixty.
const OTHERS: usize = 59;
/// Whose copies they are: it counts what happens seldom, so that they cost nothing but their
/// being there.
const QUIET: &str = "qdisc-drops";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let mut load = place.loading(&place.standard_package());
    let mut time = || {
        single(place.runs, || {
            place.free(PROGRAM);
            Ok(milliseconds(timed(&mut load)?))
        })
    };
    // One after the other: to load and unload all of them in between would take hours.
    let alone = time()?;
    load_others(place)?;
    let in_crowd = time()?;
    report.add(
        Figure::new(
            format!("load, {OTHERS} other packages in force"),
            Unit::Milliseconds,
            in_crowd,
        )
        .beside("load, none in force", alone),
    )
}

/// The same program under other names, each signed.
fn load_others(place: &Place) -> Result<()> {
    let built = place.package(&place.program_dir(QUIET), "quiet", &["--target", "generic"])?;
    let original = Package::parse(fs::read(built)?)?;
    let key = SecretKey::from_pem(&fs::read_to_string(place.key())?, None)?;
    for n in 0..OTHERS {
        let mut parts = original.to_parts();
        let mut manifest = Manifest::parse(&parts.manifest)?;
        manifest.name = format!("other-{n}");
        parts.manifest = manifest.encode().into();
        parts.signatures = [(key.public().id(), key.sign(&parts.manifest)?)].into();
        let file = place.path("other.bpfpkg");
        fs::write(&file, parts.encode())?;
        place.load(&file, &[])?;
    }
    Ok(())
}
