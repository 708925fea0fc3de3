// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The headers that a program may include, carried in this binary, so that a
//! build needs clang and nothing else and is the same on every machine.

use std::{fs, path::Path};

use crate::{At, Result};

/// `<bpfsign/*.h>`: kernel types and helpers shared by the programs.
const OWN: [(&str, &str); 12] = [
    ("cgroup.h", include_str!("../../programs/include/bpfsign/cgroup.h")),
    ("counter.h", include_str!("../../programs/include/bpfsign/counter.h")),
    ("events.h", include_str!("../../programs/include/bpfsign/events.h")),
    ("features.h", include_str!("../../programs/include/bpfsign/features.h")),
    ("group.h", include_str!("../../programs/include/bpfsign/group.h")),
    ("histogram.h", include_str!("../../programs/include/bpfsign/histogram.h")),
    ("kernel.h", include_str!("../../programs/include/bpfsign/kernel.h")),
    ("metrics.h", include_str!("../../programs/include/bpfsign/metrics.h")),
    ("process.h", include_str!("../../programs/include/bpfsign/process.h")),
    ("socket.h", include_str!("../../programs/include/bpfsign/socket.h")),
    ("stall.h", include_str!("../../programs/include/bpfsign/stall.h")),
    ("types.h", include_str!("../../programs/include/bpfsign/types.h")),
];

/// Every header: directory, name, text; `<bpf/*.h>` is libbpf's.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let own = OWN.iter().map(|(name, text)| ("bpfsign", *name, *text));
    let libbpf = libbpf_sys::API_HEADERS.iter().map(|(name, text)| ("bpf", *name, *text));
    own.chain(libbpf)
}

/// Writes the headers below `directory`.
pub(crate) fn write(directory: &Path) -> Result<()> {
    for (subdirectory, name, text) in all() {
        let parent = directory.join(subdirectory);
        fs::create_dir_all(&parent).at(&parent)?;
        let path = parent.join(name);
        fs::write(&path, text).at(&path)?;
    }
    Ok(())
}
