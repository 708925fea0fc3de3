// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign trust`.

use std::path::{Path, PathBuf};

use bpfsign_verify::{
    AppliedUpdate, ApplyOptions, Host, Policy, SignerView, ThresholdView, TrustView, apply_update,
    check_update,
};
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
/// Signers in role `trust`, which the policy's own file names, must have signed it, as many as
/// the policy says or otherwise as its strictest threshold asks for; and for each new or
/// changed signer one who has its role. An update after which some threshold could be met by
/// nobody is refused, and one that is not newer than the last.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign trust apply --dry-run 2026-11.bpftrust")]
pub struct Apply {
    #[command(flatten)]
    host: HostArgs,
    /// Check it and say what it would change; nothing changes.
    #[arg(long)]
    dry_run: bool,
    /// Apply it although its sequence is more than 1000 ahead of the last.
    #[arg(long)]
    allow_jump: bool,
    /// The update.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Show whom this host trusts: signers, authorities and thresholds in force, and what is
/// revoked, with where each comes from.
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
        let options = ApplyOptions { allow_jump: self.allow_jump };
        let done = apply(&host, &self.file, options, self.dry_run);
        let (update, changes) = done.map_err(|e| log_refusal(&host, &self.file, e))?;
        let sequence = update.update.sequence;
        let mut text = match self.dry_run {
            true => format!("trust update {sequence} would be applied\n"),
            false => format!("applied trust update {sequence}\n"),
        };
        text += &signed_by(&update.signers);
        text += &changes.iter().map(|line| format!("  {line}\n")).collect::<String>();
        if !self.dry_run {
            text += "`bpfsign reconcile` unloads what is trusted no more\n";
        }
        let json = json!({
            "sequence": sequence,
            "signers": update.signers,
            "applied": !self.dry_run,
            "changes": changes,
        });
        Report::new(text, &json)
    }
}

fn apply(
    host: &Host,
    file: &Path,
    options: ApplyOptions,
    dry_run: bool,
) -> bpfsign_verify::Result<(AppliedUpdate, Vec<String>)> {
    let host = host.clone().lock()?;
    let policy = host.policy()?;
    let update = match dry_run {
        true => check_update(&policy, file, options)?,
        false => apply_update(&policy, file, options)?,
    };
    let changes = policy.changes_of(&update.update);
    Ok((update, changes))
}

impl Run for Show {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let view = Policy::look(&Host::from(self.host))?.trust_view();
        Report::new(describe(&view), &view)
    }
}

fn describe(view: &TrustView) -> String {
    let mut text = match view.sequence {
        0 => "no trust update was applied\n".to_owned(),
        sequence => format!("trust update {sequence} is the newest that was applied\n"),
    };
    for (kind, all) in [("signer", &view.signers), ("authority", &view.authorities)] {
        text += &all.iter().map(|one| line(kind, one)).collect::<String>();
    }
    for ThresholdView { what, threshold, roles } in &view.thresholds {
        let roles: String = roles.iter().map(|(role, n)| format!(", {n} in role {role}")).collect();
        text += &format!("threshold of {what}: {threshold}{roles}\n");
    }
    text += &view.revoked.iter().map(|(what, id)| format!("{what} {id}\n")).collect::<String>();
    text + &view.warnings.iter().map(|why| format!("note: {why}\n")).collect::<String>()
}

fn line(kind: &str, one: &SignerView) -> String {
    let days = match &one.valid {
        (None, None) => String::new(),
        (from, until) => {
            let day = |day: &Option<String>| day.clone().unwrap_or_default();
            format!(", {} to {}", day(from), day(until))
        }
    };
    let revoked = if one.revoked { ", REVOKED" } else { "" };
    format!(
        "{kind} {} ({}), in role {}, for packages {}{days}, from {}{revoked}\n",
        one.name,
        one.id,
        one.roles.join(", "),
        one.packages.join(", "),
        one.from
    )
}
