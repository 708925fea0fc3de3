// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Compiling a program: clang with fixed flags, then libbpf's linker, which
//! drops the debug information that names paths and keeps BTF.

use std::{
    ffi::OsString,
    fs, io,
    path::Path,
    process::{Command, Output, Stdio},
};

use bpfsign_format::bpf;
use libbpf_rs::Linker;

use crate::{At, Error, Reason, Result, headers::Headers, variants::Settings};

/// The flags that every program is compiled with, apart from paths and from
/// what its targets ask for. They are recorded in the package's provenance.
pub(crate) const FLAGS: [&str; 12] = [
    "-target",
    "bpf",
    "-O2",
    "-g",
    "-std=gnu11",
    "-nostdinc",
    "-fno-ident",
    "-fdebug-compilation-dir=.",
    "-D__TARGET_ARCH_x86",
    "-Wall",
    "-Wno-unused-function",
    // A function that is not declared is an error here, with its line; the linker would not
    // say where it is called.
    "-Werror=implicit-function-declaration",
];

/// A clang.
#[derive(Debug, Clone)]
pub struct Compiler {
    program: OsString,
}

impl Compiler {
    /// The clang called `program`, a name in `PATH` or a path.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into() }
    }

    /// The first line of `clang --version`.
    pub(crate) fn version(&self) -> Result<String> {
        let output = self.run(Command::new(&self.program).arg("--version"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Compiles `source` in `directory` to an object, and gives clang's
    /// warnings.
    pub(crate) fn compile(
        &self,
        directory: &Path,
        source: &str,
        headers: &Headers,
        settings: &Settings,
    ) -> Result<(Vec<u8>, String)> {
        let path = directory.join(source);
        fs::metadata(&path).at(&path)?;
        let scratch = tempfile::tempdir().at(std::env::temp_dir())?;
        let include = scratch.path().join("include");
        headers.write(&include)?;
        let compiled = scratch.path().join("compiled.o");
        let mut prefix_map = OsString::from("-ffile-prefix-map=");
        prefix_map.push(scratch.path());
        prefix_map.push("/=");
        let mut command = Command::new(&self.program);
        command
            .current_dir(directory)
            .args(FLAGS)
            .args(settings.flags())
            .arg(prefix_map)
            .arg("-I")
            .arg(&include)
            .args(["-c", source, "-o"])
            .arg(&compiled);
        let output = self.run(&mut command)?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(Error::new(path, Reason::Compile(log)));
        }
        let linked = scratch.path().join("linked.o");
        link(&compiled, &linked).at(path)?;
        Ok((fs::read(&linked).at(&linked)?, log))
    }

    fn run(&self, command: &mut Command) -> Result<Output> {
        // Messages in one language, and no flags from the environment: what is
        // recorded is what was used.
        command.env("LC_ALL", "C").env_remove("CCC_OVERRIDE_OPTIONS").stdin(Stdio::null());
        for variable in ["CPATH", "C_INCLUDE_PATH", "SOURCE_DATE_EPOCH"] {
            command.env_remove(variable);
        }
        let output = command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Reason::NoCompiler,
            _ => Reason::Io(error),
        });
        output.at(&self.program)
    }
}

fn link(compiled: &Path, linked: &Path) -> Result<(), Reason> {
    let linked = Linker::new(linked)
        .and_then(|mut linker| linker.add_file(compiled).and_then(|()| linker.link()));
    linked.map_err(|error| match bpf::take_log() {
        log if log.is_empty() => Reason::Link(error.to_string()),
        log => Reason::Link(log.trim().to_owned()),
    })
}
