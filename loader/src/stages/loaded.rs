// SPDX-License-Identifier: Apache-2.0 OR MIT
//! In the kernel, not yet attached.

use std::{collections::BTreeMap, fmt};

use bpfsign_format::{Schema, bpf};
use bpfsign_verify::{Error, Reason, Record, Result};
use libbpf_rs::{MapHandle, Object, ObjectBuilder, OpenObject};

use super::{Approved, Plan, attach_ids::AttachIds};
use crate::{
    cause::root_cause,
    generation::ReadyHost,
    kernel::{
        SealedFile,
        btf::{Ahead, KernelBtf},
    },
    read,
};

/// An approved object that the kernel has verified and loaded. Dropped, it is
/// gone from the kernel.
pub struct Loaded<'h> {
    pub(super) host: &'h ReadyHost<'h>,
    pub(super) path: std::path::PathBuf,
    pub(super) object: Object,
    pub(super) plan: Plan,
    pub(super) record: Record,
    /// The sequence to remember.
    pub(super) highest: u64,
    /// What was verified, by the names of files.
    pub(super) source: Vec<(String, Vec<u8>)>,
    /// Pins of maps that keep the data of the generation before.
    pub(super) kept: BTreeMap<String, WasFrozen>,
}

/// Whether a map that is taken over is frozen already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WasFrozen(pub(super) bool);

impl fmt::Debug for Loaded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loaded({})", self.plan.name)
    }
}

impl Approved<'_> {
    /// Loads the object. Maps whose layout is that of the generation in force
    /// are taken over from it, with their data.
    ///
    /// # Errors
    /// [`Reason::Load`] with the end of the kernel's log.
    pub fn load<'h>(mut self, host: &'h ReadyHost<'h>) -> Result<Loaded<'h>> {
        let path = self.admitted.path().to_owned();
        let record = self.record();
        bpf::take_log();
        let fail = |error: libbpf_rs::Error| {
            let log = log_tail(&bpf::take_log());
            Error::new(path.clone(), Reason::Load { log, error: root_cause(&error) })
        };
        // Made for all programs.
        let all = self.choice.left_out.is_empty();
        let ahead = self.choice.ahead.take().filter(|_| all);
        let bytes = self.admitted.file(&self.choice.object);
        let in_force = |name: &str| self.plan.programs.iter().any(|p| p.name == name);
        let programs: Vec<_> =
            self.choice.facts.programs.iter().filter(|p| in_force(&p.name)).collect();
        let needed = ahead.and_then(Ahead::finish).unwrap_or_else(|| {
            KernelBtf::for_object(self.choice.types.as_ref(), &programs, self.package_btf())
        });
        let prepared = needed.and_then(Prepared::new);
        let mut object = open(bytes, prepared.as_ref()).map_err(fail)?;
        for mut program in object.progs_mut().filter(|p| !p.name().to_str().is_some_and(in_force)) {
            program.set_autoload(false);
        }
        let kept = take_over_maps(&self.plan, &mut object, host)?;
        let object = object.load().map_err(fail)?;
        let highest = self.admitted.highest_sequence();
        let source = self.admitted.into_verified().into_files();
        Ok(Loaded { host, path, object, plan: self.plan, record, highest, source, kept })
    }
}

/// A part of the kernel's BTF, handed to libbpf in place of the whole.
struct Prepared {
    types: SealedFile,
    _ids: Option<AttachIds>,
}

impl Prepared {
    fn new(needed: KernelBtf) -> Option<Self> {
        let types = SealedFile::new("bpfsign-btf", &needed.types).ok()?;
        let ids = match needed.hooks.is_empty() {
            true => None,
            false => Some(AttachIds::register(needed.hooks)?),
        };
        Some(Self { types, _ids: ids })
    }
}

fn open(bytes: &[u8], prepared: Option<&Prepared>) -> libbpf_rs::Result<OpenObject> {
    let mut builder = ObjectBuilder::default();
    builder.name("bpfsign")?;
    if let Some(prepared) = prepared {
        builder.btf_custom_path(prepared.types.path())?;
    }
    builder.open_memory(bytes)
}

/// Gives the object the pinned maps whose layout is unchanged, with their data.
fn take_over_maps(
    plan: &Plan,
    object: &mut OpenObject,
    host: &ReadyHost<'_>,
) -> Result<BTreeMap<String, WasFrozen>> {
    let mut kept = BTreeMap::new();
    let Some((before, record)) = read::in_force(host, &plan.name)? else {
        return Ok(kept);
    };
    for entry in &plan.maps {
        let pin = host.current(&plan.name).join("maps").join(&entry.pin);
        if !same_map(&before, &plan.schema, &entry.pin) || !pin.exists() {
            continue;
        }
        let map = MapHandle::from_pinned_path(&pin).map_err(libbpf_io(&pin))?;
        let mut maps = object.maps_mut();
        let Some(mut open) = maps.find(|m| m.name() == entry.name.as_str()) else { continue };
        if same_parameters(&map, &open) {
            open.reuse_fd(std::os::fd::AsFd::as_fd(&map)).map_err(libbpf_io(&pin))?;
            let frozen = record.maps.iter().any(|m| m.pin == entry.pin && m.frozen);
            kept.insert(entry.pin.clone(), WasFrozen(frozen));
        }
    }
    Ok(kept)
}

fn same_map(before: &Schema, after: &Schema, pin: &str) -> bool {
    match (before.maps.get(pin), after.maps.get(pin)) {
        (Some(before), Some(after)) => before.same_layout(after),
        _ => false,
    }
}

/// What the kernel itself says of the pinned map, against the object.
fn same_parameters(pinned: &MapHandle, open: &libbpf_rs::OpenMapMut<'_>) -> bool {
    use libbpf_rs::MapCore;
    pinned.map_type() == open.map_type()
        && pinned.key_size() == open.key_size()
        && pinned.value_size() == open.value_size()
        && pinned.max_entries() == open.max_entries()
}

fn libbpf_io(path: &std::path::Path) -> impl FnOnce(libbpf_rs::Error) -> Error + '_ {
    move |error| {
        let what = path.display().to_string();
        Error::new(path, Reason::Pin { what, error: root_cause(&error) })
    }
}

/// The last lines, where libbpf and the verifier say what is wrong.
fn log_tail(log: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<_> = log.lines().filter(|l| !l.trim().is_empty()).collect();
    let tail = &lines[lines.len().saturating_sub(LINES)..];
    tail.iter().map(|line| format!("\n  {line}")).collect()
}
