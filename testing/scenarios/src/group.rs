// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A control group of the scenario's own, of version 1 or 2.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use crate::Outcome;

const ROOT: &str = "/sys/fs/cgroup";

/// A control group; it goes when this is dropped.
#[derive(Debug)]
pub struct Group {
    path: PathBuf,
    is_v2: bool,
}

impl Group {
    /// A group for a controller.
    ///
    /// # Errors
    /// When the kernel does not make one.
    pub fn new(controller: &str) -> Result<Self, String> {
        let v1 = Path::new(ROOT).join(controller);
        let is_v2 = !v1.is_dir();
        let parent = if is_v2 { PathBuf::from(ROOT) } else { v1 };
        if is_v2 {
            write(&parent.join("cgroup.subtree_control"), &format!("+{controller}"))?;
        }
        let path = parent.join(format!("bpfsign-test-{}", unique()));
        fs::create_dir(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self { path, is_v2 })
    }

    /// Its number: the inode of its directory.
    pub(crate) fn id(&self) -> Result<u64, String> {
        Ok(fs::metadata(&self.path).map_err(|e| e.to_string())?.ino())
    }

    /// Puts a process into it.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn add(&self, pid: u32) -> Outcome {
        write(&self.path.join("cgroup.procs"), &pid.to_string())
    }

    /// Limits its memory, in bytes.
    ///
    /// # Errors
    /// When the kernel has no such limit.
    pub fn limit_memory(&self, bytes: u64) -> Outcome {
        let file = if self.is_v2 { "memory.max" } else { "memory.limit_in_bytes" };
        write(&self.path.join(file), &bytes.to_string())
    }

    /// Limits its CPU time: so much in each period, both in microseconds.
    ///
    /// # Errors
    /// When the kernel has no such limit.
    pub fn limit_cpu(&self, quota: u64, period: u64) -> Outcome {
        if self.is_v2 {
            return write(&self.path.join("cpu.max"), &format!("{quota} {period}"));
        }
        write(&self.path.join("cpu.cfs_period_us"), &period.to_string())?;
        write(&self.path.join("cpu.cfs_quota_us"), &quota.to_string())
    }

    /// Bytes in use, and how often a charge met the limit: of the page counter on version
    /// 1, `max` of memory.events on version 2.
    pub(crate) fn memory(&self) -> Result<(u64, u64), String> {
        if self.is_v2 {
            return Ok((self.number("memory.current")?, self.field("memory.events", "max")?));
        }
        Ok((self.number("memory.usage_in_bytes")?, self.number("memory.failcnt")?))
    }

    pub(crate) fn is_v2(&self) -> bool {
        self.is_v2
    }

    /// Periods in which it was throttled, and for how many ns.
    pub(crate) fn throttled(&self) -> Result<(u64, u64), String> {
        let time = match self.is_v2 {
            true => self.field("cpu.stat", "throttled_usec")? * 1000,
            false => self.field("cpu.stat", "throttled_time")?,
        };
        Ok((self.field("cpu.stat", "nr_throttled")?, time))
    }

    fn number(&self, file: &str) -> Result<u64, String> {
        self.read(file)?.trim().parse().map_err(|_| format!("{file} holds no number"))
    }

    fn field(&self, file: &str, name: &str) -> Result<u64, String> {
        let text = self.read(file)?;
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|n| n.parse().ok()).ok_or_else(|| format!("{file} has no {name}"))
    }

    fn read(&self, file: &str) -> Result<String, String> {
        let path = self.path.join(file);
        fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    }
}

/// A name that no other scenario has at the same time.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

impl Drop for Group {
    fn drop(&mut self) {
        // Whoever was in it may still be on the way out.
        for _ in 0..50 {
            if fs::remove_dir(&self.path).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}
