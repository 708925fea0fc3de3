// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A thousand packages in a row: a signature for each, and one index.

use std::{fs, time::Instant};

use crate::{
    Result,
    figure::{Figure, Unit},
    place::{Place, text},
    report::Report,
};

const PACKAGES: usize = 1000;

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    // In memory: ext4 takes longer to make files where many were deleted a moment ago, as
    // builds and benchmarks do.
    let stable = tempfile::Builder::new().prefix("bpfsign-stable-").tempdir_in("/dev/shm")?;
    let mut files = Vec::new();
    for n in 0..PACKAGES {
        let file = stable.path().join(format!("p-{n}.bpfpkg"));
        fs::copy(place.standard_package(), &file)?;
        files.push(text(&file));
    }
    let (key, directory) = (text(&place.path("second.key")), text(stable.path()));
    place.author(&["keygen", "--out", &key])?;
    let sign: Vec<&str> =
        ["sign", "--key", &key].into_iter().chain(files.iter().map(String::as_str)).collect();
    let start = Instant::now();
    place.author(&sign)?;
    place.author(&["repo", "build", "--name", "stable", &directory])?;
    place.author(&["repo", "sign", "--key", &key, &directory])?;
    let seconds = start.elapsed().as_secs_f64();
    report.add(Figure::new("signing and indexing 1,000 packages", Unit::Seconds, seconds))?;
    let rate = PACKAGES as f64 / seconds;
    report.add(Figure::new("signatures of packages", Unit::PerSecond, rate))?;
    let bytes = fs::metadata(place.standard_package())?.len();
    report.add(Figure::new("bytes of each", Unit::Bytes, bytes as f64))
}
