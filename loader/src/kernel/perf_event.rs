// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attaching a pinned program to a hook (perf_event_open(2), bpf(2)). libbpf
//! attaches only programs of an object that it opened itself.

use std::{
    ffi::{CString, c_int},
    fs, io, mem,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    path::Path,
};

use libbpf_rs::libbpf_sys::bpf_raw_tracepoint_open;

use super::{Hook, file_offset};

/// Where tracefs may be mounted.
const TRACEFS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
/// Kinds of perf events that probes are (Documentation/ABI/testing/
/// sysfs-bus-event_source-devices).
const SOURCES: &str = "/sys/bus/event_source/devices";

/// `PERF_TYPE_SOFTWARE` and `PERF_TYPE_TRACEPOINT`.
const TYPE_SOFTWARE: u32 = 1;
const TYPE_TRACEPOINT: u32 = 2;
/// CPUs that run.
const ONLINE: &str = "/sys/devices/system/cpu/online";
/// `PERF_FLAG_FD_CLOEXEC`.
const CLOSE_ON_EXEC: libc::c_ulong = 8;
/// `PERF_EVENT_IOC_SET_BPF` and `PERF_EVENT_IOC_ENABLE`.
const SET_BPF: libc::c_ulong = 0x4004_2408;
const ENABLE: libc::c_ulong = 0x2400;

/// `struct perf_event_attr` (include/uapi/linux/perf_event.h) up to
/// `PERF_ATTR_SIZE_VER1`, which every kernel since 2.6.33 takes.
#[repr(C)]
#[derive(Default)]
struct EventAttributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    /// For probes: the address of the function's name or of the file's path.
    config1: u64,
    /// For probes: the offset.
    config2: u64,
}

/// Attaches a program; it stays attached while the descriptors live.
pub(crate) fn attach(program: &OwnedFd, hook: &Hook) -> io::Result<Vec<OwnedFd>> {
    let link = match hook {
        Hook::SoftwareEvent(number) => return on_every_cpu(program, *number),
        Hook::RawTracepoint(name) => {
            let name = c_string(name)?;
            // SAFETY: a C string and an open descriptor.
            let fd = unsafe { bpf_raw_tracepoint_open(name.as_ptr(), program.as_raw_fd()) };
            owned(fd)?
        }
        Hook::Tracepoint(category, name) => {
            let config = tracepoint_number(category, name)?;
            let attributes =
                EventAttributes { kind: TYPE_TRACEPOINT, config, ..Default::default() };
            run_at(program, open(attributes, ANY_PROCESS_FIRST_CPU)?)?
        }
        Hook::Kprobe { symbol, offset, at_return } => {
            run_at(program, probe("kprobe", symbol, *offset, *at_return)?)?
        }
        Hook::Uprobe { file, place, at_return } => {
            let offset = file_offset(Path::new(file), place)
                .ok_or_else(|| io::Error::other(format!("{file} has no function {place}")))?;
            run_at(program, probe("uprobe", file, offset, *at_return)?)?
        }
    };
    Ok(vec![link])
}

/// A kprobe, with no program.
pub(super) fn kprobe_event(symbol: &str) -> io::Result<OwnedFd> {
    probe("kprobe", symbol, 0, false)
}

/// Every time that the event happens, on each CPU that is online now.
fn on_every_cpu(program: &OwnedFd, number: u64) -> io::Result<Vec<OwnedFd>> {
    let attributes = || EventAttributes {
        kind: TYPE_SOFTWARE,
        config: number,
        sample_period: 1,
        ..Default::default()
    };
    let on = |cpu| run_at(program, open(attributes(), (-1, cpu))?);
    online_cpus(&fs::read_to_string(ONLINE)?)
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?
        .into_iter()
        .map(on)
        .collect()
}

/// `0-3,6` (Documentation/admin-guide/cputopology.rst).
fn online_cpus(list: &str) -> Option<Vec<c_int>> {
    let mut cpus = Vec::new();
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (c_int, c_int) = (first.parse().ok()?, last.parse().ok()?);
        cpus.extend(first..=last);
    }
    Some(cpus)
}

fn probe(source: &str, name: &str, offset: u64, at_return: bool) -> io::Result<OwnedFd> {
    let read = |file: &str| fs::read_to_string(format!("{SOURCES}/{source}/{file}"));
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidData);
    let kind = read("type")?.trim().parse().map_err(invalid)?;
    // `config:0`: the bit that asks for the function's return.
    let bit: u32 =
        read("format/retprobe")?.trim().trim_start_matches("config:").parse().map_err(invalid)?;
    let config = if at_return { 1_u64.checked_shl(bit).unwrap_or(0) } else { 0 };
    let name = c_string(name)?;
    let config1 = name.as_ptr() as u64;
    let attributes =
        EventAttributes { kind, config, config1, config2: offset, ..Default::default() };
    open(attributes, ANY_PROCESS_FIRST_CPU)
}

/// How probes and tracepoints are opened that are to run on every CPU.
const ANY_PROCESS_FIRST_CPU: (c_int, c_int) = (-1, 0);

/// Opens the event for a process on a CPU. What `config1` points to must live
/// until then.
fn open(attributes: EventAttributes, (process, cpu): (c_int, c_int)) -> io::Result<OwnedFd> {
    let attributes =
        EventAttributes { size: mem::size_of::<EventAttributes>() as u32, ..attributes };
    let no_group: c_int = -1;
    // SAFETY: the attributes are a struct of the size that they say, and a
    // name that they point to is a C string of the caller's, still alive.
    let fd = unsafe {
        libc::syscall(libc::SYS_perf_event_open, &attributes, process, cpu, no_group, CLOSE_ON_EXEC)
    };
    owned(c_int::try_from(fd).unwrap_or(-1))
}

/// Lets the program run at the event.
fn run_at(program: &OwnedFd, event: OwnedFd) -> io::Result<OwnedFd> {
    for (request, argument) in [(SET_BPF, program.as_raw_fd()), (ENABLE, 0)] {
        // SAFETY: both requests take a number, and the descriptors are open.
        if unsafe { libc::ioctl(event.as_raw_fd(), request, argument) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(event)
}

fn owned(fd: c_int) -> io::Result<OwnedFd> {
    match fd {
        // SAFETY: a new descriptor that nothing else owns.
        fd if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn tracepoint_number(category: &str, name: &str) -> io::Result<u64> {
    let path = |root: &&str| format!("{root}/events/{category}/{name}/id");
    let mut texts = TRACEFS.iter().map(|root| fs::read_to_string(path(root)));
    let text = texts.find_map(Result::ok).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, "there is no such event in tracefs")
    })?;
    text.trim().parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}

fn c_string(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(online_cpus("0-2,5\n"), Some(vec![0, 1, 2, 5]));
        assert_eq!(online_cpus("0\n"), Some(vec![0]));
        assert_eq!(online_cpus("none"), None);
    }
}
