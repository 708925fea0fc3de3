// SPDX-License-Identifier: Apache-2.0 OR MIT
//! For `make bench`: how long libbpf alone takes to open and load an object, with
//! BTF from a file and with the kernel's own. Nothing is attached or pinned.
//!
//! `btf-load OBJECT BTF [RUNS]`, as root.
#![forbid(unsafe_code)]

use std::{env, error::Error, path::Path, time::Instant};

use libbpf_rs::ObjectBuilder;

/// Milliseconds for one load.
fn load(object: &Path, btf: Option<&Path>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let mut builder = ObjectBuilder::default();
    if let Some(btf) = btf {
        builder.btf_custom_path(btf)?;
    }
    let loaded = builder.open_file(object)?.load()?;
    let took = start.elapsed();
    drop(loaded);
    Ok(took.as_secs_f64() * 1000.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let (object, btf) = match arguments.as_slice() {
        [_, object, btf, ..] => (Path::new(object), Path::new(btf)),
        _ => return Err("usage: btf-load OBJECT BTF [RUNS]".into()),
    };
    let runs: usize = arguments.get(3).map_or(Ok(60), |n| n.parse())?;
    libbpf_rs::set_print(None);
    let (mut with_file, mut with_kernel) = (Vec::new(), Vec::new());
    // One after the other, so that both meet the same machine.
    for _ in 0..runs.max(1) {
        with_file.push(load(object, Some(btf))?);
        with_kernel.push(load(object, None)?);
    }
    let (file, kernel) = (median(with_file), median(with_kernel));
    println!(
        "{:<38} {file:7.2} ms   {kernel:7.2} ms   ratio {:.2}",
        "the same, libbpf alone, small programs",
        file / kernel
    );
    Ok(())
}
