// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host's verbs of `bpfsign`, and what all verbs share: how they are dispatched, what they
//! report and how they fail. The author's `bpfsign` takes these verbs in and adds its own.
#![forbid(unsafe_code)]

mod args;
mod bars;
mod failure;
mod printable;
mod program;
mod provenance;
mod received;
mod report;
mod run;
mod source;
mod trusted;
mod verbs;
#[doc(hidden)]
pub mod words;

pub use args::{Args, HostArgs};
pub use failure::Failure;
pub use program::{command, main};
pub use received::{keep, release};
pub use report::{Report, signed_by};
pub use run::{Run, Verbs};
pub use source::{Directories, Directory, Reach, Source};
pub use trusted::TrustArgs;
#[cfg(feature = "manual")]
pub use verbs::{Completions, Manual};
pub use verbs::{HostVerb, RepoVerb, TrustVerb, Verb};
