// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file a verb: its arguments, and how it runs.

mod bindings;
mod build;
mod cert;
mod check;
mod inspect;
mod keygen;
mod new;
mod pull;
mod push;
mod repo_index;
mod reproduce;
mod sign;
mod tags;
mod target;
mod trust_update;
mod vmtest;

use bpfsign_host::{Completions, HostVerb, Manual, verbs};

use crate::network::NetworkArgs;

verbs! {
    /// What the author's `bpfsign` does.
    pub(crate) enum Verb {
        Keygen(keygen::Keygen),
        Bindings(bindings::Bindings),
        Build(build::Build),
        Cert(cert::Cert),
        Check(check::Check),
        Inspect(inspect::Inspect),
        Manual(Manual<Verb>),
        Completions(Completions<Verb>),
        New(new::New),
        Push(push::Push),
        Pull(pull::Pull),
        Reproduce(reproduce::Reproduce),
        Sign(sign::Sign),
        Tags(tags::Tags),
        Target(target::Target),
        Vmtest(vmtest::Vmtest),
        #[command(flatten)]
        Host(HostVerb<NetworkArgs, RepoVerb, TrustVerb>),
    }
}

verbs! {
    /// Makes repositories, and checks them as hosts do.
    pub(crate) enum RepoVerb {
        Build(repo_index::Build),
        Sign(repo_index::Sign),
        #[command(flatten)]
        Host(bpfsign_host::RepoVerb),
    }
}

verbs! {
    /// Makes trust updates, and applies them as hosts do.
    pub(crate) enum TrustVerb {
        Build(trust_update::Build),
        Sign(trust_update::Sign),
        #[command(flatten)]
        Host(bpfsign_host::TrustVerb),
    }
}
