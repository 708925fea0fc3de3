// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What runs, against what was allowed (§4 of audit-v1).

use std::{collections::BTreeSet, fs, os::fd::AsFd, path::Path, thread, time::Duration};

use bpfsign_format::bpf::program_type_name;
use bpfsign_verify::{Host, Policy, Record, Result};
use libbpf_rs::{
    Link, MapCore, MapHandle, Program,
    query::{LinkInfo, LinkInfoIter, LinkTypeInfo, ProgInfoIter, ProgramInfo},
};
use serde::Serialize;

use super::reverify::reverify;
use crate::read::{Health, packages, status};

/// What an operator should look at; nothing on a clean host.
#[derive(Debug, Default, Serialize)]
pub struct Live {
    /// Programs in the kernel that bpfsign did not load.
    pub foreign: Vec<Foreign>,
    /// What is not as it was loaded, or would not be loaded today.
    pub problems: Vec<Problem>,
}

/// A program that bpfsign did not load.
#[derive(Debug, Clone, Serialize)]
pub struct Foreign {
    /// The kernel's number.
    pub id: u32,
    /// Its type, in lower case.
    #[serde(rename = "type")]
    pub program_type: String,
    /// At most fifteen bytes.
    pub name: String,
    /// The kernel's digest of its instructions, 16 hexadecimal digits.
    pub tag: String,
    /// The user who loaded it.
    pub uid: u32,
    /// Seconds between the boot and its loading.
    pub loaded_after: u64,
    /// Where its links attach it, as far as the kernel tells.
    pub attached: Vec<String>,
    /// Processes with a descriptor of it: number and name.
    pub processes: Vec<(u32, String)>,
}

/// A loaded package, or a part of one, that is not as it should be.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// A pin of a loaded package is gone: load the package again.
    MissingPin {
        /// The package.
        package: String,
        /// The pin, below the generation directory.
        pin: String,
    },
    /// A pin of a loaded package holds something else than was loaded.
    ChangedPin {
        /// The package.
        package: String,
        /// The pin, below the generation directory.
        pin: String,
    },
    /// A program is detached, since the holder that kept its link is gone.
    Unheld {
        /// The package.
        package: String,
        /// The C function.
        program: String,
    },
    /// Today's policy would refuse a loaded package.
    Refused {
        /// The package.
        package: String,
        /// The reason's code.
        code: String,
        /// What the reason says.
        message: String,
    },
    /// What is known of a loaded package cannot be read.
    Unreadable {
        /// The package.
        package: String,
        /// Why not.
        message: String,
    },
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MissingPin { package, pin } => write!(f, "{package}: its pin {pin} is gone"),
            Self::ChangedPin { package, pin } => {
                write!(f, "{package}: its pin {pin} is not what was loaded")
            }
            Self::Unheld { package, program } => {
                write!(f, "{package}: program {program} is detached, its holder is gone")
            }
            Self::Refused { package, message, .. } => {
                write!(f, "{package}: would be refused today: {message}")
            }
            Self::Unreadable { package, message } => write!(f, "{package}: {message}"),
        }
    }
}

impl Live {
    /// Whether everything is as it was allowed.
    pub fn is_clean(&self) -> bool {
        self.foreign.is_empty() && self.problems.is_empty()
    }
}

/// Compares the kernel with what bpfsign loaded and with today's policy.
///
/// # Errors
/// [`NoPrivilege`](bpfsign_verify::Reason::NoPrivilege); [`Io`](bpfsign_verify::Reason::Io).
pub fn live(host: &Host, policy: &Policy) -> Result<Live> {
    host.check_attach_privilege()?;
    let mut live = Live::default();
    let mut ours = BTreeSet::new();
    for name in packages(host)? {
        let found = status(host, &name);
        let problem = |message: String| Problem::Unreadable { package: name.clone(), message };
        match found {
            Err(error) => live.problems.push(problem(error.to_string())),
            Ok(found) => {
                ours.extend(found.record.programs.iter().map(|p| p.id));
                live.problems.extend(health(&found.record, &found.health));
                live.problems.extend(pins(host, &found.record));
                if let Err(error) = reverify(host, policy, &found.record) {
                    let code = error.reason.code().to_owned();
                    let message = error.reason.to_string();
                    live.problems.push(Problem::Refused { package: name.clone(), code, message });
                }
            }
        }
    }
    live.foreign = foreign(&ours);
    Ok(live)
}

fn health(record: &Record, health: &Health) -> Vec<Problem> {
    let package = || record.name.clone();
    match health {
        Health::Loaded => Vec::new(),
        Health::Broken(missing) => missing
            .iter()
            .map(|pin| Problem::MissingPin { package: package(), pin: pin.clone() })
            .collect(),
        Health::Unheld(programs) => programs
            .iter()
            .map(|program| Problem::Unheld { package: package(), program: program.clone() })
            .collect(),
    }
}

/// Pins that are there and hold something else, and programs' pins that are
/// gone.
fn pins(host: &Host, record: &Record) -> Vec<Problem> {
    let current = host.current(&record.name);
    let mut problems = Vec::new();
    let mut judge = |pin: String, is: Option<u32>, was: u32| {
        let package = record.name.clone();
        match is {
            Some(id) if id == was => {}
            Some(_) => problems.push(Problem::ChangedPin { package, pin }),
            // Missing links and maps are part of the package's health; missing programs are not.
            None if pin.starts_with("programs/") => {
                problems.push(Problem::MissingPin { package, pin });
            }
            None => {}
        }
    };
    for program in &record.programs {
        let pin = format!("programs/{}", program.name);
        let id = program_id(&current.join(&pin));
        judge(pin, id, program.id);
        if let Some(link) = &program.link {
            judge(link.clone(), linked_program(&current.join(link)), program.id);
        }
    }
    for map in &record.maps {
        let pin = format!("maps/{}", map.pin);
        let id = map_id(&current.join(&pin));
        judge(pin, id, map.id);
    }
    problems
}

fn program_id(pin: &Path) -> Option<u32> {
    let fd = Program::fd_from_pinned_path(pin).ok()?;
    Program::id_from_fd(fd.as_fd()).ok()
}

fn linked_program(pin: &Path) -> Option<u32> {
    let link = Link::open(pin).ok()?;
    LinkInfo::from_fd(link.as_fd()).ok().map(|info| info.prog_id)
}

fn map_id(pin: &Path) -> Option<u32> {
    MapHandle::from_pinned_path(pin).ok()?.info().ok().map(|info| info.info.id)
}

/// Programs of others. The kernel frees what was detached a moment later, so
/// only what is still there after one counts.
fn foreign(ours: &BTreeSet<u32>) -> Vec<Foreign> {
    let others = || ProgInfoIter::default().filter(|p| !ours.contains(&p.id)).collect::<Vec<_>>();
    if others().is_empty() {
        return Vec::new();
    }
    let before: BTreeSet<u32> = others().iter().map(|p| p.id).collect();
    thread::sleep(Duration::from_millis(200));
    let still: Vec<_> = others().into_iter().filter(|p| before.contains(&p.id)).collect();
    let links: Vec<LinkInfo> = LinkInfoIter::default().collect();
    let holders = holders();
    still.iter().map(|program| describe(program, &links, &holders)).collect()
}

fn describe(program: &ProgramInfo, links: &[LinkInfo], holders: &[(u32, u32, String)]) -> Foreign {
    let attached = links.iter().filter(|l| l.prog_id == program.id).map(attach_point);
    let processes = holders.iter().filter(|(id, ..)| *id == program.id);
    Foreign {
        id: program.id,
        program_type: program_type_name(program.ty as u32).to_owned(),
        name: program.name.to_string_lossy().into_owned(),
        tag: program.tag.0.iter().map(|byte| format!("{byte:02x}")).collect(),
        uid: program.created_by_uid,
        loaded_after: program.load_time.as_secs(),
        attached: attached.collect(),
        processes: processes.map(|(_, pid, name)| (*pid, name.clone())).collect(),
    }
}

fn attach_point(link: &LinkInfo) -> String {
    match &link.info {
        LinkTypeInfo::RawTracepoint(info) => format!("raw_tp/{}", info.name),
        LinkTypeInfo::Tracing(info) => {
            format!("{:?}, BTF type {}", info.attach_type, info.target_btf_id)
        }
        LinkTypeInfo::Iter(info) => format!("iter/{}", info.target_name.to_string_lossy()),
        LinkTypeInfo::Cgroup(info) => format!("cgroup {}", info.cgroup_id),
        LinkTypeInfo::Xdp(info) => format!("xdp on interface {}", info.ifindex),
        LinkTypeInfo::PerfEvent(info) => format!("{:?}", info.event_type),
        _ => format!("link {}", link.id),
    }
}

/// Program, process and its name, for every descriptor of a program
/// (proc_pid_fdinfo(5), `prog_id`).
fn holders() -> Vec<(u32, u32, String)> {
    let mut found = Vec::new();
    let numbers = |path: &Path| {
        let listing = fs::read_dir(path).into_iter().flatten().flatten();
        listing.map(|e| e.path()).collect::<Vec<_>>()
    };
    for process in numbers(Path::new("/proc")) {
        let pid = process.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse().ok());
        let Some(pid) = pid else { continue };
        for descriptor in numbers(&process.join("fdinfo")) {
            let text = fs::read_to_string(descriptor).unwrap_or_default();
            let id = text.lines().find_map(|l| l.strip_prefix("prog_id:")?.trim().parse().ok());
            if let Some(id) = id {
                let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
                found.push((id, pid, name.trim_end().to_owned()));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
