// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Descriptors, pages and files.
#![allow(unsafe_code, reason = "mmap(2): a fault needs memory that is mapped from a file")]

use std::{
    fs::{self, File},
    io::{self, Read},
    ptr,
};

use rustix::{
    fs::{Advice as FileAdvice, fadvise},
    mm::{Advice, MapFlags, ProtFlags, madvise, mmap},
};
use serde_json::json;

use crate::{Outcome, step};

const PAGE: usize = 4096;
/// Pages from one that is touched to the next, so that none is read with another.
const STRIDE: usize = 16;

/// Opens descriptors, and closes some of them.
pub(super) fn descriptors(open: usize, close: usize) -> Outcome {
    let pid = std::process::id();
    step(&json!({ "pid": pid }))?;
    let mut files = Vec::with_capacity(open);
    for _ in 0..open {
        files.push(File::open("/dev/null")?);
    }
    files.truncate(open - close);
    step(&json!({ "pid": pid, "opened": open, "closed": close }))
}

/// Touches pages of a file that is not in memory. The independent source: getrusage(2)
/// as proc_pid_stat(5) shows it.
pub(super) fn major_faults(path: &str, pages: usize) -> Outcome {
    let file = File::open(path)?;
    fadvise(&file, 0, None, FileAdvice::DontNeed)?;
    let length = pages * STRIDE * PAGE;
    // SAFETY: a new mapping at an address of the kernel's choice; it is only read, and
    // the file is the test's own.
    let start =
        unsafe { mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, &file, 0)? };
    // SAFETY: this very mapping; the advice changes nothing but how it is read.
    unsafe { madvise(start, length, Advice::LinuxDontNeed)? };
    // SAFETY: as above.
    unsafe { madvise(start, length, Advice::Random)? };
    // The code that counts is in memory now, and the next time no fault of its own.
    own_major_faults()?;
    step(&json!({ "pid": std::process::id() }))?;
    let before = own_major_faults()?;
    let mut sum = 0_u64;
    for page in 0..pages {
        // SAFETY: inside the mapping, which is never taken away.
        sum += u64::from(unsafe { start.cast::<u8>().add(page * STRIDE * PAGE).read_volatile() });
    }
    step(&json!({ "faults": own_major_faults()? - before, "sum": sum }))
}

/// Field 12 of proc_pid_stat(5): since the process began.
fn own_major_faults() -> io::Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' '));
    let field = fields.and_then(|mut f| f.nth(9)).and_then(|n| n.parse().ok());
    field.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Reads a whole file that is not in memory, so that its pages are.
pub(super) fn read(path: &str) -> Outcome {
    step(&json!({ "pid": std::process::id() }))?;
    let mut file = File::open(path)?;
    fadvise(&file, 0, None, FileAdvice::DontNeed)?;
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => bytes += read,
        }
    }
    step(&json!({ "bytes": bytes }))
}

/// Takes memory and writes to every page of it.
pub(super) fn allocate(megabytes: usize) -> Outcome {
    step(&json!({ "pid": std::process::id() }))?;
    let mut memory: Vec<Vec<u8>> = Vec::new();
    for _ in 0..megabytes {
        memory.push(vec![1; 1 << 20]);
    }
    step(&json!({ "megabytes": memory.len() }))
}
