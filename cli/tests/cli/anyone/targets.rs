// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Targets, and adding the BTF of their kernels.

use std::{fs, path::Path};

use crate::common::{Author, RELEASE, run, text};

#[test]
fn btf_is_added_from_whatever_holds_it() {
    let author = Author::default();
    let vmlinux = author.add_vmlinux();
    let shown = author.bpfsign(&["target", "show", "--json", "kylin-v10-4.19"]).json();
    let (release, file) = (&shown["btf"][0]["release"], shown["btf"][0]["file"].as_str().unwrap());
    assert_eq!(release, RELEASE);
    assert!(shown["target"]["cpu"] == 2 && shown["features"].as_array().unwrap().is_empty());
    let notes = run("readelf", ["-n", &text(&vmlinux)]);
    let build_id = notes.split("Build ID: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(shown["btf"][0]["build_id"], build_id.as_str());

    // A file of BTF does not say which kernel it is of.
    let add = |more: &[&str]| {
        author.bpfsign(&[&["target", "add-btf", "kylin-v10-5.10", file], more].concat())
    };
    add(&[]).refused(1, "it does not say which release it is of");
    add(&["--release", "4.19.90"]).refused(1, "it does not say which build it is of");
    add(&["--release", "../x", "--build-id", &build_id]).refused(1, "not a release and a build id");
    add(&["--release", "4.19.90", "--build-id", "xyz"]).refused(1, "not a release and a build id");
    add(&["--release", "4.19.90", "--build-id", &build_id]).ok();
    let own = ["--release", "5.10.0", "--notes", "/sys/kernel/notes"];
    assert!(add(&own).ok().contains("added BTF of 5.10.0"));
    let listed = author.bpfsign(&["target", "list"]).ok();
    assert!(listed.contains("kylin-v10-5.10: ") && listed.contains("BTF of 2 known"), "{listed}");

    let garbage = author.path("garbage");
    fs::write(&garbage, "neither").unwrap();
    let add = |file: &Path, more: &[&str]| {
        let file = text(file);
        author.bpfsign(&[&["target", "add-btf", "generic", &file], more].concat())
    };
    add(&garbage, &[]).refused(1, "neither BTF, nor a vmlinux, nor a vmlinuz");
    fs::write(&garbage, [0x9f, 0xeb, 1, 0, 24, 0]).unwrap();
    add(&garbage, &["--release", "6.1.0", "--build-id", &build_id]).refused(1, "well-formed BTF");
    add(&vmlinux, &["--release", "6.1.0"]).refused(1, "it is of another release: 4.19.90");
    run("strip", ["-g", &text(&vmlinux)]);
    add(&vmlinux, &[]).refused(1, "neither BTF nor DWARF");
}

#[test]
fn users_add_targets_of_their_own() {
    let author = Author::default();
    fs::create_dir(author.path("targets")).unwrap();
    let own = "target = 1\nname = \"own-5.4\"\nsummary = \"Ours\"\narch = \"x86_64\"\nkernel = \
               \"5.4\"\ncpu = 3\ninstructions = 1000000\nwith = [\"map:ringbuf\"]\n";
    let file = author.path("targets/own-5.4.toml");
    fs::write(&file, own).unwrap();
    let shown = author.bpfsign(&["target", "show", "own-5.4"]).ok();
    assert!(shown.contains("as Linux 5.4") && shown.contains("with map:ringbuf"), "{shown}");
    let code = "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events \
                SEC(\".maps\");\nSEC(\"kprobe/do_exit\") int on_exit(void *ctx) { return 0; }";
    let program = author.program(code, "own-5.4");
    let output = author.path("p.bpfpkg");
    let build = ["build", &text(program), "-o", &text(&output)];
    author.bpfsign(&build).ok();
    fs::write(&file, own.replace("with = [\"map:ringbuf\"]\n", "")).unwrap();
    author.bpfsign(&build).refused(6, "map `events` is a ring buffer");
    fs::write(&file, own.replace("ringbuf", "ringbuffer")).unwrap();
    author.bpfsign(&build).refused(1, "own-5.4.toml: the target is refused: \"map:ringbuffer\"");
    fs::write(&file, own.replace("own-5.4", "other")).unwrap();
    author.bpfsign(&["target", "list"]).refused(1, "says that it is `other`");
    fs::remove_file(&file).unwrap();
    author.bpfsign(&build).refused(1, "there is no target `own-5.4`; there are generic, kylin");
}
