// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Booting a kernel in QEMU with static programs and nothing else.

mod guest;
mod initramfs;
mod qemu;
mod vmtest;

pub use guest::GuestFiles;
pub use initramfs::Initramfs;
pub use qemu::{Boot, Console};
pub use vmtest::{VmTest, vmtest};
