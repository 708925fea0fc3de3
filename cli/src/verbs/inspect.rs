// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign inspect`.

use std::path::PathBuf;

use bpfsign_host::{Failure, Report, Run};
use bpfsign_packaging::{Inspection, ObjectInspection, inspect};

use crate::errors::OrFailure;

/// Show what is in a package or an object, without trusting it.
///
/// Programs, sections, maps, helpers, instruction counts, licence, BTF and
/// CO-RE relocations. Signatures are listed, not verified.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign inspect sched-latency-0.1.0.bpfpkg")]
pub(crate) struct Inspect {
    /// A package or an object.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Inspect {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let inspection = inspect(&self.file).or_failure()?;
        Report::new(text(&inspection), &inspection)
    }
}

fn text(inspection: &Inspection) -> String {
    let mut text = String::new();
    if let Some(p) = &inspection.package {
        text += &format!("package {} {}, sequence {}\n", p.name, p.version, p.sequence);
        text += &format!("  {}\n  sm3 {}\n", p.summary, p.sm3);
        if let Some(day) = &p.expires {
            text += &format!("  last day {day}\n");
        }
        for (name, size) in &p.files {
            text += &format!("  file {name} ({size} bytes)\n");
        }
        for key in &p.signatures {
            text += &format!("  signature by {key} (not verified)\n");
        }
        if p.signatures.is_empty() {
            text += "  not signed\n";
        }
    }
    for (name, object) in &inspection.objects {
        text += &describe(name, object);
    }
    text
}

fn describe(name: &str, object: &ObjectInspection) -> String {
    let license = object.license.as_deref().unwrap_or("none");
    let btf = match object.btf_types {
        Some(types) => format!("{types} types"),
        None => "none".to_owned(),
    };
    let mut text = format!("object {name} ({} bytes)\n  sm3 {}\n", object.size, object.sm3);
    text += &format!("  licence {license:?}, BTF {btf}\n");
    for p in &object.programs {
        text += &format!(
            "  program {} ({}, {}): {} instructions\n    helpers {}\n",
            p.name,
            p.section,
            p.program_type,
            p.instructions,
            if p.helpers.is_empty() { "none".to_owned() } else { p.helpers.join(", ") }
        );
        if !p.kernel_functions.is_empty() {
            text += &format!("    kernel functions {}\n", p.kernel_functions.join(", "));
        }
    }
    for m in &object.maps {
        text += &format!(
            "  map {} ({}): key {} bytes, value {} bytes, at most {}\n",
            m.name, m.map_type, m.key_size, m.value_size, m.max_entries
        );
    }
    for (section, size) in &object.sections {
        if !section.is_empty() {
            text += &format!("  section {section} ({size} bytes)\n");
        }
    }
    for r in &object.core_relocations {
        text += &format!("  CO-RE {} {} in {}+{}\n", r.kind, r.target, r.section, r.instruction);
    }
    text
}
