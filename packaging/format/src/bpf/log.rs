// SPDX-License-Identifier: Apache-2.0 OR MIT
//! libbpf's messages, kept for the error that they explain instead of being
//! printed between a command's own lines.

use std::sync::Mutex;

use libbpf_rs::PrintLevel;

/// The newest messages, in bytes; a verifier log can be megabytes long and
/// its end is what matters.
const KEPT: usize = 64 * 1024;

static MESSAGES: Mutex<String> = Mutex::new(String::new());

/// Collects libbpf's warnings from now on instead of printing them.
pub fn capture() {
    libbpf_rs::set_print(Some((PrintLevel::Warn, record)));
}

/// The messages since the last call, oldest first.
pub fn take() -> String {
    MESSAGES.lock().map(|mut m| std::mem::take(&mut *m)).unwrap_or_default()
}

fn record(_: PrintLevel, message: String) {
    let Ok(mut messages) = MESSAGES.lock() else { return };
    messages.push_str(&message);
    if messages.len() > KEPT {
        let cut = messages.ceil_char_boundary(messages.len() - KEPT);
        messages.drain(..cut);
    }
}
