// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign policy`.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use bpfsign_files::read_bounded;
use bpfsign_loader::decisions;
use bpfsign_verify::{Decision, Error, Policy, Reason, Sealed};
use serde_json::json;

use crate::{
    Run,
    failure::Failure,
    report::{Report, signed_by},
    verbs,
};

/// The largest policy that is read, in bytes.
const MAX_POLICY: usize = 256 * 1024;

/// Check a policy, and what it says of a package.
#[derive(Debug, clap::Args)]
pub struct PolicyVerb {
    #[command(subcommand)]
    what: What,
}

verbs! {
    enum What {
        Check(Check),
    }
}

/// Check a policy, and explain each decision on a package.
///
/// Every variant of the package is looked at, whatever this kernel can run, and
/// nothing is loaded. Exit code 5 if the policy is refused or allows no variant;
/// 3 or 4 if the package is not authentic or not trusted.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign policy check /etc/bpfsign/policy.toml sched-latency-0.1.0.bpfpkg"
)]
struct Check {
    /// The policy. Its owner and mode are not looked at.
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// A package, or an object whose signature lies beside it.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Run for PolicyVerb {
    fn run(self, json: bool) -> Result<Report, Failure> {
        self.what.run(json)
    }
}

impl Run for Check {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let policy = read(&self.policy)?;
        let Some(file) = &self.file else {
            let text = format!("{} is a policy\n", self.policy.display());
            return Report::new(text, &json!({ "policy": self.policy }));
        };
        let verified = Sealed::read(file)?.verify(&policy.trust)?;
        let decided = decisions(&verified, &policy)?;
        let allowed = |decisions: &[Decision]| decisions.iter().all(|d| d.refusal.is_none());
        let mut text = String::new();
        text += &signed_by(verified.signers());
        for (object, decisions) in &decided {
            let verdict = if allowed(decisions) { "allowed" } else { "refused" };
            let _ = writeln!(text, "{object}: {verdict}");
            text += &decisions.iter().map(line).collect::<String>();
        }
        let objects: Vec<_> = decided
            .iter()
            .map(|(object, decisions)| {
                json!({ "object": object, "allowed": allowed(decisions), "decisions": decisions })
            })
            .collect();
        let json = json!({
            "policy": self.policy,
            "file": file,
            "signers": verified.signers(),
            "objects": objects,
        });
        let report = Report::new(text, &json)?;
        Ok(match decided.iter().any(|(_, d)| allowed(d)) {
            true => report,
            false => report.refused_by_policy(),
        })
    }
}

fn line(decision: &Decision) -> String {
    match &decision.refusal {
        None => format!("  allowed  {} ({})\n", decision.what, decision.key),
        Some(reason) => format!("  REFUSED  {} ({}: {reason})\n", decision.what, decision.key),
    }
}

fn read(path: &Path) -> Result<Policy, Failure> {
    let bytes = read_bounded(path, MAX_POLICY).map_err(|e| match e {
        bpfsign_files::ReadError::Io(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Error::new(path, Reason::PolicyMissing)
        }
        bpfsign_files::ReadError::Io(e) => Error::new(path, e),
        e => Error::new(path, Reason::PolicyInvalid(e.to_string())),
    })?;
    let text = String::from_utf8(bytes).map_err(|e| e.to_string());
    let policy = text.and_then(|text| Policy::parse(&text));
    Ok(policy.map_err(|why| Error::new(path, Reason::PolicyInvalid(why)))?)
}
