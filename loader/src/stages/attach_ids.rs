// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Telling libbpf the kernel's type numbers of hooks, so that it need not read
//! the kernel's BTF to find them.
//!
//! libbpf has no option for that. But it lets a section have a handler of ours,
//! which may change how a program is loaded (libbpf_register_prog_handler() in
//! libbpf.h). Until then the program must not be of type TRACING, which is what
//! makes libbpf read the BTF.

use std::{
    collections::BTreeMap,
    ffi::{CStr, c_int, c_long},
    ptr,
    sync::{Mutex, MutexGuard},
};

use libbpf_rs::libbpf_sys::{
    BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_PROG_TYPE_TRACING, bpf_prog_load_opts, bpf_program,
    bpf_program__section_name, bpf_program__set_type, libbpf_prog_handler_opts,
    libbpf_register_prog_handler, libbpf_unregister_prog_handler,
};

use crate::kernel::btf::HOOKS;

/// The numbers by section, while an object is opened and loaded.
static NUMBERS: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// Handlers are libbpf's global state: one object at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// While this lives, programs of the known sections load with the given
/// numbers.
pub(super) struct AttachIds {
    handlers: Vec<c_int>,
    _turn: MutexGuard<'static, ()>,
}

impl AttachIds {
    /// Registers the handlers; `None` when libbpf refuses one.
    pub(super) fn register(numbers: BTreeMap<String, u32>) -> Option<Self> {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *NUMBERS.lock().ok()? = numbers;
        let mut this = Self { handlers: Vec::new(), _turn: turn };
        let options = libbpf_prog_handler_opts {
            sz: size_of::<libbpf_prog_handler_opts>() as _,
            prog_prepare_load_fn: Some(prepare_load),
            ..Default::default()
        };
        for hook in HOOKS {
            // SAFETY: both pointers live through the call, and libbpf copies
            // what they point to; the turn above keeps other threads out.
            let handler = unsafe {
                libbpf_register_prog_handler(
                    hook.section.as_ptr(),
                    BPF_PROG_TYPE_RAW_TRACEPOINT,
                    hook.attach_type,
                    ptr::from_ref(&options),
                )
            };
            if handler < 0 {
                return None;
            }
            this.handlers.push(handler);
        }
        Some(this)
    }
}

impl Drop for AttachIds {
    fn drop(&mut self) {
        for handler in &self.handlers {
            // SAFETY: a handler that libbpf gave us, and the turn is still ours.
            unsafe { libbpf_unregister_prog_handler(*handler) };
        }
    }
}

/// Called by libbpf right before it loads a program of a known section.
unsafe extern "C" fn prepare_load(
    program: *mut bpf_program,
    options: *mut bpf_prog_load_opts,
    _cookie: c_long,
) -> c_int {
    // SAFETY: libbpf passes a program of the object it loads, whose section
    // name is a C string that lives as long as the object.
    let section = unsafe { CStr::from_ptr(bpf_program__section_name(program)) };
    let number = NUMBERS.lock().ok().and_then(|n| n.get(section.to_str().ok()?).copied());
    let Some(number) = number else { return -libc::ENOENT };
    // SAFETY: libbpf passes its own options, which outlive this call, and the
    // program, whose type may be changed until it is loaded.
    unsafe {
        (*options).attach_btf_id = number;
        bpf_program__set_type(program, BPF_PROG_TYPE_TRACING)
    }
}
