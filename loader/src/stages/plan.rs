// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is to be loaded, attached and pinned: from the manifest, where there
//! is one, and checked against the object; from the object alone otherwise.

use std::{collections::BTreeMap, path::Path};

use bpfsign_format::{
    MapSchema, Package, PackageSchema, SCHEMA, Schema,
    bpf::{ObjectFacts, map_layouts},
    is_identifier,
    manifest::{Manifest, MapEntry, ProgramEntry, Readers, Variant},
};

use super::agree::{check_maps, check_programs};
use crate::{LeftOut, Reason, hold::place_in};

/// The pin of a package's text, and how the names start of iterators that print more
/// of it, and of their pins (§4.5 of package-v1).
pub(super) const METRICS: &str = "metrics";
const MORE_METRICS: &str = "metrics_";

/// What is to be loaded, attached and pinned.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) version: String,
    /// 0 for a bare object.
    pub(crate) sequence: u64,
    /// The object's name in the package, or the file's.
    pub(crate) object: String,
    /// Those that are in force.
    pub(crate) programs: Vec<ProgramEntry>,
    /// Where those attach whose section leaves that open, by name.
    places: BTreeMap<String, String>,
    pub(crate) maps: Vec<MapEntry>,
    pub(crate) metrics: Option<String>,
    pub(crate) schema: Schema,
}

impl Plan {
    /// The manifest's plan, after checking that the object agrees with it.
    pub(super) fn for_package(
        manifest: &Manifest,
        container: &Package,
        object: (String, &[u8]),
        facts: &ObjectFacts,
    ) -> Result<Self, Reason> {
        let missing = |what: &str| Reason::Mismatch(format!("there is no {what}"));
        let variant = manifest.variants.iter().find(|v| v.object == object.0);
        let variant = variant.ok_or_else(|| missing(&object.0))?;
        check_programs(variant, facts)?;
        check_maps(variant, facts)?;
        let schema = container.file(SCHEMA).ok_or_else(|| missing(SCHEMA))?;
        let schema = PackageSchema::parse(schema).map_err(Reason::Format)?;
        let schema = schema
            .variant(variant.name())
            .ok_or_else(|| missing(&format!("variant `{}` in {SCHEMA}", variant.name())))?;
        check_schema(variant, &schema, object.1, facts)?;
        Ok(Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sequence: manifest.sequence,
            object: object.0,
            programs: variant.programs.clone(),
            places: BTreeMap::new(),
            maps: variant.maps.clone(),
            metrics: manifest.metrics.clone(),
            schema,
        })
    }

    /// The plan for a bare object: every map pinned for root alone, since
    /// nobody signed that agents may read it.
    pub(super) fn for_object(
        name: &str,
        bytes: &[u8],
        facts: &ObjectFacts,
    ) -> Result<Self, Reason> {
        let programs = facts.programs.iter().map(|p| ProgramEntry {
            name: p.name.clone(),
            attach: p.section.clone(),
            ..ProgramEntry::default()
        });
        let programs: Vec<_> = programs.collect();
        if let Some(p) = programs.iter().find(|p| ["uprobe", "perf_event"].contains(&&*p.attach)) {
            let what = format!("only a manifest can say where `{}` attaches", p.name);
            return Err(Reason::Mismatch(what));
        }
        // They become names of pins. A manifest's are checked when it is parsed.
        let maps = facts.maps.iter().filter(|m| !m.internal).map(|m| &m.name);
        if let Some(name) = programs.iter().map(|p| &p.name).chain(maps).find(|n| !is_identifier(n))
        {
            return Err(Reason::Mismatch(format!("{name:?} is no C identifier")));
        }
        if let Some(p) = programs.iter().find(|p| p.attach == "iter/bpf_map_elem") {
            let what = format!("`{}` walks a map, and only a manifest can say which", p.name);
            return Err(Reason::Mismatch(what));
        }
        let maps = map_layouts(bytes, facts).map_err(Reason::Object)?;
        let entry = |name: &String| MapEntry {
            name: name.clone(),
            pin: name.clone(),
            readers: Readers::Root,
            frozen: false,
        };
        let version = "0.0.0".to_owned();
        Ok(Self {
            name: name.to_owned(),
            sequence: 0,
            object: format!("{name}.bpf.o"),
            programs,
            places: BTreeMap::new(),
            maps: maps.keys().map(entry).collect(),
            metrics: None,
            schema: Schema { schema: 1, package: name.to_owned(), version: version.clone(), maps },
            version,
        })
    }
}

impl Plan {
    /// The plan without the programs that are left out; `binary` is the program file that
    /// uprobes attach to.
    pub(super) fn in_force(self, left_out: &[LeftOut], binary: Option<&Path>) -> Self {
        let is_in = |p: &ProgramEntry| left_out.iter().all(|l| l.program != p.name);
        let programs: Vec<_> = self.programs.into_iter().filter(is_in).collect();
        let places = programs
            .iter()
            .filter_map(|p| Some((p.name.clone(), open_place(p, binary)?)))
            .collect();
        Self { programs, places, ..self }
    }

    /// What a program's pin is called that prints text for agents; `None` for all
    /// others. Text of more than one family is split, since a walk prints one.
    pub(super) fn text_pin(&self, entry: &ProgramEntry) -> Option<String> {
        if self.metrics.as_ref() == Some(&entry.name) {
            return Some(METRICS.to_owned());
        }
        let more = entry.attach.starts_with("iter/") && entry.name.starts_with(MORE_METRICS);
        (more && self.metrics.is_some()).then(|| entry.name.clone())
    }

    /// Where a program attaches: its section, and what that leaves open.
    pub(super) fn place<'p>(&'p self, entry: &'p ProgramEntry) -> &'p str {
        self.places.get(&entry.name).unwrap_or(&entry.attach)
    }
}

/// Section and place of a program whose section leaves its place open.
fn open_place(entry: &ProgramEntry, binary: Option<&Path>) -> Option<String> {
    let at = entry.at.as_ref()?;
    match entry.attach.as_str() {
        "uprobe" => {
            let binary = binary?;
            // Looked for and found when the programs were selected.
            let place = place_in(binary, at).unwrap_or_else(|| at.clone());
            Some(format!("uprobe/{}:{place}", binary.display()))
        }
        section => Some(format!("{section}/{at}")),
    }
}

/// The schema describes exactly the listed maps, as the object lays them out.
fn check_schema(
    variant: &Variant,
    schema: &Schema,
    object: &[u8],
    facts: &ObjectFacts,
) -> Result<(), Reason> {
    let layouts = map_layouts(object, facts).map_err(Reason::Object)?;
    let real: BTreeMap<&str, &MapSchema> =
        variant.maps.iter().filter_map(|m| Some((m.pin.as_str(), layouts.get(&m.name)?))).collect();
    for (pin, map) in &real {
        if !schema.maps.get(*pin).is_some_and(|s| s.same_layout(map)) {
            return Err(Reason::SchemaMismatch((*pin).to_owned()));
        }
    }
    match schema.maps.keys().find(|pin| !real.contains_key(pin.as_str())) {
        Some(pin) => Err(Reason::SchemaMismatch(pin.clone())),
        None => Ok(()),
    }
}
