// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether the running kernel has a hook, found by trying it.

use libbpf_rs::{ProgramAttachType, ProgramType};

use super::{perf_event::kprobe_event, probe::loads_at};

/// Whether programs may attach to a kernel function, given by its number in the
/// kernel's BTF, at its start or where it returns.
pub(crate) fn attaches_to_function(at_return: bool, number: u32) -> bool {
    let attach = match at_return {
        true => ProgramAttachType::TraceFexit,
        false => ProgramAttachType::TraceFentry,
    };
    loads_at(ProgramType::Tracing, attach, number, &mut [0; 256])
}

/// Whether a kprobe can be set at a kernel function; it is set for a moment,
/// with no program.
pub(crate) fn kprobe_attaches(symbol: &str) -> bool {
    kprobe_event(symbol).is_ok()
}
