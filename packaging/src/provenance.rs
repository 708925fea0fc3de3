// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `provenance.json`: what the object was made from, and with what.

use std::{collections::BTreeMap, fs, path::Path};

use bpfsign_format::sm3_hex;
use serde::Serialize;

use crate::{Error, Result, TargetBtf, build::Compiled, compile::FLAGS, headers};

#[derive(Serialize)]
struct Provenance<'a> {
    provenance: u32,
    compiler: &'a str,
    flags: [&'static str; FLAGS.len()],
    /// What each object was compiled with besides.
    objects: BTreeMap<String, Vec<String>>,
    /// The BTF of the targets' kernels.
    btf: Vec<Source>,
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    path: String,
    sm3: String,
}

/// The file's bytes for a program directory: compiler, flags, and the SM3 of
/// every source, header and kernel's BTF, in order.
pub(crate) fn provenance(
    directory: &Path,
    compiler: &str,
    compiled: &[Compiled<'_>],
    kernels: &[(TargetBtf, Vec<u8>)],
) -> Result<Vec<u8>> {
    let mut sources = local_sources(directory)?;
    sources.extend(headers::all().map(|(subdirectory, name, text)| Source {
        path: format!("include/{subdirectory}/{name}"),
        sm3: sm3_hex(text.as_bytes()),
    }));
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let objects = compiled.iter().map(|c| (c.planned.object_name(), c.planned.settings.flags()));
    let btf = kernels
        .iter()
        .map(|(btf, bytes)| Source { path: format!("{}.btf", btf.kernel), sm3: sm3_hex(bytes) });
    let (objects, btf) = (objects.collect(), btf.collect());
    let provenance = Provenance { provenance: 1, compiler, flags: FLAGS, objects, btf, sources };
    let mut bytes = serde_json::to_vec_pretty(&provenance)
        .map_err(|error| Error::io(directory)(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn local_sources(directory: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory).map_err(Error::io(directory))? {
        let path = entry.map_err(Error::io(directory))?.path();
        let is_source = path.extension().is_some_and(|e| e == "c" || e == "h" || e == "toml");
        if !is_source || !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Source { path: name, sm3: sm3_hex(&bytes) });
    }
    Ok(sources)
}
