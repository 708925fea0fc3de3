// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign load`.

use std::path::{Path, PathBuf};

use bpfsign_format::manifest::Readers;
use bpfsign_loader::{Approved, ReadyHost, held_packages, recover};
use bpfsign_verify::{BtfSource, Host, Record, Sealed, watch_policy};

use super::log_refusal;
use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Verify a package, load it, attach its programs and pin its maps.
///
/// Nothing reaches the kernel before the signatures and the policy hold; there
/// is no way to turn that off. A package of the same name is replaced, and the
/// data of maps whose layout is unchanged is kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign load sched-latency-0.1.0.bpfpkg")]
pub struct Load {
    #[command(flatten)]
    host: HostArgs,
    /// The program file that uprobes attach to, where the package has any.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// A package, or an object whose signature lies beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Load {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let loaded = load(&host, &self.file, self.binary.as_deref())
            .map_err(|error| log_refusal(&host, &self.file, error))?;
        let mut text = text(&loaded.record, &host, &loaded.group);
        for line in loaded.notes {
            text += &format!("  note: {line}\n");
        }
        Ok(Report::of(text, &loaded.record))
    }
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) record: Record,
    /// The agents' group.
    group: String,
    /// What the operator should know.
    notes: Vec<String>,
}

pub(super) fn load(
    host: &Host,
    file: &Path,
    binary: Option<&Path>,
) -> bpfsign_verify::Result<Loaded> {
    let sealed = Sealed::read(file)?;
    let locked = host.clone().lock()?;
    let policy = locked.policy()?;
    let approved = Approved::of(policy.admit(sealed)?, binary)?;
    let note = approved.note().map(str::to_owned);
    let ready = ReadyHost::new(&locked, Some(&policy.group))?;
    watch_policy(&locked, &policy.sm3)?;
    let record = approved.load(&ready)?.pin()?.into_record();
    let notes = note.into_iter().chain(recover_others(&ready, &record.name)?).collect();
    Ok(Loaded { record, group: policy.group.clone(), notes })
}

/// Starts the holders of other packages that were killed, and says so.
fn recover_others(host: &ReadyHost<'_>, loaded: &str) -> bpfsign_verify::Result<Vec<String>> {
    let mut notes = Vec::new();
    for name in held_packages(host)?.iter().filter(|name| *name != loaded) {
        // `status` tells of packages that are broken in another way.
        match recover(host, name) {
            Ok(true) => notes.push(format!("the holder of {name} was gone; it is started again")),
            Ok(false) => {}
            Err(error) => notes.push(format!("{name} has no holder: {error}")),
        }
    }
    Ok(notes)
}

fn text(record: &Record, host: &Host, group: &str) -> String {
    let current = host.pin_root.join(&record.name).join("current");
    let current = current.display();
    let mut text = format!(
        "loaded {} {}, sequence {}, generation {}\n  object {}, {}\n",
        record.name,
        record.version,
        record.sequence,
        record.generation,
        record.object,
        btf(record.btf),
    );
    for program in &record.programs {
        let held = if program.link.is_none() { " (held by bpfsign hold)" } else { "" };
        text += &format!("  attached {} at {}{held}\n", program.name, program.attach);
    }
    for left in &record.left_out {
        text += &format!("  left out {} at {}: {}\n", left.program, left.attach, left.why);
    }
    for map in &record.maps {
        let readers = match map.readers {
            Readers::Agents => format!("read by group {group}"),
            Readers::Root => "read by root".to_owned(),
        };
        let kept = if map.kept { ", data kept" } else { "" };
        text += &format!("  pinned {current}/maps/{} ({readers}{kept})\n", map.pin);
    }
    if record.metrics {
        text += &format!("  metrics {current}/metrics\n");
    }
    text
}

/// Where the types of the kernel's structures came from, for people.
pub(crate) fn btf(source: BtfSource) -> &'static str {
    match source {
        BtfSource::None => "without BTF",
        BtfSource::Package => "BTF from the package",
        BtfSource::Kernel => "BTF from the kernel",
    }
}
