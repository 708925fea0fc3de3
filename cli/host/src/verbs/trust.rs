// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign trust`.

use std::path::{Path, PathBuf};

use bpfsign_verify::{AppliedUpdate, Host, TrustUpdate, apply_update};
use serde_json::json;

use super::log_refusal;
use crate::{
    Run, Verbs,
    args::HostArgs,
    failure::Failure,
    report::{Report, signed_by},
    verbs,
};

/// Change whom hosts trust: new, retired and revoked signers, revoked packages.
#[derive(Debug, clap::Args)]
pub struct Trust<V: Verbs> {
    #[command(subcommand)]
    what: V,
}

verbs! {
    /// What the host does with trust updates.
    pub enum TrustVerb {
        Apply(Apply),
        Show(Show),
    }
}

/// Apply a trust update to this host.
///
/// As many of the policy's signers must have signed it as its threshold says, in
/// role `trust` where there are such. An older update than the last is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign trust apply 2026-11.bpftrust")]
pub struct Apply {
    #[command(flatten)]
    host: HostArgs,
    /// The update.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Show what the trust updates that were applied say together.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign trust show")]
pub struct Show {
    #[command(flatten)]
    host: HostArgs,
}

impl<V: Verbs> Run for Trust<V> {
    fn run(self, json: bool) -> Result<Report, Failure> {
        self.what.run(json)
    }
}

impl Run for Apply {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let applied = apply(&host, &self.file).map_err(|e| log_refusal(&host, &self.file, e))?;
        let mut text = format!("applied trust update {}\n", applied.update.sequence);
        text += &signed_by(&applied.signers);
        text += "`bpfsign reconcile` unloads what is trusted no more\n";
        let json = json!({ "sequence": applied.update.sequence, "signers": applied.signers });
        Report::new(text, &json)
    }
}

fn apply(host: &Host, file: &Path) -> bpfsign_verify::Result<AppliedUpdate> {
    let host = host.clone().lock()?;
    apply_update(&host.policy()?, file)
}

impl Run for Show {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let applied = TrustUpdate::applied(&Host::from(self.host))?;
        if applied.sequence == 0 {
            return Report::new("no trust update was applied", &json!({ "sequence": 0 }));
        }
        let mut text = format!("trust update {}, of {}\n", applied.sequence, applied.issued);
        for (what, all) in [
            ("retired", &applied.retired),
            ("revoked key", &applied.revoked_keys),
            ("revoked certificate", &applied.revoked_certificates),
            ("revoked package", &applied.revoked_packages),
        ] {
            text += &all.iter().map(|item| format!("  {what} {item}\n")).collect::<String>();
        }
        Report::new(text, &applied)
    }
}
