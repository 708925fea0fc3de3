// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Making a package again from its source.

use std::fs;

use crate::common::{
    Author, bpfsign, built_package, copy_program, keygen, program_dir, scratch, text,
};

#[test]
fn a_package_is_made_again_or_the_difference_is_named() {
    let dir = scratch();
    let package = text(built_package(&program_dir(), &dir.path().join("p.bpfpkg")));
    let reproduce = |source: &str| bpfsign(["reproduce", &package, "--source", source]);
    // From another place, and signed in the meantime.
    let copy = copy_program(&dir.path().join("copy"), "program.toml", "sequence", "sequence");
    assert!(reproduce(&text(&copy)).ok().contains(" is what "));
    let key = keygen(dir.path(), "k");
    bpfsign(["sign", "--key", &text(key), &package]).ok();
    reproduce(&text(&copy)).ok();

    let changed = |name: &str, file: &str, from: &str, by: &str| {
        let ran = reproduce(&text(copy_program(&dir.path().join(name), file, from, by)));
        assert_eq!(ran.exit(), 3, "{}{}", ran.stdout(), ran.stderr());
        ran.stdout()
    };
    let said = changed("code", "sched-latency.bpf.c", "return 0;", "return 1;");
    assert!(said.contains("cause: source/sched-latency.bpf.c differs"), "{said}");
    assert!(said.contains("objects/generic.bpf.o differs") && !said.contains("flag"), "{said}");
    let said = changed("text", "program.toml", "of each process wait", "of processes wait");
    assert!(said.contains("cause: source/program.toml differs"), "{said}");
    assert!(!said.contains("objects/generic.bpf.o differs"), "{said}");
    fs::write(copy.join("more.h"), "/* not included */\n").unwrap();
    let said = reproduce(&text(&copy)).stdout();
    assert!(said.contains("cause: source/more.h is only here"), "{said}");
}

/// Another profile of the target asks for other flags.
#[test]
fn a_flag_that_differs_is_named() {
    let author = Author::default();
    fs::create_dir(author.path("targets")).unwrap();
    let file = author.path("targets/own.toml");
    let own = "target = 1\nname = \"own\"\nsummary = \"Ours\"\narch = \"x86_64\"\n\
               kernel = \"5.10\"\ncpu = 3\ninstructions = 1000000\n";
    fs::write(&file, own).unwrap();
    let code = "SEC(\"kprobe/do_exit\") int on_exit(void *ctx) { return 0; }";
    let program = text(author.program(code, "own"));
    let package = text(author.path("p.bpfpkg"));
    author.bpfsign(&["build", &program, "-o", &package]).ok();
    let reproduce = || author.bpfsign(&["reproduce", &package, "--source", &program]);
    reproduce().ok();
    fs::write(&file, own.replace("cpu = 3", "cpu = 2")).unwrap();
    let ran = reproduce();
    assert_eq!(ran.exit(), 3);
    let said = ran.stdout();
    assert!(said.contains("objects/own.bpf.o: flag -mcpu=v3 only in the package"), "{said}");
    assert!(said.contains("objects/own.bpf.o: flag -mcpu=v2 only here"), "{said}");
}
