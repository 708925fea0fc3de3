// SPDX-License-Identifier: Apache-2.0 OR MIT
//! BTF as bytes: looking through the kernel's in one pass, and copying a part
//! of it.

mod copy;
mod read;

pub use copy::Copier;
pub use read::{COMMON, Head, Raw, Record, kind};
