// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The offline check: every reason why an object would not load on a target,
//! all at once, without a kernel.

mod flow;
mod hooks;
mod object;
mod package;
mod relocations;
mod static_needs;
mod subject;

pub(crate) use object::check_object;
pub use package::{PackageCheck, check};
use subject::Program;
pub(crate) use subject::Subject;
