// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Does a package load, attach and fill its maps on a given kernel?

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use bpfsign_files::read_bounded;
use bpfsign_format::{Package, limits};
use bpfsign_keys::SecretKey;
use serde::Serialize;
use serde_json::Value;

use super::{Boot, GuestFiles, Initramfs};
use crate::{At, Error, Reason, Result};

/// How long the machine may run.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Every program type that bpfsign knows: this is no test of a policy.
const PROGRAM_TYPES: &str = r#"["kprobe", "tracepoint", "perf_event", "raw_tracepoint", "tracing", "lsm", "sched_cls", "sched_act", "xdp", "socket_filter", "cgroup_skb", "cgroup_sock", "sock_ops", "sk_skb", "sk_msg", "cgroup_sock_addr", "cgroup_device", "cgroup_sysctl", "cgroup_sockopt", "sk_lookup", "flow_dissector", "ext", "struct_ops", "syscall"]"#;

/// What happened to the package.
#[derive(Debug, Clone, Serialize)]
#[must_use = "it says whether the package loaded"]
pub struct VmTest {
    /// It loaded, attached, filled at least one map, and left nothing when it was unloaded.
    pub passed: bool,
    /// The kernel and its processor: `release`, `vendor`, `model`.
    pub kernel: Value,
    /// What happened: `load` (the record, or `exit` and `error`), `health`,
    /// `holder`, `maps` (`entries` and `filled` of each), `metrics_lines`,
    /// `left`; or `failed`.
    pub outcome: Value,
}

/// Boots `kernel` with the package, which need not be signed, and the modules
/// below `modules`.
///
/// # Errors
/// [`Error`] when the file is not a package, or the machine fails. A package that does not
/// load gives a result that says so.
pub fn vmtest(
    package: &Path,
    kernel: &Path,
    modules: Option<&Path>,
    guest: &GuestFiles,
) -> Result<VmTest> {
    let (package, key) = signed_copy(package)?;
    let mut initramfs = Initramfs::default();
    initramfs.file("init", 0o755, &guest.read("bpfsign-guest")?);
    initramfs.file("bin/bpfsign", 0o755, &guest.read("bpfsign")?);
    initramfs.file("package.bpfpkg", 0o644, &package);
    initramfs.file("etc/group", 0o644, b"root:x:0:\nbpfsign:x:900:\n");
    let policy = policy(&key).at(kernel)?;
    initramfs.file("etc/bpfsign/policy.toml", 0o644, policy.as_bytes());
    for directory in ["dev", "proc", "sys", "run", "tmp", "var/lib"] {
        initramfs.directory(directory);
    }
    for (name, bytes) in modules.map(read_modules).transpose()?.unwrap_or_default() {
        initramfs.file(&format!("modules/{name}"), 0o644, &bytes);
    }
    let boot = Boot { kernel, initramfs: &initramfs.finish(), append: "", timeout: TIMEOUT };
    let console = boot.run()?;
    match console.results.as_slice() {
        [kernel, outcome] => Ok(VmTest {
            passed: passed(outcome),
            kernel: kernel["kernel"].clone(),
            outcome: outcome.clone(),
        }),
        _ => {
            let why = format!("it switched off without a result{}", console.tail());
            Err(Error::new(kernel, Reason::Machine(why)))
        }
    }
}

/// The package with its signatures replaced by one of a new key, which only the policy in
/// the machine trusts.
fn signed_copy(path: &Path) -> Result<(Vec<u8>, SecretKey)> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let package = Package::parse(bytes).at(path)?;
    package.checked_manifest().at(path)?;
    let key = SecretKey::generate().at(path)?;
    let mut parts = package.to_parts();
    let signature = key.sign(&parts.manifest).at(path)?;
    parts.signatures = [(key.public().id(), signature)].into();
    Ok((parts.encode(), key))
}

fn policy(key: &SecretKey) -> Result<String, Reason> {
    let pem = key.public().to_pem()?;
    Ok(format!(
        "policy = 1\ngroup = \"bpfsign\"\nthreshold = 1\nprogram-types = {PROGRAM_TYPES}\n\n\
         [[signer]]\nname = \"vmtest\"\npublic-key = \"\"\"\n{pem}\"\"\"\n",
    ))
}

/// Kernel modules with their names, unpacked.
fn read_modules(directory: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).at(&directory)? {
            let path = entry.at(&directory)?.path();
            if path.is_dir() && !path.is_symlink() {
                directories.push(path);
            } else if let Some(module) = read_module(&path)? {
                found.push(module);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read_module(path: &PathBuf) -> Result<Option<(String, Vec<u8>)>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.ends_with(".ko") {
        return Ok(Some((name, fs::read(path).at(path)?)));
    }
    let packed = [(".ko.xz", "xz"), (".ko.gz", "gzip"), (".ko.zst", "zstd")];
    for (suffix, tool) in packed {
        let Some(stem) = name.strip_suffix(suffix) else { continue };
        let output = Command::new(tool).args(["-d", "-c"]).arg(path).output();
        return match output {
            Ok(output) if output.status.success() => {
                Ok(Some((format!("{stem}.ko"), output.stdout)))
            }
            Ok(_) => Err(Error::new(path, Reason::KernelFile(format!("{tool} cannot unpack it")))),
            Err(_) => Err(Error::new(path, Reason::NoTool(tool))),
        };
    }
    Ok(None)
}

fn passed(outcome: &Value) -> bool {
    let filled = |map: &Value| map["filled"].as_u64().unwrap_or(0) > 0;
    let maps = outcome["maps"].as_object();
    outcome["health"]["state"] == "loaded"
        && maps.is_some_and(|maps| maps.values().any(filled))
        && outcome["left"].as_array().is_some_and(Vec::is_empty)
}
