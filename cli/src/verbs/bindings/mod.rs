// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign bindings`.

mod c;
mod go;
mod model;
mod python;
mod rust;

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use bpfsign_files::write_whole;
use bpfsign_format::{MapSchema, PackageSchema, SCHEMA, is_package_name, manifest::Readers};
use bpfsign_host::{Failure, HostArgs, Report, Run, TrustArgs};
use bpfsign_loader::{schema, status};
use bpfsign_verify::{At, Error, Host, Mismatch, Sealed, Verified};
use model::Model;
use serde_json::json;

/// Write code that reads a package's maps, from its signed schema.
///
/// For the maps that agents may read: types with the fields at their offsets, and functions
/// that open the pins read-only and compare their sizes with the schema's. The code needs
/// nothing but the language's standard library (for C, libc).
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign bindings sched-latency --lang python -o latency.py")]
pub(crate) struct Bindings {
    /// The language.
    #[arg(long, value_enum)]
    lang: Language,
    /// The file to write, in place of one that is there; otherwise standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    host: HostArgs,
    /// A loaded package, or a package file, which is verified.
    #[arg(value_name = "NAME|FILE")]
    package: String,
}

/// Languages that bindings are written in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Language {
    /// A header.
    C,
    /// A module.
    Rust,
    /// A package.
    Go,
    /// A module.
    Python,
}

impl Run for Bindings {
    fn run(self, as_json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let model = match is_package_name(&self.package) {
            true => of_loaded(&host, &self.package)?,
            false => {
                let file = Path::new(&self.package);
                let verified = Sealed::read(file)?.verify(&self.trust.or_policy(&host)?)?;
                of_package(file, &verified)?
            }
        };
        let code = match self.lang {
            Language::C => c::generate(&model),
            Language::Rust => rust::generate(&model),
            Language::Go => go::generate(&model),
            Language::Python => python::generate(&model),
        };
        if let Some(file) = &self.output {
            write_whole(file, code.as_bytes(), 0o644).map_err(|e| Failure::io(file, &e))?;
            let maps: Vec<&str> = model.maps.iter().map(|m| m.pin.as_str()).collect();
            let text = format!("wrote {} for {}\n", file.display(), maps.join(", "));
            return Report::new(text, &json!({ "file": file, "maps": maps }));
        }
        if as_json {
            return Report::new("", &json!({ "package": model.package, "code": code }));
        }
        let mut out = std::io::stdout().lock();
        let written = out.write_all(code.as_bytes());
        let written = written.map_err(|e| Error::new("standard output", e));
        Report::streamed(written, &mut out)
    }
}

fn of_loaded(host: &Host, name: &str) -> Result<Model, Failure> {
    let schema = schema(host, name)?;
    let record = status(host, name)?.record;
    let is_shared =
        |pin: &String| record.maps.iter().any(|m| m.pin == *pin && m.readers == Readers::Agents);
    let maps = schema.maps.into_iter().filter(|(pin, _)| is_shared(pin)).collect();
    Ok(Model::new(&schema.package, &schema.version, maps))
}

/// What agents read is laid out alike in all variants that have it.
fn of_package(file: &Path, verified: &Verified) -> Result<Model, Failure> {
    let manifest = verified.manifest().ok_or(Mismatch::NoReaders).at(file)?;
    let schema = verified.payload().into_iter().find(|(name, _)| name == SCHEMA);
    let (_, bytes) = schema.ok_or_else(|| Mismatch::Missing(SCHEMA.to_owned())).at(file)?;
    let schema = PackageSchema::parse(bytes).at(file)?;
    let mut maps: BTreeMap<String, MapSchema> = BTreeMap::new();
    for variant in &manifest.variants {
        let Some(described) = schema.variants.get(variant.name()) else { continue };
        for entry in variant.maps.iter().filter(|m| m.readers == Readers::Agents) {
            if let Some(map) = described.get(&entry.pin) {
                maps.entry(entry.pin.clone()).or_insert_with(|| map.clone());
            }
        }
    }
    Ok(Model::new(&manifest.name, &manifest.version, maps))
}
