// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The choice of variant and BTF on the running kernel, with its BTF hidden and
//! not, and the holder as a service.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::common::{Host, Ran, bpfsign, program_dir, tags, text};

const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

/// Adds the running kernel's BTF to the 4.19 target, as if it were one, and
/// signs a package that holds it.
fn package_with_btf(host: &Host, name: &str, build_id: &[&str]) -> PathBuf {
    let targets = text(host.path(&format!("{name}-targets")));
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let add = ["target", "add-btf", "kylin-v10-4.19", VMLINUX, "--release", release.trim()];
    let which = ["--targets", targets.as_str()];
    bpfsign(add.iter().chain(build_id).chain(&which)).ok();
    let package = host.path(&format!("{name}.bpfpkg"));
    let build = ["build", &text(program_dir()), "-o", &text(&package)].map(str::to_owned);
    bpfsign(build.iter().map(String::as_str).chain(which)).ok();
    bpfsign(["sign", "--key", &text(host.key()), &text(&package)]).ok();
    package
}

/// `load` as on a kernel that shows no BTF: in a mount namespace of its own.
fn load_without_btf(host: &Host, package: &Path, tool: &[&str]) -> Ran {
    let script = "mount --bind /dev/null /sys/kernel/btf/vmlinux && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
    command.args(tool).arg(env!("CARGO_BIN_EXE_bpfsign"));
    Ran(command.args(["load", "--json", &text(package)]).args(host.options()).output().unwrap())
}

#[test]
#[ignore = "needs root: make test"]
fn without_kernel_btf_the_old_variant_is_loaded_with_the_packages_btf() {
    let host = Host::new();
    host.write_policy(&["release.key.pub"], 1, &["tracing", "raw_tracepoint"]);
    let package = package_with_btf(&host, "p", &["--notes", "/sys/kernel/notes"]);
    let log = host.path("trace");
    let strace = ["strace", "-o", &text(&log), "-e", "trace=openat"].map(str::to_owned);
    let strace: Vec<_> = strace.iter().map(String::as_str).collect();
    let ran = load_without_btf(&host, &package, &strace);
    let record = ran.json();
    ran.ok();
    assert_eq!(record["object"], "objects/kylin-v10-4.19.bpf.o");
    assert_eq!(
        (record["btf"].as_str(), record["metrics"].as_bool()),
        (Some("package"), Some(false))
    );
    // The kernel's own was looked at to see that there is none, and not opened.
    assert!(!fs::read_to_string(&log).unwrap().contains(VMLINUX));
    std::thread::sleep(Duration::from_millis(300));
    let read = host.bpfsign(&["maps", "--json", "sched-latency", "latency"]).json();
    let entries = read["entries"].as_array().unwrap();
    let named = entries.iter().filter(|e| !e["value"]["comm"].as_str().unwrap().is_empty());
    assert!(named.count() > 0, "{read}");
    // Without an iterator, the holder gives the text.
    let metrics = host.bpfsign(&["metrics", "sched-latency"]).ok();
    assert!(metrics.contains("# TYPE bpfsign_sched_latency_seconds histogram"), "{metrics}");
}

/// The minimised BTF gives the programs that the kernel's gives.
#[test]
#[ignore = "needs root: make test"]
fn the_packages_btf_relocates_as_the_kernels_does() {
    let host = Host::new();
    host.load(&host.package()).ok();
    let programs = || tags(&host.current("sched-latency").join("programs"));
    let by_kernel = programs();
    let package = package_with_btf(&host, "p", &["--notes", "/sys/kernel/notes"]);
    let said = host.load(&package).ok();
    assert!(said.contains("objects/generic.bpf.o, BTF from the package"), "{said}");
    assert_eq!(programs(), by_kernel);
}

#[test]
#[ignore = "needs root: make test"]
fn btf_of_another_build_is_not_used_and_the_message_says_why() {
    let host = Host::new();
    let other = "0123456789abcdef0123456789abcdef01234567";
    let package = package_with_btf(&host, "other", &["--build-id", other]);
    let said = host.load(&package).ok();
    assert!(said.contains("BTF from the kernel"), "{said}");
    assert!(said.contains(&format!("is of build {other}, and this kernel is build")), "{said}");
    host.bpfsign(&["unload", "sched-latency"]).ok();
    let ran = load_without_btf(&host, &package, &[]);
    let error = ran.json();
    assert_eq!((ran.exit(), error["error"]["code"].as_str()), (6, Some("no-variant")));
    let message = error["error"]["message"].as_str().unwrap();
    for part in [
        "generic needs BTF of the kernel's own, for `tp_btf/sched_wakeup`",
        "kylin-v10-4.19 needs BTF of this kernel: it shows none, and the package's BTF for",
        &format!("is of build {other}, and this kernel is build"),
    ] {
        assert!(message.contains(part), "want {part:?} in {message}");
    }
    assert!(!host.current("sched-latency").exists());
}

/// As a service: `READY=1` goes to systemd's socket, and the holder ends when
/// nothing is left to hold.
#[test]
#[ignore = "needs root: make test"]
fn a_holder_tells_that_it_is_ready_and_ends_with_its_package() {
    let host = Host::new();
    host.load(&host.package()).ok();
    let socket = host.path("notify");
    let notified = UnixDatagram::bind(&socket).unwrap();
    notified.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bpfsign"));
        command.args(["hold", "sched-latency"]).args(host.options());
        command.env("NOTIFY_SOCKET", &socket).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut holder = start();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let mut message = [0; 64];
    let length = notified.recv(&mut message).unwrap();
    assert_eq!(&message[..length], b"READY=1");
    let second = Ran(start().wait_with_output().unwrap());
    second.refused(1, "another holder keeps the links of this package");
    host.bpfsign(&["unload", "sched-latency"]).ok();
    assert!(holder.wait().unwrap().success());
    host.bpfsign(&["hold", "sched-latency"]).refused(1, "no such package is loaded");
    assert!(!host.path("run/sched-latency").exists());
}
