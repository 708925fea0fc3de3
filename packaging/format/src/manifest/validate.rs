// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a manifest's values may be (§4.3 to §4.8).

use std::collections::BTreeSet;

use crate::{
    Date, Manifest, ManifestError, limits,
    manifest::{ProgramEntry, SOFTWARE_EVENTS, Variant},
    names::{
        is_attach_point, is_digest, is_identifier, is_package_name, is_place, is_sequence,
        is_symbol, is_target_name, is_text,
    },
};

type Check = Result<(), ManifestError>;

fn require(holds: bool, key: &'static str, must: &'static str) -> Check {
    if holds { Ok(()) } else { Err(ManifestError::Value(key, must)) }
}

const VERSION: &str = "MAJOR.MINOR.PATCH in decimal, without leading zeros";
const IDENTIFIER: &str = "a C identifier of at most 63 bytes";

impl Manifest {
    /// Checks every value.
    ///
    /// # Errors
    /// [`ManifestError::Version`] or [`ManifestError::Value`].
    pub fn validate(&self) -> Check {
        if self.format != 1 {
            return Err(ManifestError::Version(self.format));
        }
        self.check_header()?;
        self.check_variants()?;
        self.check_metrics()?;
        self.check_files()
    }

    fn check_header(&self) -> Check {
        require(is_package_name(&self.name), "name", "[a-z0-9][a-z0-9-]*, at most 63 bytes")?;
        require(parse_version(&self.version).is_some(), "version", VERSION)?;
        require(is_sequence(self.sequence), "sequence", "from 1 to 2^63-1")?;
        require(is_text(&self.summary), "summary", "one line without quotes or backslashes")?;
        require(is_text(&self.license), "license", "one line without quotes or backslashes")?;
        require(parse_version(&self.min_loader).is_some(), "min-loader", VERSION)?;
        let expires = self.expires.as_deref();
        require(expires.is_none_or(|d| Date::parse(d).is_some()), "expires", "a day, YYYY-MM-DD")
    }

    fn check_variants(&self) -> Check {
        count(self.variants.len(), 1, "variant")?;
        unique(self.variants.iter().map(|v| v.object.as_str()), "variant.object")?;
        for variant in &self.variants {
            let listed = self.files.iter().any(|f| f.name == variant.object);
            require(
                listed && variant.object.starts_with("objects/"),
                "variant.object",
                "a listed file below objects/",
            )?;
            count(variant.targets.len(), 1, "variant.targets")?;
            let good = variant.targets.iter().all(|t| is_target_name(t));
            require(good, "variant.targets", "[a-z0-9][a-z0-9.-]*, at most 48 bytes each")?;
            let sorted = variant.targets.is_sorted_by(|a, b| a < b);
            require(sorted, "variant.targets", "in ascending order, each once")?;
            variant.check_programs()?;
            variant.check_maps()?;
        }
        unique(self.variants.iter().flat_map(|v| &v.targets).map(String::as_str), "variant.targets")
    }

    /// At least one variant has the program that `metrics` names; variants for kernels without
    /// iterators have none.
    fn check_metrics(&self) -> Check {
        let Some(metrics) = &self.metrics else { return Ok(()) };
        let mut programs = self.variants.iter().flat_map(|v| &v.programs);
        let known = programs.any(|p| p.name == *metrics && p.attach.starts_with("iter/"));
        require(known, "metrics", "one of the listed programs, an iterator")
    }

    fn check_files(&self) -> Check {
        let sorted = self.files.is_sorted_by(|a, b| a.name < b.name);
        require(sorted, "file", "in ascending order of name, each once")?;
        for file in &self.files {
            require(is_text(&file.name), "file.name", "an entry's name")?;
            require(is_digest(&file.sm3), "file.sm3", "64 lowercase hexadecimal digits")?;
            require(is_digest(&file.sha256), "file.sha256", "64 lowercase hexadecimal digits")?;
        }
        Ok(())
    }
}

impl Variant {
    fn check_programs(&self) -> Check {
        count(self.programs.len(), 1, "program")?;
        unique(self.programs.iter().map(|p| p.name.as_str()), "program.name")?;
        for program in &self.programs {
            require(is_identifier(&program.name), "program.name", IDENTIFIER)?;
            require(is_attach_point(&program.attach), "program.attach", "an ELF section name")?;
            let map_known =
                program.map.as_ref().is_none_or(|m| self.maps.iter().any(|e| e.name == *m));
            require(map_known, "program.map", "one of the listed maps")?;
            let walks_map = program.attach == "iter/bpf_map_elem";
            require(
                program.map.is_some() == walks_map,
                "program.map",
                "given for iter/bpf_map_elem, and only there",
            )?;
            program.check_place()?;
            // One that is left out itself decides nothing, so that the loader needs no order.
            let decides = |p: &ProgramEntry| p.unless.is_none() && p.optional;
            let good = program
                .unless
                .as_ref()
                .is_none_or(|other| self.programs.iter().any(|p| p.name == *other && decides(p)));
            require(good, "program.unless", "an optional program that has no `unless`")?;
        }
        Ok(())
    }

    fn check_maps(&self) -> Check {
        count(self.maps.len(), 0, "map")?;
        unique(self.maps.iter().map(|m| m.name.as_str()), "map.name")?;
        unique(self.maps.iter().map(|m| m.pin.as_str()), "map.pin")?;
        for map in &self.maps {
            require(is_identifier(&map.name), "map.name", IDENTIFIER)?;
            require(is_identifier(&map.pin), "map.pin", IDENTIFIER)?;
        }
        Ok(())
    }
}

impl ProgramEntry {
    /// `at` is given where the section does not say where to attach, and only there.
    fn check_place(&self) -> Check {
        let at = self.at.as_deref();
        let good = match self.attach.as_str() {
            "perf_event" => at.is_some_and(|at| SOFTWARE_EVENTS.iter().any(|(n, _)| *n == at)),
            "uprobe" => at.is_some_and(is_place),
            _ => at.is_none(),
        };
        require(
            good,
            "program.at",
            "a software event for perf_event, a symbol for uprobe, and only there",
        )?;
        let symbol = self.with_symbol.as_deref();
        let good = symbol.is_none_or(|s| self.attach == "uprobe" && is_symbol(s));
        require(good, "program.with-symbol", "a symbol, for uprobe only")
    }
}

fn count(found: usize, least: usize, key: &'static str) -> Check {
    require((least..=limits::LISTED).contains(&found), key, "present, and at most 64 times")
}

fn unique<'a>(mut names: impl Iterator<Item = &'a str>, key: &'static str) -> Check {
    let mut seen = BTreeSet::new();
    require(names.all(|name| seen.insert(name)), key, "unique")
}

/// `MAJOR.MINOR.PATCH`, without leading zeros; comparable.
pub(crate) fn parse_version(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| {
        let plain =
            part.bytes().all(|c| c.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        plain.then(|| part.parse().ok()).flatten()
    });
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

impl Manifest {
    /// Whether a loader of this version is as new as the package asks.
    #[must_use]
    pub fn runs_on_loader(&self, loader: &str) -> bool {
        parse_version(&self.min_loader) <= parse_version(loader)
    }
}
