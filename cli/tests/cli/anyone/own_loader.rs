// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a loader of one's own stands on.

use std::process::Command;

use crate::common::{Ran, repository};

/// The crate that decides links no libbpf.
#[test]
fn verify_and_approve_need_no_libbpf() {
    let mut command = Command::new("cargo");
    command.args(["tree", "--locked", "--offline", "-e", "normal", "-p", "bpfsign-example-aya"]);
    let tree = Ran(command.current_dir(repository()).output().unwrap()).ok();
    assert!(tree.contains("bpfsign-verify") && tree.contains("aya v"), "{tree}");
    assert!(!tree.contains("libbpf"), "{tree}");
}
