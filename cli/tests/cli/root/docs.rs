// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The commands in the documents do what the documents say: they run with the paths of an
//! installed host, in a mount namespace where those lie on file systems of the test's own.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::common::{self, Ran, commands, repository, roots_scratch, run, text};

/// What the installed host's paths become: nothing outside the test's own
/// file systems is changed.
const HOST: &str = r#"
set -euo pipefail
mkdir lib run
mount --bind etc /etc && mount --bind lib /var/lib && mount --bind run /run
mount -t bpf bpf /sys/fs/bpf
# In the copy: the host may have bpfsign installed.
groupdel bpfsign 2>/dev/null || true
"#;

fn run_documents(documents: &[&str]) -> Ran {
    run_script(&documents.iter().map(|document| commands(document)).collect::<String>())
}

fn run_script(commands: &str) -> Ran {
    let dir = roots_scratch();
    common::copy_etc(&dir.path().join("etc"));
    run("cp", ["-r", &text(repository().join("programs")), &text(dir.path().join("programs"))]);
    run("mkdir", [text(dir.path().join("docs"))]);
    let packaging = text(dir.path().join("packaging"));
    run("mkdir", [&packaging]);
    run("cp", ["-r", &text(repository().join("packaging/pipelines")), &packaging]);
    let examples = text(repository().join("docs/examples"));
    run("cp", ["-r", &examples, &text(dir.path().join("docs"))]);
    let mut script = HOST.to_owned();
    script += commands;
    script += "\necho the documents are true\n";
    let bin = Path::new(env!("CARGO_BIN_EXE_bpfsign")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "bash", "-xc", &script]);
    command.current_dir(dir.path()).env("PATH", path).stdin(Stdio::null());
    Ran(command.output().unwrap())
}

fn assert_true(ran: &Ran) -> String {
    let said = ran.stdout();
    assert!(said.ends_with("the documents are true\n"), "{said}\n{}", ran.stderr());
    assert_eq!(ran.exit(), 0);
    said
}

#[test]
#[ignore = "needs root: make test"]
fn the_readme_is_true_in_both_languages() {
    for document in ["README.md", "README.zh-CN.md"] {
        let said = assert_true(&run_documents(&[document]));
        assert!(said.contains("\nVerified OK\n"), "{said}");
        // The digests that openssl prints are those that the manifest lists.
        let printed: Vec<_> =
            said.lines().filter_map(|l| l.strip_prefix("SM3(")?.split_once(")= ")).collect();
        assert_eq!(printed.len(), 3);
        for (file, digest) in printed {
            assert!(said.contains(&format!("sm3 = \"{digest}\"")), "{file}");
        }
    }
}

#[test]
#[ignore = "needs root: make test"]
fn the_flow_is_true() {
    let said = assert_true(&run_documents(&["docs/01-flow.md"]));
    for expected in [
        "loaded sched-latency 0.1.0, sequence 1, generation 1",
        "# TYPE bpfsign_sched_latency_seconds histogram",
        "unloaded sched-latency",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

/// With a package loaded as the flow does it.
#[test]
#[ignore = "needs root: make test"]
fn what_consumers_are_told_is_true() {
    let flow = commands("docs/01-flow.md");
    let (before, _) = flow.split_once("bpfsign list").unwrap();
    let before = format!("{before}\n");
    let said = assert_true(&run_script(&(before + &commands("docs/03-consumers.md"))));
    assert!(said.contains("# TYPE bpfsign_sched_latency_seconds histogram"), "{said}");
    assert!(said.contains("{\"package\":\"sched-latency\",\"map\":\"latency\""), "{said}");
}

#[test]
#[ignore = "needs root: make test"]
fn the_repository_is_true() {
    const PACKAGES: &str = "bpfsign keygen --out release.key
        mkdir stable
        bpfsign build programs/sched-latency -o stable/sched-latency-0.1.0.bpfpkg
        bpfsign sign --key release.key stable/*.bpfpkg\n";
    let said =
        assert_true(&run_script(&(PACKAGES.to_owned() + &commands("docs/spec/index-v1.md"))));
    assert!(said.contains("verified index stable, sequence 1, until "), "{said}");
}

/// With a stick where the page says, and the policy that the host package installs.
#[test]
#[ignore = "needs root: make test"]
fn a_host_without_a_network_is_set_up_as_told() {
    const STICK: &str = "mkdir -p media/stick/stable && mount --bind media /media
        bpfsign keygen --out release.key && cp release.key.pub /media/stick
        bpfsign build programs/sched-latency -o stable.bpfpkg
        bpfsign sign --key release.key stable.bpfpkg
        mv stable.bpfpkg /media/stick/stable/sched-latency-0.1.0.bpfpkg
        bpfsign repo build --name stable --days 90 /media/stick/stable
        bpfsign repo sign --key release.key /media/stick/stable
        groupadd --system bpfsign && mkdir -p -m 0755 /etc/bpfsign/packages.d
        install -m 0644 docs/examples/policy.toml /etc/bpfsign/policy.toml\n";
    let page = commands("docs/05-kylin.md");
    assert_eq!(page, commands("docs/05-kylin.zh-CN.md"));
    let said = assert_true(&run_script(&(STICK.to_owned() + &page)));
    assert!(said.contains("fetched sched-latency 0.1.0, sequence 1: "), "{said}");
    assert!(said.contains("loaded sched-latency 0.1.0, sequence 1"), "{said}");
}

/// In a clean clone of a repository of the test's own.
#[test]
#[ignore = "needs root: make test"]
fn a_release_is_made_as_told() {
    const CLONE: &str = "mount -t tmpfs tmpfs /mnt; cp -r programs packaging docs /mnt; cd /mnt
        git init -q .; printf '%s\\n' out/ '*.key' '*.pub' >.gitignore
        git add -A; git -c user.name=t -c user.email=t@localhost commit -qm t\n";
    let said = assert_true(&run_script(&(CLONE.to_owned() + &commands("docs/04-release.md"))));
    for line in [
        "out/off-cpu-0.1.0.bpfpkg is what programs/off-cpu gives",
        "signed out/sched-latency-0.1.0.bpfpkg (2 signatures in ",
        "indexed 2 packages of stable, sequence 1",
        "provenance https://slsa.dev/provenance/v1",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
}

/// The example is refused until a key is put in.
#[test]
#[ignore = "needs root: make test"]
fn the_example_policy_trusts_nobody() {
    let host = common::Host::new();
    let example = repository().join("docs/examples/policy.toml");
    run("cp", [text(example), text(host.path("policy.toml"))]);
    host.load(&host.package()).refused(5, "signer `release`: not a PEM file");
}
