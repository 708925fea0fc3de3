// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host to measure on: directories, a bpffs, a group and a policy, all taken away again.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use serde_json::Value;

use crate::{
    Result,
    command::{command, output, run},
    tools::Tools,
};

/// The program of `programs/` that most figures are of.
pub const PROGRAM: &str = "sched-latency";
/// How long the kernel may take to free what was unloaded: it does so behind it, and who comes
/// next would wait for that.
const SETTLE: Duration = Duration::from_millis(100);

/// A host of the benchmarks' own.
pub struct Place {
    dir: tempfile::TempDir,
    group: String,
    /// What is measured.
    pub tools: Tools,
    /// How often each of two commands runs.
    pub runs: usize,
}

impl Place {
    /// A host that trusts one key and allows tracing programs.
    pub fn new(tools: Tools, runs: usize) -> Result<Self> {
        // Root's own, as a policy must be; and without a dot, since libbpf turns one in a pin
        // path into an underscore.
        let dir = tempfile::Builder::new().prefix("bpfsign-bench-").tempdir_in("/run")?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let group = format!("bpfsign-bench-{}", std::process::id());
        run("groupadd", ["--system", &group])?;
        let place = Self { dir, group, tools, runs };
        fs::create_dir(place.bpffs())?;
        mount("bpf", place.bpffs(), "bpf", MountFlags::empty(), c"mode=0755")?;
        place.author(&["keygen", "--out", &text(&place.key())])?;
        place.write_policy("")?;
        place.package(&place.program_dir(PROGRAM), "p", &[])?;
        Ok(place)
    }

    /// A file or directory of this place.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the bpffs is.
    pub fn bpffs(&self) -> PathBuf {
        self.path("bpf")
    }

    /// The key that signs.
    pub fn key(&self) -> PathBuf {
        self.path("release.key")
    }

    /// Its public half.
    pub fn public_key(&self) -> String {
        text(&self.path("release.key.pub"))
    }

    /// The signed package of [`PROGRAM`].
    pub fn standard_package(&self) -> PathBuf {
        self.path("p.bpfpkg")
    }

    /// The source of a program of `programs/`.
    pub fn program_dir(&self, name: &str) -> PathBuf {
        self.tools.repository.join("programs").join(name)
    }

    /// The source of a program of `testing/programs/`.
    pub fn test_program_dir(&self, name: &str) -> PathBuf {
        self.tools.repository.join("testing/programs").join(name)
    }

    /// Writes the policy, with more lines of its own.
    pub fn write_policy(&self, more: &str) -> Result<()> {
        let pem = fs::read_to_string(self.public_key())?;
        let types = ["tracing", "raw_tracepoint", "perf_event", "kprobe"];
        let policy = format!(
            "policy = 1\ngroup = \"{}\"\nthreshold = 1\nprogram-types = {types:?}\n{more}\n\
             [[signer]]\nname = \"bench\"\npublic-key = \"\"\"\n{pem}\"\"\"\n",
            self.group
        );
        Ok(fs::write(self.path("policy.toml"), policy)?)
    }

    /// What the author's bpfsign says.
    pub fn author(&self, args: &[&str]) -> Result<String> {
        run(&self.tools.author, args)
    }

    /// Builds a program and signs it; the file.
    pub fn package(&self, program: &Path, name: &str, more: &[&str]) -> Result<PathBuf> {
        let file = self.path(&format!("{name}.bpfpkg"));
        let (source, package, key) = (text(program), text(&file), text(&self.key()));
        self.author(&[&["build", source.as_str(), "-o", &package], more].concat())?;
        self.author(&["sign", "--key", &key, &package])?;
        Ok(file)
    }

    /// Takes a package apart, with tar, into a directory of this name.
    pub fn unpacked(&self, package: &Path, name: &str) -> Result<PathBuf> {
        let to = self.path(name);
        fs::create_dir_all(&to)?;
        run("tar", ["xf", &text(package), "-C", &text(&to)])?;
        Ok(to)
    }

    /// The host's bpfsign, on this host.
    pub fn on_host(&self, args: &[&str]) -> Command {
        let mut command = command(&self.tools.loader, args);
        for (option, path) in [
            ("--policy", "policy.toml"),
            ("--state-dir", "state"),
            ("--pin-root", "bpf/bpfsign"),
            ("--run-dir", "run"),
        ] {
            command.arg(option).arg(self.path(path));
        }
        command
    }

    /// This host, as the loader's library knows it.
    pub fn for_library(&self) -> bpfsign_verify::Host {
        bpfsign_verify::Host {
            policy: self.path("policy.toml"),
            state_dir: self.path("state"),
            pin_root: self.path("bpf/bpfsign"),
            run_dir: self.path("run"),
            holder: None,
            wait: bpfsign_verify::Wait::SILENT,
        }
    }

    /// Loads a package.
    pub fn load(&self, package: &Path, more: &[&str]) -> Result<()> {
        output(self.on_host(&[&["load", &text(package)], more].concat())).map(drop)
    }

    /// The command that loads a package.
    pub fn loading(&self, package: &Path) -> Command {
        self.on_host(&["load", &text(package)])
    }

    /// The command by which bpftool loads and pins all of an object.
    pub fn loading_by_bpftool(&self, object: &Path) -> Command {
        let (programs, maps) = (self.path("bpf/programs"), self.path("bpf/maps"));
        let args = ["prog", "loadall", &text(object), &text(&programs), "pinmaps", &text(&maps)];
        command("bpftool", args)
    }

    /// Unloads a package, if it is loaded.
    pub fn unload(&self, name: &str) {
        let _ = output(self.on_host(&["unload", name]));
    }

    /// Takes away what the last command loaded, and lets the kernel free it.
    pub fn free(&self, name: &str) {
        self.unload(name);
        for directory in ["bpf/programs", "bpf/maps"] {
            let _ = fs::remove_dir_all(self.path(directory));
        }
        thread::sleep(SETTLE);
    }

    /// Unloads all packages.
    pub fn clear(&self) {
        let listed = output(self.on_host(&["list", "--json"])).unwrap_or_default();
        let listed: Value = serde_json::from_str(&listed).unwrap_or_default();
        for package in listed["packages"].as_array().into_iter().flatten() {
            self.unload(package["name"].as_str().unwrap_or_default());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Holders live on until they are told that nothing is loaded any more.
        self.clear();
        let _ = unmount(self.bpffs(), UnmountFlags::DETACH);
        let _ = run("groupdel", [&self.group]);
    }
}

/// A path as text; all of these are ours, and ASCII.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}
