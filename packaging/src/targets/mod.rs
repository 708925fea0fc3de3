// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Targets: profiles as data, and the BTF of their kernels.
//!
//! Profiles that come with bpfsign are in `packaging/targets`. A user's own lie
//! in a directory, `<name>.toml`, and take the place of one of ours with the
//! same name. BTF lies beside, `<name>/<release>-<build id>.btf`, and the
//! symbols of a kernel, where they are known, `<name>/<release>-<build id>.symbols`.

mod kernel_file;
mod profile;
mod store;
mod tables;

pub use kernel_file::{Added, Origin};
pub use profile::Target;
pub use store::{TargetBtf, Targets};
pub use tables::KernelVersion;
pub(crate) use tables::{features, helper_since, type_since};
