// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign audit`.

use std::fmt::Write;

use bpfsign_loader::{Live, live};
use bpfsign_verify::{Entry, Event, Host, Policy, audit};
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report, verbs};

/// Show and check what was loaded and refused, and what runs.
#[derive(Debug, clap::Args)]
pub struct AuditVerb {
    #[command(subcommand)]
    what: What,
}

verbs! {
    enum What {
        Show(Show),
        Verify(Verify),
        Live(LiveVerb),
    }
}

/// Show the audit log, oldest entry first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign audit show sched-latency")]
struct Show {
    #[command(flatten)]
    host: HostArgs,
    /// Only what concerns this package.
    #[arg(value_name = "NAME")]
    package: Option<String>,
}

/// Check that nothing in the audit log was changed, left out or put in.
///
/// Exit code 3 if it was. A last line that a crash cut off is told, and is no
/// failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign audit verify")]
struct Verify {
    #[command(flatten)]
    host: HostArgs,
}

/// Compare what runs in the kernel with what was loaded and with today's policy.
///
/// Lists every program that bpfsign did not load, every pin of ours that is gone or
/// changed, and every package that today's policy would refuse. Exit code 4 if
/// there is one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign audit live --json")]
struct LiveVerb {
    #[command(flatten)]
    host: HostArgs,
}

impl Run for AuditVerb {
    fn run(self, json: bool) -> Result<Report, Failure> {
        self.what.run(json)
    }
}

impl Run for Show {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let mut log = audit(&Host::from(self.host))?;
        if let Some(package) = &self.package {
            log.entries.retain(|e| e.event.package() == Some(package));
        }
        let text: String = log.entries.iter().map(line).collect();
        Report::new(text, &log)
    }
}

impl Run for Verify {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let log = audit(&Host::from(self.host))?;
        let mut text = format!("{} entries, and the chain holds\n", log.entries.len());
        for line in &log.torn {
            let _ = writeln!(text, "line {line} was cut off by a crash");
        }
        if log.torn_tail {
            text += "the last line is cut off; the next entry will say so\n";
        }
        let json = json!({
            "entries": log.entries.len(),
            "torn": log.torn,
            "torn_tail": log.torn_tail,
        });
        Report::new(text, &json)
    }
}

impl Run for LiveVerb {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let policy = Policy::look(&host)?;
        let found = live(&host, &policy)?;
        let report = Report::new(describe(&found), &found)?;
        Ok(if found.is_clean() { report } else { report.not_trusted() })
    }
}

fn line(entry: &Entry) -> String {
    let what = match &entry.event {
        Event::Load { package, version, sequence, signers, .. } => {
            let names: Vec<&str> = signers.iter().map(|s| s.name.as_str()).collect();
            format!("load {package} {version}, sequence {sequence}, by {}", names.join(", "))
        }
        Event::HandOver { package, version, sequence, object, .. } => {
            format!("hand over {package} {version}, sequence {sequence}: {object}")
        }
        Event::Refuse { file, code, exit, .. } => format!("refuse {file}: {code} ({exit})"),
        Event::Unload { package } => format!("unload {package}"),
        Event::TrustUpdate { sequence, signers, .. } => {
            let names: Vec<&str> = signers.iter().map(|s| s.name.as_str()).collect();
            format!("trust update {sequence}, by {}", names.join(", "))
        }
        Event::PolicyChange { policy, sm3, .. } => format!("policy {policy} is now {sm3}"),
    };
    format!("{} {} {what}\n", entry.n, entry.time)
}

fn describe(live: &Live) -> String {
    if live.is_clean() {
        return "everything that runs was loaded by bpfsign, and is as it was\n".to_owned();
    }
    let mut text: String = live.problems.iter().map(|p| format!("{p}\n")).collect();
    for p in &live.foreign {
        let _ = writeln!(
            text,
            "foreign program {} `{}`, {}, tag {}, loaded by user {} {} s after boot",
            p.id, p.name, p.program_type, p.tag, p.uid, p.loaded_after
        );
        for place in &p.attached {
            let _ = writeln!(text, "  attached at {place}");
        }
        for (pid, name) in &p.processes {
            let _ = writeln!(text, "  held by process {pid} ({name})");
        }
    }
    text
}
