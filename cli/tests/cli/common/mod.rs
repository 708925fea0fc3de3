// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tests share: running the binary, and a host of their own.

mod author;
pub mod bindings;
pub mod certs;
mod documents;
pub mod double;
pub mod exposition;
mod host;
pub mod http;
pub mod index;
pub mod matrix;
mod package;
pub mod registry;
mod scratch;
mod strace;
mod tools;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub use author::{Author, RELEASE, START};
pub use documents::{agent_configuration, commands, release_script};
pub use host::{Host, copy_etc};
pub use package::{
    bare_object, built_package, copy_program, go_program, keygen, program_dir, signed_package,
};
pub use scratch::{Scratch, alone, roots_scratch, scratch};
pub use strace::calls_in;
pub use tools::tools;

/// `bpfsign` with these arguments, without the targets of whoever runs the test.
pub fn bpfsign(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bpfsign"));
    Ran(command.args(args).env("BPFSIGN_TARGETS", "/no/such/directory").output().unwrap())
}

/// The library that stands in for a token, as cargo builds it for this test; its key is the
/// file that BPFSIGN_DOUBLE_KEY names.
pub fn double_of_a_token() -> String {
    let beside = std::env::current_exe().unwrap();
    let library = beside.parent().unwrap().join("libbpfsign_doubles.so");
    assert!(library.exists(), "{}", library.display());
    text(library)
}

/// Any other program, which must succeed; its standard output.
pub fn run(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let ran = Ran(Command::new(program).args(args).output().unwrap());
    assert_eq!(ran.exit(), 0, "{program}: {}", ran.stderr());
    ran.stdout()
}

/// What a program did.
pub struct Ran(pub Output);

impl Ran {
    pub fn exit(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.0.stdout)
            .unwrap_or_else(|e| panic!("{e}: {:?} {}", self.stdout(), self.stderr()))
    }

    /// Succeeded; its standard output.
    #[track_caller]
    pub fn ok(&self) -> String {
        assert_eq!(self.exit(), 0, "{}{}", self.stdout(), self.stderr());
        self.stdout()
    }

    /// Failed with this exit code, and said this.
    #[track_caller]
    pub fn refused(&self, exit: i32, message: &str) {
        assert_eq!(self.exit(), exit, "{}{}", self.stdout(), self.stderr());
        assert!(self.stderr().contains(message), "want {message:?} in {:?}", self.stderr());
        assert_eq!(self.stdout(), "");
    }
}

/// Every path below a directory, with its type and size, in order.
pub fn listing(directory: &Path) -> Vec<String> {
    let args: [&OsStr; 3] = [directory.as_os_str(), "-printf".as_ref(), "%p %y %s\n".as_ref()];
    let mut lines: Vec<_> = run("find", args).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The kernel's tag of each pinned program: a digest of its instructions as
/// they were loaded, so after relocation.
pub fn tags(directory: &Path) -> BTreeMap<String, String> {
    let pins = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path());
    pins.map(|pin| {
        let shown = run("bpftool", ["-j", "prog", "show", "pinned", &text(&pin)]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let name = pin.file_name().unwrap().to_str().unwrap().to_owned();
        (name, shown["tag"].as_str().unwrap().to_owned())
    })
    .collect()
}

/// The path as text.
pub fn text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().unwrap().to_owned()
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
