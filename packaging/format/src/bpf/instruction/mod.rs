// SPDX-License-Identifier: Apache-2.0 OR MIT
//! BPF instructions (RFC 9669; include/uapi/linux/bpf.h): as bytes, which is enough to find
//! the helpers that they call, and decoded into libbpf's struct.

mod bytes;
#[cfg(feature = "bpf")]
mod decoded;

pub(in crate::bpf) use bytes::helpers_in;
pub use bytes::{CALL, LOAD_WIDE};
#[cfg(feature = "bpf")]
pub use decoded::*;
