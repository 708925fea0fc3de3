// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The running kernel: which build it is, what it can do, its BTF.

pub(crate) mod btf;
mod id;
#[allow(unsafe_code, reason = "trial programs are loaded with bpf(2)")]
mod probe;

pub(crate) use id::RunningKernel;
pub(crate) use probe::missing;
