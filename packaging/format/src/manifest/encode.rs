// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The manifest's one encoding (§4.2). Valid strings need no escape (§4.4).

use std::fmt::Write;

use super::{FileEntry, MapEntry, ProgramEntry, Readers, Variant};
use crate::Manifest;

impl Manifest {
    /// The canonical bytes of a valid manifest.
    pub fn encode(&self) -> String {
        let mut out = String::new();
        number(&mut out, "format", self.format as u64);
        string(&mut out, "name", &self.name);
        string(&mut out, "version", &self.version);
        number(&mut out, "sequence", self.sequence);
        string(&mut out, "summary", &self.summary);
        string(&mut out, "license", &self.license);
        string(&mut out, "min-loader", &self.min_loader);
        for (key, value) in [("expires", &self.expires), ("metrics", &self.metrics)] {
            if let Some(value) = value {
                string(&mut out, key, value);
            }
        }
        self.variants.iter().for_each(|v| v.encode(&mut out));
        self.files.iter().for_each(|f| f.encode(&mut out));
        out
    }
}

impl Variant {
    fn encode(&self, out: &mut String) {
        out.push_str("\n[[variant]]\n");
        string(out, "object", &self.object);
        let targets: Vec<_> = self.targets.iter().map(|t| format!("\"{t}\"")).collect();
        line(out, "targets", format_args!("[{}]", targets.join(", ")));
        self.programs.iter().for_each(|p| p.encode(out));
        self.maps.iter().for_each(|m| m.encode(out));
    }
}

impl ProgramEntry {
    fn encode(&self, out: &mut String) {
        out.push_str("\n[[variant.program]]\n");
        string(out, "name", &self.name);
        string(out, "attach", &self.attach);
        let given = [("map", &self.map), ("at", &self.at), ("with-symbol", &self.with_symbol)];
        for (key, value) in given {
            if let Some(value) = value {
                string(out, key, value);
            }
        }
        if self.optional {
            line(out, "optional", format_args!("true"));
        }
        if let Some(unless) = &self.unless {
            string(out, "unless", unless);
        }
    }
}

impl MapEntry {
    fn encode(&self, out: &mut String) {
        out.push_str("\n[[variant.map]]\n");
        string(out, "name", &self.name);
        string(out, "pin", &self.pin);
        string(
            out,
            "readers",
            match self.readers {
                Readers::Agents => "agents",
                Readers::Root => "root",
            },
        );
        line(out, "frozen", format_args!("{}", self.frozen));
    }
}

impl FileEntry {
    fn encode(&self, out: &mut String) {
        out.push_str("\n[[file]]\n");
        string(out, "name", &self.name);
        number(out, "size", self.size);
        string(out, "sm3", &self.sm3);
        string(out, "sha256", &self.sha256);
    }
}

fn string(out: &mut String, key: &str, value: &str) {
    line(out, key, format_args!("\"{value}\""));
}

fn number(out: &mut String, key: &str, value: u64) {
    line(out, key, format_args!("{value}"));
}

fn line(out: &mut String, key: &str, value: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{key} = {value}");
}
