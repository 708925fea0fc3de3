// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The documents among themselves.

use crate::common::commands;

#[test]
fn both_readmes_have_the_same_commands() {
    assert_eq!(commands("README.md"), commands("README.zh-CN.md"));
}
