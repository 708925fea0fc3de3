// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Building an index.

use std::fs;

use crate::common::{
    bpfsign,
    index::{INDEX, stable},
    keygen, scratch, text,
};

/// What cannot be indexed is named, and the index stays.
#[test]
fn what_is_no_package_is_not_indexed() {
    let dir = scratch();
    let directory = stable(dir.path(), &keygen(dir.path(), "release.key"));
    let before = fs::read(directory.join(INDEX)).unwrap();
    let build = || bpfsign(["repo", "build", &text(&directory)]);
    fs::write(directory.join("bad.bpfpkg"), "no package").unwrap();
    build().refused(3, "bad.bpfpkg");
    fs::rename(directory.join("bad.bpfpkg"), directory.join("Bad Name.bpfpkg")).unwrap();
    build().refused(1, "name the file");
    fs::remove_file(directory.join("Bad Name.bpfpkg")).unwrap();
    bpfsign(["repo", "build", "--name", "No Name", &text(&directory)]).refused(1, "`name`");
    assert_eq!(fs::read(directory.join(INDEX)).unwrap(), before);
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    bpfsign(["repo", "build", &text(&empty)]).refused(1, "give --name");
}
