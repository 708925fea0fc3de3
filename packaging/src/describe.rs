// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a variant's object holds, with what the author says of it.

use std::collections::BTreeMap;

use bpfsign_format::{
    MapSchema,
    bpf::{ObjectFacts, is_event_buffer, map_layouts},
    manifest::{MapEntry, ProgramEntry, Readers, Variant},
};

use crate::{
    Disagreement, Reason, Result,
    program::{MapOptions, ProgramFile},
    variants::Planned,
};

/// The maps of one variant by pin.
type Maps = BTreeMap<String, MapSchema>;

/// The variant's part of the manifest and of the schema.
pub(crate) fn describe(
    program: &ProgramFile,
    planned: &Planned<'_>,
    object: &[u8],
    facts: &ObjectFacts,
) -> Result<(Variant, Maps), Reason> {
    let layouts = map_layouts(object, facts)?;
    let mut maps = Vec::new();
    let mut schema = Maps::new();
    for (name, layout) in layouts {
        let options = program
            .maps
            .get(&name)
            .ok_or_else(|| Disagreement::UnnamedMap { map: name.clone() })?;
        if options.readers == Readers::Agents && is_event_buffer(&layout.map_type) {
            return Err(Disagreement::BufferForAgents { map: name }.into());
        }
        let pin = options.pin.clone().unwrap_or_else(|| name.clone());
        schema.insert(pin.clone(), annotate(&name, layout, options)?);
        maps.push(MapEntry { name, pin, readers: options.readers, frozen: options.frozen });
    }
    let programs = facts.programs.iter().map(|p| program.entry(&p.name, &p.section, facts));
    let variant = Variant {
        object: planned.object_name(),
        targets: planned.targets.iter().map(|t| t.name.clone()).collect(),
        programs: programs.collect(),
        maps,
    };
    Ok((variant, schema))
}

fn annotate(name: &str, mut map: MapSchema, options: &MapOptions) -> Result<MapSchema, Reason> {
    map.help.clone_from(&options.help);
    if let (Some(key), [field]) = (&options.key, map.key.fields.as_mut_slice()) {
        field.name.clone_from(key);
    }
    for (wanted, units) in &options.fields {
        let field = map.value.fields.iter_mut().find(|f| f.name == *wanted);
        let field = field
            .ok_or_else(|| Disagreement::NoField { map: name.to_owned(), field: wanted.clone() })?;
        field.unit.clone_from(&units.unit);
        field.histogram.clone_from(&units.histogram);
    }
    map.metrics.clone_from(&options.metrics);
    map.check_metrics().map_err(|why| Disagreement::Metric { map: name.to_owned(), why })?;
    Ok(map)
}

/// Checks that each map that agents read has the same layout in every variant that has it:
/// an agent reads the pin in one way on every kernel.
pub(crate) fn same_for_agents(
    variants: &[Variant],
    schemas: &BTreeMap<String, Maps>,
) -> Result<(), Disagreement> {
    let mut known: BTreeMap<&str, &MapSchema> = BTreeMap::new();
    for variant in variants {
        let Some(maps) = schemas.get(variant.name()) else { continue };
        for entry in variant.maps.iter().filter(|m| m.readers == Readers::Agents) {
            let Some(map) = maps.get(&entry.pin) else { continue };
            if !known.entry(&entry.pin).or_insert(map).same_layout(map) {
                return Err(Disagreement::LayoutDiffers { map: entry.pin.clone() });
            }
        }
    }
    Ok(())
}

impl ProgramFile {
    /// What the manifest says of a program of the object.
    fn entry(&self, name: &str, section: &str, facts: &ObjectFacts) -> ProgramEntry {
        let entry = ProgramEntry {
            name: name.to_owned(),
            attach: section.to_owned(),
            ..Default::default()
        };
        let Some(options) = self.programs.get(name) else { return entry };
        // Another program of the object; code for other kernels may lack it.
        let is_there = |other: &String| facts.programs.iter().any(|p| p.name == *other);
        ProgramEntry {
            map: options.map.clone(),
            at: options.at.clone(),
            with_symbol: options.with_symbol.clone(),
            optional: options.optional,
            unless: options.unless.clone().filter(is_there),
            ..entry
        }
    }

    /// Checks that every map and program that `program.toml` names is in one of the objects.
    pub(crate) fn check_named(&self, objects: &[ObjectFacts]) -> Result<(), Disagreement> {
        let has_map = |name: &String| objects.iter().flat_map(|o| &o.maps).any(|m| m.name == *name);
        if let Some(name) =
            named(self.maps.iter().map(|(n, o)| (n, o.optional))).find(|name| !has_map(name))
        {
            return Err(Disagreement::NoMap { map: name.clone() });
        }
        let has_program =
            |name: &String| objects.iter().flat_map(|o| &o.programs).any(|p| p.name == *name);
        let programs = named(self.programs.iter().map(|(n, o)| (n, o.optional)));
        match programs.chain(&self.metrics).find(|name| !has_program(name)) {
            Some(name) => Err(Disagreement::NoProgram { program: name.clone() }),
            None => Ok(()),
        }
    }
}

/// The names of those that are not optional.
fn named<'n>(all: impl Iterator<Item = (&'n String, bool)>) -> impl Iterator<Item = &'n String> {
    all.filter(|(_, optional)| !optional).map(|(name, _)| name)
}
