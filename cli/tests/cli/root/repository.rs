// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories of packages with a signed index.

use std::{fs, path::Path};

use crate::common::{
    Host, bpfsign,
    double::{Answer, serve},
    index::{INDEX, index, stable},
    keygen, listing, run, text,
};

#[test]
#[ignore = "needs root: make test"]
fn a_repository_is_fetched_from_a_directory_and_from_the_web() {
    let host = Host::new();
    let directory = stable(&host.path(""), &host.key());
    let said = host.bpfsign(&["repo", "verify", &text(&directory)]).ok();
    assert!(said.contains("verified index stable, sequence 1, until "), "{said}");
    assert_eq!(said.matches("\nverified ").count(), 3, "{said}");
    let to = host.path("packages.d");
    fs::create_dir(&to).unwrap();
    let fetch = |source: &str| {
        let ran = host.bpfsign(&["fetch", "--json", source, "--to", &text(&to)]);
        assert_eq!(ran.exit(), 0, "{}{}", ran.stdout(), ran.stderr());
        let files = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut there: Vec<_> =
            fs::read_dir(&to).unwrap().map(|e| files(&e.unwrap().path())).collect();
        there.sort();
        assert_eq!(there, ["sched-latency-0.1.0-2.bpfpkg", "syscall-count-0.1.0.bpfpkg"]);
        for file in there {
            assert_eq!(fs::read(to.join(&file)).unwrap(), fs::read(directory.join(file)).unwrap());
        }
    };
    fetch(&text(&directory));
    // Again, over the same files, and over what a killed process left.
    fs::create_dir(to.join(".fetch-4194999")).unwrap();
    fetch(&text(&directory));
    fs::remove_dir_all(&to).unwrap();
    fs::create_dir(&to).unwrap();
    let served = directory.clone();
    let address = serve(move |asked| {
        let file = asked.path.strip_prefix("/r/stable/").unwrap_or("none");
        match fs::read(served.join(file)) {
            Ok(bytes) => Answer::ok(bytes),
            Err(_) => Answer { status: "404 Not Found", ..Answer::ok("") },
        }
    });
    fetch(&format!("http://{address}/r/stable/"));
    bpfsign(["boot", &text(&to)].into_iter().map(str::to_owned).chain(host.options())).ok();
    host.bpfsign(&["unload", "sched-latency"]).ok();
    host.bpfsign(&["unload", "syscall-count"]).ok();
    let absent = host.bpfsign(&["fetch", &text(&directory), "off-cpu"]);
    absent.refused(1, "lists no package `off-cpu`");
    let one = host.path("one");
    fs::create_dir(&one).unwrap();
    host.bpfsign(&["fetch", &text(&directory), "syscall-count", "--to", &text(&one)]).ok();
    assert_eq!(fs::read_dir(&one).unwrap().count(), 1);
}

/// Each way in which a directory is not what was signed.
#[test]
#[ignore = "needs root: make test"]
fn a_stale_or_mixed_up_index_is_refused() {
    let host = Host::new();
    let directory = stable(&host.path(""), &host.key());
    let to = host.path("to");
    fs::create_dir(&to).unwrap();
    let spoilt = |name: &str| {
        let copy = host.path(name);
        run("cp", ["-a", &text(&directory), &text(&copy)]);
        copy
    };
    let refused = |directory: &Path, exit: i32, message: &str| {
        let before = (listing(&to), host.effects());
        host.bpfsign(&["fetch", &text(directory), "--to", &text(&to)]).refused(exit, message);
        host.bpfsign(&["repo", "verify", &text(directory)]).refused(exit, message);
        let remembered = |line: &String| !line.contains("/state/clock ");
        let after = host.effects().into_iter().filter(remembered).collect::<Vec<_>>();
        let before = (before.0, before.1.into_iter().filter(remembered).collect::<Vec<_>>());
        assert_eq!((listing(&to), after), before);
    };
    let changed = spoilt("changed");
    let mut bytes = fs::read(changed.join(INDEX)).unwrap();
    bytes[540] ^= 1;
    fs::write(changed.join(INDEX), bytes).unwrap();
    refused(&changed, 3, "the signature does not match");

    let unsigned = spoilt("unsigned");
    bpfsign(["repo", "build", &text(&unsigned)]).ok();
    refused(&unsigned, 4, "signed by 0 of the 1 trusted keys");

    let stranger = keygen(&host.path(""), "stranger.key");
    bpfsign(["repo", "sign", "--key", &text(stranger), &text(&unsigned)]).ok();
    refused(&unsigned, 4, "not trusted: ");

    // A package of another time, of the same name.
    let mixed = spoilt("mixed");
    let file = "sched-latency-0.1.0-2.bpfpkg";
    fs::copy(directory.join("sched-latency-0.1.0.bpfpkg"), mixed.join(file)).unwrap();
    refused(&mixed, 3, "is not the file that the index lists");

    // The last of them: those before it are not written either, nor remembered.
    let missing = spoilt("missing");
    fs::remove_file(missing.join("syscall-count-0.1.0.bpfpkg")).unwrap();
    refused(&missing, 1, "No such file");

    let expired = spoilt("expired");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bpfsign"));
    command.args(["repo", "build", "--days", "30"]).arg(&expired);
    assert!(command.env("SOURCE_DATE_EPOCH", "1700000000").status().unwrap().success());
    bpfsign(["repo", "sign", "--key", &text(host.key()), &text(&expired)]).ok();
    refused(&expired, 4, "its last day was 2023-12-14");

    // Of tomorrow: remembered, it would keep out what is made today.
    let ahead = spoilt("ahead");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bpfsign"));
    command.args(["repo", "build"]).arg(&ahead);
    assert!(command.env("SOURCE_DATE_EPOCH", "4000000000").status().unwrap().success());
    bpfsign(["repo", "sign", "--key", &text(host.key()), &text(&ahead)]).ok();
    refused(&ahead, 4, "the clock is behind");

    let more = spoilt("more");
    fs::copy(directory.join(file), more.join("smuggled.bpfpkg")).unwrap();
    host.bpfsign(&["repo", "verify", &text(&more)]).refused(3, "does not list it");

    // The newer index is accepted; then the older one is stale.
    let newer = spoilt("newer-index");
    index(&host.key(), &newer, &[]);
    host.bpfsign(&["fetch", &text(&newer), "--to", &text(&to)]).ok();
    refused(&directory, 4, "sequence 1, but 2 was seen");
    // Under another name it is another repository.
    let other = spoilt("other");
    index(&host.key(), &other, &["--name", "testing", "--sequence", "1"]);
    host.bpfsign(&["fetch", &text(&other), "--to", &text(&to)]).ok();
}

/// The same threshold as for packages, and signers in role `index` where there are such.
#[test]
#[ignore = "needs root: make test"]
fn an_index_needs_its_signers() {
    let host = Host::new();
    let directory = stable(&host.path(""), &host.key());
    let indexer = keygen(&host.path(""), "indexer.key");
    host.write_policy(&["release.key.pub", "indexer.key.pub"], 1, &["tracing"]);
    let policy = fs::read_to_string(host.path("policy.toml")).unwrap();
    let name = "name = \"indexer.key.pub\"\n";
    let with_role = policy.replace(name, &format!("{name}roles = [\"index\"]\n"));
    fs::write(host.path("policy.toml"), with_role).unwrap();
    let verify = || host.bpfsign(&["repo", "verify", &text(&directory)]);
    verify().refused(4, "signed by 0 of the 1");
    bpfsign(["repo", "sign", "--key", &text(&indexer), &text(&directory)]).ok();
    verify().ok();
    let (trust, other) = (text(host.path("release.key.pub")), text(host.path("indexer.key.pub")));
    let two = ["--threshold", "2", "--trust", &trust, "--trust", &other];
    // The index has both, the packages one.
    host.bpfsign(&[&["repo", "verify", &text(&directory)], &two[..]].concat())
        .refused(4, "signed by 1 of the 2");
}
