// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CO-RE relocation against a target's BTF, for the offline check and for minimising BTF.

#[allow(unsafe_code, reason = "libbpf's relocation functions are C")]
mod ffi;
mod minimise;
mod relocated;

pub(crate) use minimise::minimise;
pub(crate) use relocated::Relocated;
