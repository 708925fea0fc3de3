// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file a verb: its arguments, and how it runs.

mod audit;
mod boot;
mod events;
mod fetch;
mod hold;
mod list;
mod load;
#[cfg(feature = "manual")]
mod manual;
mod maps;
mod metrics;
mod policy;
mod reconcile;
mod repo;
mod status;
mod top;
mod trust;
mod unload;
mod verify;

use std::path::Path;

use bpfsign_verify::{Host, refused};

use crate::{Directories, Failure, Reach, Verbs, verbs};
#[cfg(feature = "manual")]
pub use manual::{Completions, Manual};
pub use {repo::RepoVerb, trust::TrustVerb};

verbs! {
    /// What `bpfsign` does on a host.
    pub enum Verb {
        #[cfg(feature = "manual")]
        #[command(hide = true)]
        Manual(Manual<Verb>),
        #[cfg(feature = "manual")]
        #[command(hide = true)]
        Completions(Completions<Verb>),
        #[command(flatten)]
        Host(HostVerb<Directories, RepoVerb, TrustVerb>),
    }
}

verbs! {
    /// The verbs that hosts and authors have, with what differs: where `fetch` fetches from,
    /// and the verbs of `repo` and `trust`.
    pub enum HostVerb<F: Reach, R: Verbs, T: Verbs> {
        Fetch(fetch::Fetch<F>),
        Repo(repo::Repo<R>),
        Verify(verify::Verify),
        Load(load::Load),
        Boot(boot::Boot),
        List(list::List),
        Status(status::Status),
        Unload(unload::Unload),
        Maps(maps::Maps),
        Metrics(metrics::Metrics),
        Top(top::Top),
        Events(events::Events),
        Hold(hold::Hold),
        Policy(policy::PolicyVerb),
        Audit(audit::AuditVerb),
        Trust(trust::Trust<T>),
        Reconcile(reconcile::Reconcile),
    }
}

/// Logs what was refused, and gives the failure.
fn log_refusal(host: &Host, file: &Path, error: bpfsign_verify::Error) -> Failure {
    let (error, unlogged) = refused(host, file, error);
    // Who is not root can change nothing, and log nothing.
    if let Some(unlogged) = unlogged.filter(|_| host.is_ours()) {
        eprintln!("bpfsign: {unlogged}");
    }
    error.into()
}
