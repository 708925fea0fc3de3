// SPDX-License-Identifier: Apache-2.0 OR MIT
//! RPM and DEB, installed into a small system, upgraded and removed.: the
//! packages that `make packages` made, in BPFSIGN_PACKAGES, and a system's tar in BPFSIGN_BASE.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::common::{
    self, Ran, Scratch, listing, matrix::prepared, repository, roots_scratch, run, text,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn packages() -> PathBuf {
    prepared("BPFSIGN_PACKAGES")
}

fn deb(name: &str, release: u32) -> String {
    text(packages().join(format!("{name}_{VERSION}-{release}_amd64.deb")))
}

fn rpm(name: &str, release: u32) -> String {
    text(packages().join(format!("{name}-{VERSION}-{release}.x86_64.rpm")))
}

/// A small system of the test's own.
struct Root {
    dir: Scratch,
}

#[derive(Clone, Copy)]
enum Kind {
    Deb,
    Rpm,
}

impl Root {
    fn new() -> Self {
        let dir = roots_scratch();
        let base = text(prepared("BPFSIGN_BASE"));
        run("tar", ["xf", &base, "-C", &text(dir.path())]);
        Self { dir }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path.trim_start_matches('/'))
    }

    fn chroot(&self, command: &[&str]) -> Ran {
        let mut chroot = Command::new("chroot");
        Ran(chroot.arg(self.dir.path()).args(command).output().unwrap())
    }

    /// `rpm` with its own database below the root.
    fn rpm(&self, arguments: &[&str]) {
        let root = text(self.dir.path());
        let own = ["--root", &root, "--force-debian", "--nodeps", "--dbpath", "/var/lib/rpm"];
        run("rpm", own.iter().chain(arguments));
    }

    fn install(&self, kind: Kind, name: &str, release: u32) {
        match kind {
            Kind::Deb => {
                fs::copy(deb(name, release), self.path("/tmp/p.deb")).unwrap();
                self.chroot(&["dpkg", "-i", "/tmp/p.deb"]).ok();
            }
            Kind::Rpm => self.rpm(&["-U", &rpm(name, release)]),
        }
    }

    fn remove(&self, kind: Kind, name: &str) {
        match kind {
            Kind::Deb => drop(self.chroot(&["dpkg", "--purge", name]).ok()),
            Kind::Rpm => self.rpm(&["-e", name]),
        }
    }
}

fn host_package(kind: Kind) {
    let root = Root::new();
    root.install(kind, "bpfsign", 1);
    let version = root.chroot(&["bpfsign", "--version"]).ok();
    assert_eq!(version, format!("bpfsign {VERSION}\n"));
    let groups = fs::read_to_string(root.path("/etc/group")).unwrap();
    assert!(groups.lines().any(|line| line.starts_with("bpfsign:")), "{groups}");
    // Strict: it trusts nobody until somebody's key is put in.
    let policy = root.path("/etc/bpfsign/policy.toml");
    let example = fs::read(repository().join("docs/examples/policy.toml")).unwrap();
    assert_eq!(fs::read(&policy).unwrap(), example);
    let refused = root.chroot(&["bpfsign", "list"]);
    assert!(refused.exit() == 0, "{}", refused.stderr());
    root.chroot(&["bpfsign", "policy", "check", "/etc/bpfsign/policy.toml"])
        .refused(5, "signer `release`: not a PEM file");
    for file in [
        "/usr/share/man/man1/bpfsign-load.1.gz",
        "/usr/share/bash-completion/completions/bpfsign",
        "/usr/lib/tmpfiles.d/bpfsign.conf",
        "/usr/lib/sysusers.d/bpfsign.conf",
        "/usr/share/bpfsign/agents/zabbix/bpfsign.yaml",
    ] {
        assert!(root.path(file).exists(), "{file}");
    }
    // The host's verbs only, in the manual too.
    assert!(!root.path("/usr/share/man/man1/bpfsign-sign.1.gz").exists());
    assert!(!root.path("/usr/share/man/man1/bpfsign-manual.1.gz").exists());
    for unit in fs::read_dir(repository().join("packaging/systemd")).unwrap() {
        let name = unit.unwrap().file_name().into_string().unwrap();
        let file = text(root.path("/usr/lib/systemd/system").join(&name));
        assert!(Path::new(&file).exists(), "{name}");
    }
    verify_units(&root);

    // What an operator and a host make outlives an upgrade and a removal.
    fs::write(&policy, "# ours\n").unwrap();
    let log = root.path("/var/lib/bpfsign/audit.jsonl");
    fs::write(&log, "{}\n").unwrap();
    let package = root.path("/etc/bpfsign/packages.d/10-p.bpfpkg");
    fs::write(&package, "p").unwrap();
    let kept = || {
        assert_eq!(fs::read_to_string(&policy).unwrap(), "# ours\n");
        assert!(log.exists() && package.exists());
    };
    root.install(kind, "bpfsign", 2);
    kept();
    assert!(root.path("/usr/bin/bpfsign").exists());
    root.remove(kind, "bpfsign");
    kept();
    assert!(!root.path("/usr/bin/bpfsign").exists());
    assert!(!root.path("/usr/lib/systemd/system/bpfsign.service").exists());
    root.install(kind, "bpfsign", 1);
    kept();
}

/// With the program where the units say, and the units of systemd, which a small system lacks.
fn verify_units(root: &Root) {
    let systemd = "/usr/lib/systemd/system/.";
    run("cp", ["-rn", systemd, &text(root.path(systemd))]);
    let units = ["bpfsign.service", "bpfsign-reconcile.service", "bpfsign-reconcile.timer"];
    for unit in units.into_iter().chain(["bpfsign-hold@x.service"]) {
        let mut command = Command::new("systemd-analyze");
        command.arg("--root").arg(root.dir.path()).args(["verify", "--man=no", unit]);
        let ran = Ran(command.output().unwrap());
        let said = format!("{}{}", ran.stdout(), ran.stderr());
        assert!(ran.exit() == 0 && !said.contains("bpfsign"), "{unit}: {said}");
    }
}

#[test]
#[ignore = "needs what make test prepares"]
fn the_deb_is_installed_upgraded_and_removed() {
    host_package(Kind::Deb);
}

#[test]
#[ignore = "needs what make test prepares"]
fn the_rpm_is_installed_upgraded_and_removed() {
    host_package(Kind::Rpm);
}

/// One file, the very one that the kernels of the matrix boot, and nothing else of a system.
#[test]
#[ignore = "needs what make test prepares"]
fn the_host_program_needs_nothing() {
    let dir = roots_scratch();
    let (unpacked, empty) = (dir.path().join("deb"), dir.path().join("empty"));
    run("dpkg-deb", ["-x", &deb("bpfsign", 1), &text(&unpacked)]);
    fs::create_dir(&empty).unwrap();
    let program = unpacked.join("usr/bin/bpfsign");
    fs::copy(&program, empty.join("bpfsign")).unwrap();
    let said = run("chroot", [&text(&empty), "/bpfsign", "--version"]);
    assert_eq!(said, format!("bpfsign {VERSION}\n"));
    let headers = run("readelf", ["--dynamic", "--program-headers", &text(&program)]);
    assert!(!headers.contains("NEEDED") && !headers.contains("INTERP"), "{headers}");
    let booted = fs::read(prepared("BPFSIGN_GUEST").join("bpfsign")).unwrap();
    assert!(fs::read(&program).unwrap() == booted, "another program is booted");
    let in_rpm = dir.path().join("rpm");
    fs::create_dir(&in_rpm).unwrap();
    let script = "cd \"$2\" && rpm2cpio \"$1\" | cpio --quiet -idm ./usr/bin/bpfsign";
    run("sh", ["-c", script, "-", &rpm("bpfsign", 1), &text(&in_rpm)]);
    assert!(fs::read(in_rpm.join("usr/bin/bpfsign")).unwrap() == booted);
    // Neither format asks for another package; /bin/sh is for what runs at installation.
    assert_eq!(run("dpkg-deb", ["-f", &deb("bpfsign", 1), "Depends"]).trim(), "");
    let requires = run("rpm", ["-qp", "--requires", &rpm("bpfsign", 1)]);
    let others = |line: &&str| !line.starts_with("rpmlib(") && *line != "/bin/sh";
    assert_eq!(requires.lines().filter(others).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// The author's takes the place of the host's, and says what it needs.
#[test]
#[ignore = "needs what make test prepares"]
fn the_authors_package_says_what_it_needs() {
    let depends = run("dpkg-deb", ["-f", &deb("bpfsign-author", 1), "Depends", "Conflicts"]);
    assert!(depends.contains("libc6") && depends.contains("Conflicts: bpfsign"), "{depends}");
    let requires = run("rpm", ["-qp", "--requires", &rpm("bpfsign-author", 1)]);
    assert!(requires.contains("libc.so.6"), "{requires}");
    let root = Root::new();
    root.install(Kind::Deb, "bpfsign-author", 1);
    root.chroot(&["bpfsign", "keygen", "--out", "/tmp/k"]).ok();
    assert!(root.path("/usr/lib/bpfsign/guest/bpfsign-guest").exists());
}

/// Sets of programs, signed: what a host fetches or loads.
#[test]
#[ignore = "needs what make test prepares"]
fn programs_come_as_packages() {
    let root = Root::new();
    for kind in [Kind::Deb, Kind::Rpm] {
        for set in ["go", "sched", "net", "mem"] {
            root.install(kind, &format!("bpfsign-programs-{set}"), 1);
        }
        let files = listing(&root.path("/usr/share/bpfsign/packages"));
        assert_eq!(files.iter().filter(|f| f.contains(".bpfpkg f ")).count(), 12, "{files:?}");
        let trust = text(packages().join("test.key.pub"));
        for file in fs::read_dir(root.path("/usr/share/bpfsign/packages")).unwrap() {
            let file = text(file.unwrap().path());
            common::bpfsign(["verify", "--provenance", "--trust", &trust, &file]).ok();
        }
        for set in ["go", "sched", "net", "mem"] {
            root.remove(kind, &format!("bpfsign-programs-{set}"));
        }
        assert!(!root.path("/usr/share/bpfsign/packages").exists());
    }
}
