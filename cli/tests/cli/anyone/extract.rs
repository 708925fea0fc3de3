// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `verify --extract`, for those who keep a loader of their own.

use std::fs;

use crate::common::{
    bare_object, bpfsign, built_package, keygen, listing, program_dir, run, scratch,
    signed_package, text,
};

#[test]
fn what_is_verified_is_written_as_it_is_in_the_package() {
    let dir = scratch();
    let key = keygen(dir.path(), "release.key");
    let package = text(signed_package(&program_dir(), &dir.path().join("p.bpfpkg"), &key));
    let (trust, to) = (text(dir.path().join("release.key.pub")), text(dir.path().join("out")));
    let args = ["verify", "--json", "--trust", &trust, "--extract", &to, &package];
    let ran = bpfsign(args);
    let json = ran.json();
    ran.ok();
    let written: Vec<_> =
        json["extracted"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
    assert_eq!(written, [format!("{to}/objects/generic.bpf.o"), format!("{to}/schema.json")]);
    let by_tar = dir.path().join("tar");
    fs::create_dir(&by_tar).unwrap();
    run("tar", ["xf", &package, "-C", &text(&by_tar), "objects", "schema.json"]);
    run("diff", ["-r", &to, &text(&by_tar)]);
    // What is there is somebody's.
    let before = listing(dir.path());
    bpfsign(["verify", "--trust", &trust, "--extract", &to, &package]).refused(1, &to);
    assert_eq!(listing(dir.path()), before);
}

#[test]
fn a_bare_object_is_written_too() {
    let dir = scratch();
    let key = keygen(dir.path(), "release.key");
    let object = text(bare_object(dir.path(), &key));
    bpfsign(["sign", "--key", &text(&key), &object]).ok();
    let (trust, to) = (text(dir.path().join("release.key.pub")), text(dir.path().join("out")));
    bpfsign(["verify", "--trust", &trust, "--extract", &to, &object]).ok();
    assert_eq!(fs::read(format!("{to}/sched-latency.bpf.o")).unwrap(), fs::read(object).unwrap());
}

#[test]
fn nothing_is_written_when_verification_fails() {
    let dir = scratch();
    let key = keygen(dir.path(), "release.key");
    let unsigned = built_package(&program_dir(), &dir.path().join("unsigned.bpfpkg"));
    let tampered = signed_package(&program_dir(), &dir.path().join("tampered.bpfpkg"), &key);
    let mut bytes = fs::read(&tampered).unwrap();
    let at = bytes.windows(4).rposition(|w| w == b"\x7fELF").unwrap();
    bytes[at + 100] ^= 1;
    fs::write(&tampered, bytes).unwrap();
    let (trust, to) = (text(dir.path().join("release.key.pub")), text(dir.path().join("out")));
    let before = listing(dir.path());
    for (package, exit) in [(text(unsigned), 4), (text(tampered), 3)] {
        let ran = bpfsign(["verify", "--trust", &trust, "--extract", &to, &package]);
        assert_eq!(ran.exit(), exit, "{}", ran.stderr());
    }
    let nowhere = text(dir.path().join("no/such/directory"));
    let package = text(signed_package(&program_dir(), &dir.path().join("tampered.bpfpkg"), &key));
    bpfsign(["verify", "--trust", &trust, "--extract", &nowhere, &package]).refused(1, &nowhere);
    let after = listing(dir.path());
    let same = |l: &String| !l.contains("tampered.bpfpkg");
    assert!(before.iter().filter(|l| same(l)).eq(after.iter().filter(|l| same(l))), "{after:?}");
}
