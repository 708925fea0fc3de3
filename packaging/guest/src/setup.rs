// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From an initramfs to a system that a program expects.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::{
    mount::{MountFlags, mount},
    system::{RebootCommand, finit_module, reboot},
};

/// Source or type, target, options.
const MOUNTS: [(&str, &str, &str); 7] = [
    ("devtmpfs", "/dev", ""),
    ("proc", "/proc", ""),
    ("sysfs", "/sys", ""),
    ("tmpfs", "/run", "mode=0755"),
    ("tmpfs", "/tmp", "mode=1777"),
    ("bpf", "/sys/fs/bpf", "mode=0755"),
    ("tracefs", "/sys/kernel/tracing", ""),
];

/// Mounts what a system has. What a kernel lacks is left out: a program that
/// needs it says so.
pub fn set_up() {
    // The kernel's own root directory is writable by all.
    let _ = fs::set_permissions("/", fs::Permissions::from_mode(0o755));
    for (kind, target, options) in MOUNTS {
        let _ = fs::create_dir_all(target);
        let options = std::ffi::CString::new(options).unwrap_or_default();
        let _ = mount(kind, target, kind, MountFlags::empty(), options.as_c_str());
    }
}

/// Loads every kernel module below a directory, in whatever order works.
///
/// # Errors
/// The modules that no order loads, with the kernel's reason.
pub fn load_modules(directory: &Path) -> Result<(), Vec<String>> {
    let mut left = Vec::new();
    find_modules(directory, &mut left);
    loop {
        let mut failed = Vec::new();
        for path in &left {
            match load_module(path) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => failed.push((path.clone(), e)),
            }
        }
        if failed.is_empty() {
            return Ok(());
        }
        if failed.len() == left.len() {
            return Err(failed.iter().map(|(p, e)| format!("{}: {e}", p.display())).collect());
        }
        left = failed.into_iter().map(|(path, _)| path).collect();
    }
}

fn find_modules(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(listing) = fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = listing.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find_modules(&path, found);
        } else if path.extension() == Some(OsStr::new("ko")) {
            found.push(path);
        }
    }
}

fn load_module(path: &Path) -> io::Result<()> {
    Ok(finit_module(File::open(path)?, c"", 0)?)
}

/// Ends the machine; does not return.
pub fn power_off() -> ! {
    // The console is slow, and what it has not sent is lost.
    thread::sleep(Duration::from_millis(300));
    rustix::fs::sync();
    let _ = reboot(RebootCommand::PowerOff);
    // Without a way to switch off, the machine is ended from outside.
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}
