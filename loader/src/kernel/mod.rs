// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The running kernel: which build it is, what it can do, its BTF.

pub(crate) mod btf;
mod hooks;
mod id;
#[allow(unsafe_code, reason = "trial programs are loaded with bpf(2)")]
mod probe;

pub(crate) use hooks::{attaches_to_function, kprobe_attaches};
pub(crate) use id::RunningKernel;
pub(crate) use probe::missing;
