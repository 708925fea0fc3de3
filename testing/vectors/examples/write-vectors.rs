// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes the vectors to a directory: `<name>.bpfpkg` each, `trusted.pub`,
//! `authority.pem`, and `vectors.json` with what must come of each.

use std::{error::Error, fs, path::PathBuf};

use bpfsign_vectors::VectorSet;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: write-vectors DIR")?);
    fs::create_dir_all(&directory)?;
    let set = VectorSet::generate();
    let mut index = Vec::new();
    for vector in &set.vectors {
        let file = format!("{}.bpfpkg", vector.name);
        fs::write(directory.join(&file), &vector.bytes)?;
        index.push(serde_json::json!({
            "file": file,
            "sentence": vector.sentence,
            "code": vector.code,
            "exit": vector.exit,
        }));
    }
    fs::write(directory.join("trusted.pub"), set.trusted.to_pem()?)?;
    fs::write(directory.join("authority.pem"), &set.authority)?;
    fs::write(directory.join("vectors.json"), serde_json::to_vec_pretty(&index)?)?;
    Ok(())
}
