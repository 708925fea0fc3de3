// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The offline check: every reason why an object would not load on a target,
//! all at once, without a kernel.

mod finding;
mod flow;
mod hooks;
mod object;
mod package;
mod relocations;
mod static_needs;

pub use finding::{Finding, ObjectCheck};
use object::Program;
pub(crate) use object::{Subject, check_object};
pub use package::{PackageCheck, check};
