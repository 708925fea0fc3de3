// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What must not be loaded, and leaves nothing.

use std::path::Path;

use bpfsign_guest::bpfsign;

use crate::context::{Context, Outcome, load, package, require};

fn refused(name: &str, exit: i32, message: &str) -> Outcome {
    bpfsign(&["load", &package(name)])?.refused(exit, message)
}

fn nothing_left(name: &str) -> Outcome {
    for root in ["/sys/fs/bpf/bpfsign", "/run/bpfsign"] {
        let path = Path::new(root).join(name);
        require(!path.exists(), format!("{} is left", path.display()))?;
    }
    Ok(())
}

pub(crate) fn signatures(_: &Context) -> Outcome {
    refused("unsigned", 4, "signed by 0 of the 1 trusted keys")?;
    refused("tampered", 3, "SM3")?;
    nothing_left("matrix")?;
    load("matrix-2")?;
    refused("matrix", 4, "rolled back: sequence 1, but 2 was loaded here before")
}

/// A program that attaches by BTF, on a kernel that shows none.
pub(crate) fn kernel(context: &Context) -> Outcome {
    if context.has_btf {
        return load("btf-only").map(drop);
    }
    refused("btf-only", 6, "BTF of the kernel's own, for `tp_btf/sys_enter`")?;
    nothing_left("btf-only")
}

/// The package has BTF for a kernel of this release that was built differently.
pub(crate) fn wrong_build(context: &Context) -> Outcome {
    let why = "and this kernel is build";
    if !context.has_btf {
        refused("wrong-build", 6, why)?;
        return nothing_left("wrong-build");
    }
    let record = load("wrong-build")?;
    require(record["btf"] == "kernel", format!("BTF from {}", record["btf"]))?;
    let said = bpfsign(&["load", &package("wrong-build")])?.ok()?;
    // It is of the release of one kernel of the matrix only.
    require(said.contains(why) == context.has_btf_in_package(), said)
}
