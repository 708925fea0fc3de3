// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package of some megabytes from a registry on loopback, beside skopeo, which verifies
//! nothing.

use std::{fs, net::TcpListener, path::Path, thread, time::Duration};

use crate::{
    Result,
    command::{Background, command, run},
    figure::{Figure, Unit},
    place::{PROGRAM, Place, text},
    report::Report,
    timing::{pair, timed},
};

/// Appended to the program, so that its object is large.
const FILLER: &str = "const volatile unsigned char filler[5000000] = { 1 };\n";

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let package = large_package(place)?;
    let registry = place.tools.registry.as_ref().ok_or("give --registry")?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let settings = place.path("registry.yml");
    fs::write(
        &settings,
        format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: \
             {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: \"{address}\" }}\n",
            text(&place.path("registry"))
        ),
    )?;
    let _registry = Background::start(command(registry, ["serve", &text(&settings)]))?;
    let reference = format!("{address}/large:1");
    push(place, &package, &reference)?;
    let (pulled, copied) = (place.path("pulled.bpfpkg"), place.path("copied"));
    let mut ours = command(&place.tools.author, ["pull", "--trust", &place.public_key()]);
    ours.arg("--state-dir").arg(place.path("pulled")).arg("-o").arg(&pulled).arg(&reference);
    let mut skopeo = command("skopeo", ["--insecure-policy", "copy", "--quiet"]);
    skopeo.args(["--src-tls-verify=false", &format!("docker://{reference}")]);
    skopeo.arg(format!("dir:{}", text(&copied)));
    let (our_time, their_time) = pair(
        place.runs,
        || {
            let _ = fs::remove_file(&pulled);
            timed(&mut ours)
        },
        || {
            let _ = fs::remove_dir_all(&copied);
            timed(&mut skopeo)
        },
    )?;
    report.add(
        Figure::new("pull, verification included", Unit::Milliseconds, our_time)
            .beside("skopeo copy", their_time),
    )?;
    let bytes = fs::metadata(package)?.len();
    report.add(Figure::new("bytes of that package", Unit::Bytes, bytes as f64))
}

/// The usual program with five megabytes more, for one target.
fn large_package(place: &Place) -> Result<std::path::PathBuf> {
    let source = place.path("large");
    run("cp", ["-r", &text(&place.program_dir(PROGRAM)), &text(&source)])?;
    let code = source.join(format!("{PROGRAM}.bpf.c"));
    fs::write(&code, fs::read_to_string(&code)? + FILLER)?;
    let toml = source.join("program.toml");
    let lines: Vec<String> = fs::read_to_string(&toml)?
        .lines()
        .filter(|line| !line.starts_with("optional-targets"))
        .map(|line| match line.starts_with("targets = ") {
            true => "targets = [\"generic\"]".to_owned(),
            false => line.to_owned(),
        })
        .collect();
    fs::write(toml, lines.join("\n") + "\n")?;
    place.package(&source, "large", &[])
}

/// Until the registry answers.
fn push(place: &Place, package: &Path, reference: &str) -> Result<()> {
    let mut pushed = Err("not tried".into());
    for _ in 0..100 {
        pushed = place.author(&["push", &text(package), reference]);
        if pushed.is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    pushed.map(drop)
}
