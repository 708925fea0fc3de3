// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file a verb: its arguments, and `run`.

mod audit;
#[cfg(feature = "author")]
mod bindings;
mod boot;
#[cfg(feature = "author")]
mod build;
#[cfg(feature = "author")]
mod cert;
#[cfg(feature = "author")]
mod check;
mod events;
mod fetch;
mod hold;
#[cfg(feature = "author")]
mod inspect;
#[cfg(feature = "author")]
mod keygen;
mod list;
mod load;
#[cfg(feature = "manual")]
mod manual;
mod maps;
mod metrics;
#[cfg(feature = "author")]
mod new;
mod policy;
#[cfg(feature = "author")]
mod pull;
#[cfg(feature = "author")]
mod push;
mod received;
mod reconcile;
mod repo;
#[cfg(feature = "author")]
mod repo_author;
#[cfg(feature = "author")]
mod reproduce;
#[cfg(feature = "author")]
mod sign;
mod status;
#[cfg(feature = "author")]
mod tags;
#[cfg(feature = "author")]
mod target;
mod top;
mod trust;
#[cfg(feature = "author")]
mod trust_author;
mod unload;
mod verify;
#[cfg(feature = "author")]
mod vmtest;

use std::path::Path;

use bpfsign_verify::{Host, refused};
use clap::Subcommand;

use crate::{args::Args, failure::Failure, report::Report};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    #[cfg(feature = "author")]
    Keygen(keygen::Keygen),
    #[cfg(feature = "author")]
    Bindings(bindings::Bindings),
    #[cfg(feature = "author")]
    Build(build::Build),
    #[cfg(feature = "author")]
    Cert(cert::Cert),
    #[cfg(feature = "author")]
    Check(check::Check),
    #[cfg(feature = "author")]
    Inspect(inspect::Inspect),
    #[cfg(feature = "manual")]
    #[cfg_attr(not(feature = "author"), command(hide = true))]
    Manual(manual::Manual),
    #[cfg(feature = "manual")]
    #[cfg_attr(not(feature = "author"), command(hide = true))]
    Completions(manual::Completions),
    #[cfg(feature = "author")]
    New(new::New),
    #[cfg(feature = "author")]
    Push(push::Push),
    #[cfg(feature = "author")]
    Pull(pull::Pull),
    #[cfg(feature = "author")]
    Reproduce(reproduce::Reproduce),
    #[cfg(feature = "author")]
    Sign(sign::Sign),
    #[cfg(feature = "author")]
    Tags(tags::Tags),
    #[cfg(feature = "author")]
    Target(target::Target),
    #[cfg(feature = "author")]
    Vmtest(vmtest::Vmtest),
    Fetch(fetch::Fetch),
    Repo(repo::Repo),
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
    Trust(trust::Trust),
    Reconcile(reconcile::Reconcile),
}

pub(crate) fn run(args: Args) -> Result<Report, Failure> {
    match args.verb {
        #[cfg(feature = "author")]
        Verb::Keygen(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Bindings(verb) => verb.run(args.json),
        #[cfg(feature = "author")]
        Verb::Build(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Cert(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Check(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Inspect(verb) => verb.run(),
        #[cfg(feature = "manual")]
        Verb::Manual(verb) => verb.run(),
        #[cfg(feature = "manual")]
        Verb::Completions(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::New(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Push(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Pull(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Reproduce(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Sign(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Tags(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Target(verb) => verb.run(),
        #[cfg(feature = "author")]
        Verb::Vmtest(verb) => verb.run(),
        Verb::Fetch(verb) => verb.run(),
        Verb::Repo(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Load(verb) => verb.run(),
        Verb::Boot(verb) => verb.run(),
        Verb::List(verb) => verb.run(),
        Verb::Status(verb) => verb.run(),
        Verb::Unload(verb) => verb.run(),
        Verb::Hold(verb) => verb.run(),
        Verb::Policy(verb) => verb.run(),
        Verb::Audit(verb) => verb.run(),
        Verb::Trust(verb) => verb.run(),
        Verb::Reconcile(verb) => verb.run(),
        Verb::Maps(verb) => verb.run(args.json),
        Verb::Metrics(verb) => verb.run(args.json),
        Verb::Top(verb) => verb.run(args.json),
        Verb::Events(verb) => verb.run(args.json),
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
