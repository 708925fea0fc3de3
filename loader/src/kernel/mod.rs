// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The running kernel: which build it is, what it can do, its BTF, its hooks.

pub(crate) mod btf;
mod go;
mod has_hook;
mod hook;
mod id;
#[allow(unsafe_code, reason = "perf_event_open(2), bpf(2), ioctl(2)")]
mod perf_event;
#[allow(unsafe_code, reason = "trial programs are loaded with bpf(2)")]
mod probe;
mod program_file;
mod sealed_file;

pub(crate) use has_hook::{attaches_to_function, kprobe_attaches};
pub(crate) use hook::Hook;
pub(crate) use id::RunningKernel;
pub(crate) use perf_event::attach;
pub(crate) use probe::missing;
pub(crate) use program_file::{file_offset, has_symbol, place_in};
pub(crate) use sealed_file::SealedFile;
