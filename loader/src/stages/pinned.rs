// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attached, pinned and in force.

use std::{fs::File, io, os::fd::AsFd, path::Path};

use bpfsign_format::manifest::{MapEntry, ProgramEntry, Readers};
use bpfsign_verify::{
    At, Error, Event, MapRecord, Mismatch, ProgramRecord, Reason, Record, Result, Served, append,
    seconds_now,
};
use libbpf_rs::{IterOpts, Link, MapCore, MapMut, Program, ProgramMut};

use super::{Loaded, loaded::WasFrozen, plan::METRICS};
use crate::{
    cause::root_cause,
    generation::{Generation, RECORD_FILE, SCHEMA_FILE, sweep_package},
    holder::Holder,
    kernel::{Hook, file_offset},
    read::{EVENTS, LAST_EVENT},
};

/// A package in force: agents find its pins, and its programs run whether or
/// not this process lives.
#[derive(Debug)]
pub struct Pinned {
    record: Record,
}

impl Pinned {
    /// What was loaded.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// What was loaded, to keep.
    pub fn into_record(self) -> Record {
        self.record
    }
}

impl Loaded<'_> {
    /// Pins everything in a new generation, attaches, then puts the generation
    /// in force with one rename and takes the one before away. Until the
    /// rename a failure undoes it all.
    ///
    /// # Errors
    /// [`Reason::Attach`], [`Reason::Pin`], [`Reason::LinkNotPinnable`],
    /// [`Reason::Io`].
    pub fn pin(mut self) -> Result<Pinned> {
        let change = self.host.begin()?;
        let generation = Generation::create(self.host, &self.plan.name)?;
        self.record.generation = generation.number();
        self.pin_maps(&generation)?;
        self.pin_programs(&generation)?;
        self.attach(&generation)?;
        self.take_census(&generation)?;
        self.record.served = self.served();
        self.write_run_files(&generation)?;
        let holder = self.hold(&generation)?;
        // Remembered before it can run: a crash in between must not let an
        // older release in.
        self.host.raise_sequence(&self.plan.name, self.highest)?;
        self.host.raise_clock(0)?;
        // And logged: nothing runs that the log does not tell of.
        append(self.host, Event::load(&self.record))?;
        generation.commit()?;
        if let Some(holder) = holder {
            holder.finish();
        }
        sweep_package(self.host, &self.plan.name)?;
        change.done();
        Ok(Pinned { record: self.record })
    }

    /// Text that a walk over the kernel's own objects prints is read once: on the
    /// way, such programs count what there is into maps.
    fn take_census(&self, generation: &Generation) -> Result<()> {
        let walks = |p: &&ProgramEntry| p.attach.starts_with("iter/") && p.map.is_none();
        for entry in self.plan.programs.iter().filter(walks) {
            let Some(pin) = self.plan.text_pin(entry).map(|name| generation.join(&name)) else {
                continue;
            };
            let mut text = File::open(&pin).at(&pin)?;
            io::copy(&mut text, &mut io::sink()).at(&pin)?;
        }
        Ok(())
    }

    fn pin_maps(&mut self, generation: &Generation) -> Result<()> {
        let plan = &self.plan;
        for mut map in self.object.maps_mut() {
            let Some(entry) = plan.maps.iter().find(|e| map.name() == e.name.as_str()) else {
                continue;
            };
            let kept = self.kept.get(&entry.pin).copied();
            let was_frozen = kept == Some(WasFrozen(true));
            let frozen = pin_map(&mut map, entry, was_frozen, generation)?;
            self.record.maps.push(MapRecord {
                pin: entry.pin.clone(),
                readers: entry.readers,
                frozen,
                kept: kept.is_some(),
                id: map_number(&map).map_err(|e| pin_failed(Path::new(&entry.pin), &e))?,
            });
        }
        Ok(())
    }

    fn pin_programs(&self, generation: &Generation) -> Result<()> {
        let in_force =
            |p: &ProgramMut<'_>| self.plan.programs.iter().any(|e| p.name() == e.name.as_str());
        for mut program in self.object.progs_mut().filter(in_force) {
            let pin = generation.join("programs").join(program.name());
            program.pin(&pin).map_err(|e| pin_failed(&pin, &e))?;
            generation.keep_private(&pin)?;
        }
        Ok(())
    }

    fn attach(&mut self, generation: &Generation) -> Result<()> {
        for entry in &self.plan.programs {
            let program = self.object.progs_mut().find(|p| p.name() == entry.name.as_str());
            let program = program.ok_or_else(|| {
                let what = format!("program `{}`", entry.name);
                Error::new(&self.path, Mismatch::NotInObject(what))
            })?;
            let text = self.plan.text_pin(entry);
            let is_text = text.is_some();
            let name = text.unwrap_or_else(|| format!("links/{}", entry.name));
            let pin = generation.join(&name);
            // One event for each CPU, which come and go: for a holder to keep.
            let pinned = match entry.attach == "perf_event" {
                true => self.leave_to_holder(entry)?,
                false => self.pin_link(self.attach_one(&program, entry)?, entry, &pin)?,
            };
            match is_text {
                _ if !pinned => {}
                true => generation.share(&pin)?,
                false => generation.keep_private(&pin)?,
            }
            self.record.metrics |= name == METRICS && pinned;
            self.record.programs.push(ProgramRecord {
                name: entry.name.clone(),
                attach: self.plan.place(entry).to_owned(),
                id: Program::id_from_fd(program.as_fd()).map_err(|e| pin_failed(&pin, &e))?,
                link: pinned.then_some(name),
            });
        }
        Ok(())
    }

    fn attach_one(&self, program: &ProgramMut<'_>, entry: &ProgramEntry) -> Result<Link> {
        let walked = entry
            .map
            .as_ref()
            .and_then(|name| self.object.maps().find(|m| m.name() == name.as_str()));
        let link = match walked {
            Some(map) => program.attach_iter(map.as_fd()),
            // Programs whose hook's number we told libbpf have lost their section's handler.
            None if by_number(&entry.attach) => program.attach_trace(),
            None if entry.attach == "uprobe" => self.attach_uprobe(program, entry),
            None if entry.attach.starts_with("iter/") => {
                program.attach_iter_with_opts(IterOpts::None)
            }
            None => program.attach(),
        };
        link.map_err(|error| {
            let program = entry.name.clone();
            let reason = Reason::Attach { program, error: root_cause(&error) };
            Error::new(self.path.clone(), reason)
        })
    }

    fn attach_uprobe(
        &self,
        program: &ProgramMut<'_>,
        entry: &ProgramEntry,
    ) -> libbpf_rs::Result<Link> {
        const EVERY_PROCESS: i32 = -1;
        let place = Hook::parse(self.plan.place(entry));
        let Some(Hook::Uprobe { file, place, .. }) = place else { return program.attach() };
        let offset = file_offset(Path::new(&file), &place).unwrap_or(u64::MAX);
        program.attach_uprobe(false, EVERY_PROCESS, file, offset as usize)
    }

    /// Pins a link. Where the kernel cannot, says `false` and detaches it again
    /// if a holder can keep one.
    fn pin_link(&self, mut link: Link, entry: &ProgramEntry, pin: &Path) -> Result<bool> {
        let Err(error) = link.pin(pin) else { return Ok(true) };
        // A perf event: pinnable from 5.15 only; raw tracepoints from 5.7.
        if error.kind() != libbpf_rs::ErrorKind::InvalidInput {
            return Err(pin_failed(pin, &error));
        }
        self.leave_to_holder(entry)
    }

    /// `false`: it has no pin, and a holder keeps it.
    fn leave_to_holder(&self, entry: &ProgramEntry) -> Result<bool> {
        match Hook::parse(self.plan.place(entry)) {
            Some(_) if self.host.holder.is_some() => Ok(false),
            _ => Err(Error::new(self.path.clone(), Reason::LinkNotPinnable(entry.name.clone()))),
        }
    }

    /// What a holder is to give agents, where there can be one.
    fn served(&self) -> Vec<Served> {
        let maps = &self.plan.schema.maps;
        let has_metrics = maps.values().any(|m| !m.metrics.is_empty());
        let served = [
            (maps.contains_key(EVENTS) && maps.contains_key(LAST_EVENT), Served::Events),
            (has_metrics && !self.record.metrics, Served::Metrics),
        ];
        let asked = served.into_iter().filter(|(is_served, _)| *is_served).map(|(_, what)| what);
        asked.filter(|_| self.host.holder.is_some()).collect()
    }

    /// Has a holder attach what could not be pinned. While the connection is
    /// open, it keeps the generation before as well.
    fn hold(&self, generation: &Generation) -> Result<Option<Holder>> {
        if !self.record.needs_holder() {
            return Ok(None);
        }
        let mut holder = Holder::of(self.host, &self.plan.name)?;
        holder.attach(generation.number())?;
        Ok(Some(holder))
    }

    /// Schema and record, for agents and for `status`.
    fn write_run_files(&mut self, generation: &Generation) -> Result<()> {
        self.record.loaded_at = seconds_now();
        let record = serde_json::to_vec_pretty(&self.record)
            .map_err(|e| Error::new(RECORD_FILE, Reason::Io(e.into())))?;
        generation.write_run_file(SCHEMA_FILE, &self.plan.schema.encode())?;
        generation.write_run_file(RECORD_FILE, &record)?;
        self.source.iter().try_for_each(|(name, bytes)| generation.keep_source(name, bytes))
    }
}

/// Whether libbpf attaches by a number of the kernel's BTF alone.
fn by_number(section: &str) -> bool {
    ["tp_btf/", "fentry/", "fexit/"].iter().any(|start| section.starts_with(start))
}

/// Pins a map, and freezes it where the manifest asks for that and the kernel
/// can (from Linux 5.2); whether it is frozen.
fn pin_map(
    map: &mut MapMut<'_>,
    entry: &MapEntry,
    was_frozen: bool,
    generation: &Generation,
) -> Result<bool> {
    let pin = generation.join("maps").join(&entry.pin);
    map.pin(&pin).map_err(|e| pin_failed(&pin, &e))?;
    match entry.readers {
        Readers::Agents => generation.share(&pin)?,
        Readers::Root => generation.keep_private(&pin)?,
    }
    // There is no thawing, and freezing a frozen map is an error to the kernel.
    if was_frozen || !entry.frozen {
        return Ok(was_frozen);
    }
    let handle = libbpf_rs::MapHandle::try_from(&*map).map_err(|e| pin_failed(&pin, &e))?;
    match handle.freeze() {
        Ok(()) => Ok(true),
        // The kernel does not know the command.
        Err(error) if error.kind() == libbpf_rs::ErrorKind::InvalidInput => Ok(false),
        Err(error) => Err(pin_failed(&pin, &error)),
    }
}

fn map_number(map: &MapMut<'_>) -> libbpf_rs::Result<u32> {
    Ok(libbpf_rs::MapHandle::try_from(map)?.info()?.info.id)
}

fn pin_failed(pin: &Path, error: &libbpf_rs::Error) -> Error {
    let what = pin.display().to_string();
    Error::new(pin, Reason::Pin { what, error: root_cause(error) })
}
