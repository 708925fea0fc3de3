// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign status`.

use bpfsign_format::manifest::Readers;
use bpfsign_loader::{Health, HolderStatus, PackageStatus, ReadyHost, packages, recover, status};
use bpfsign_verify::{Error, Host, Policy};
use serde_json::json;

use super::load::btf;
use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Show what is loaded, who signed it, and whether it is whole.
///
/// Run by root, it starts holders again that were killed, and says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign status sched-latency")]
pub struct Status {
    #[command(flatten)]
    host: HostArgs,
    /// One package only.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Run for Status {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let names = match self.name {
            Some(name) => vec![name],
            None => packages(&host)?,
        };
        let all = |host: &Host| {
            names.iter().map(|name| status(host, name)).collect::<bpfsign_verify::Result<Vec<_>>>()
        };
        let found = all(&host)?;
        let gone = |s: &&PackageStatus| matches!(s.health, Health::Unheld(_));
        let gone: Vec<String> = found.iter().filter(gone).map(|s| s.record.name.clone()).collect();
        let (recovered, notes) = recover_all(&host, &gone);
        let all = if recovered.is_empty() { found } else { all(&host)? };
        let mut text = match all.is_empty() {
            true => "no package is loaded\n".to_owned(),
            false => all.iter().map(describe).collect::<Vec<_>>().join("\n"),
        };
        let refused = refused_today(&host, &all);
        for (name, why) in &refused {
            text += &format!("note: {name} would be refused today: {}\n", why.reason);
        }
        text += &notes.iter().map(|note| format!("note: {note}\n")).collect::<String>();
        let codes: serde_json::Map<_, _> =
            refused.iter().map(|(name, why)| (name.clone(), why.reason.code().into())).collect();
        Report::new(text, &json!({ "packages": all, "recovered": recovered, "refused": codes }))
    }
}

/// Packages that today's policy would refuse, as far as this user may know: what
/// was loaded is root's to read.
fn refused_today(host: &Host, all: &[PackageStatus]) -> Vec<(String, Error)> {
    let Ok(policy) = Policy::look(host) else { return Vec::new() };
    if !host.is_ours() {
        return Vec::new();
    }
    let refused = |status: &PackageStatus| {
        let name = &status.record.name;
        let why = bpfsign_loader::refused_today(host, &policy, name).ok()??;
        Some((name.clone(), why))
    };
    all.iter().filter_map(refused).collect()
}

/// Starts holders again that were killed, where this user may; the names of
/// those that were started, and what to say of each.
fn recover_all(host: &Host, gone: &[String]) -> (Vec<String>, Vec<String>) {
    if gone.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let locked = host.clone().lock();
    let ready = locked
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|locked| ReadyHost::new(locked, None).map_err(|error| error.to_string()));
    let ready = match ready {
        Ok(ready) => ready,
        Err(error) => {
            let say = |name| format!("the holder of {name} is gone, and not started: {error}");
            return (Vec::new(), gone.iter().map(say).collect());
        }
    };
    let (mut recovered, mut notes) = (Vec::new(), Vec::new());
    for name in gone {
        match recover(&ready, name) {
            Ok(_) => {
                notes.push(format!("the holder of {name} was gone; it is started again"));
                recovered.push(name.clone());
            }
            Err(error) => notes.push(format!("the holder of {name} is gone: {error}")),
        }
    }
    (recovered, notes)
}

fn describe(status: &PackageStatus) -> String {
    let record = &status.record;
    let mut text = format!("{} {}, sequence {}\n", record.name, record.version, record.sequence);
    text += &match &status.health {
        Health::Loaded => "  state    loaded\n".to_owned(),
        Health::Broken(missing) => {
            format!("  state    broken, load it again: missing {}\n", missing.join(", "))
        }
        Health::Unheld(programs) if programs.is_empty() => {
            "  state    its holder is gone: agents get no events\n".to_owned()
        }
        Health::Unheld(programs) => {
            format!("  state    its holder is gone; detached: {}\n", programs.join(", "))
        }
    };
    text += &format!("  sm3      {}\n", record.sm3);
    text += &format!("  object   {}, {}\n", record.object, btf(record.btf));
    if let Some(HolderStatus::Running { pid }) = status.holder {
        text += &format!("  holder   process {pid}\n");
    }
    for signer in &record.signers {
        text += &format!("  signer   {} ({})\n", signer.name, signer.key);
    }
    for program in &record.programs {
        let held = if program.link.is_none() { " (held)" } else { "" };
        text += &format!("  program  {} at {}{held}\n", program.name, program.attach);
    }
    for map in &record.maps {
        let readers = match map.readers {
            Readers::Agents => "agents",
            Readers::Root => "root",
        };
        let frozen = if map.frozen { ", frozen" } else { "" };
        text += &format!("  map      {} (read by {readers}{frozen})\n", map.pin);
    }
    text
}
