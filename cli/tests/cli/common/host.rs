// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A host of the test's own: directories, a bpffs, a group and a policy, all
//! taken away when it is dropped, also by a panic.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{Ran, Scratch, bpfsign, package, repository, roots_scratch, run, text};

/// groupadd and groupdel lock /etc/group and give up when it is locked.
static GROUP_FILE: Mutex<()> = Mutex::new(());

/// Numbers of hosts within this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Copies /etc while no test adds or removes a group.
pub fn copy_etc(to: &Path) {
    let _guard = GROUP_FILE.lock().unwrap_or_else(|e| e.into_inner());
    run("cp", ["-a", "/etc", &text(to)]);
}

pub struct Host {
    dir: Scratch,
    pub group: String,
}

impl Host {
    /// A host that trusts `release.key` and allows tracing programs.
    pub fn new() -> Self {
        let dir = roots_scratch();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let group = format!("bpft{}n{number}", std::process::id());
        let host = Self { dir, group };
        {
            let _guard = GROUP_FILE.lock().unwrap_or_else(|e| e.into_inner());
            run("groupadd", ["--system", &host.group]);
        }
        fs::create_dir(host.path("bpf")).unwrap();
        run("mount", ["-t", "bpf", "-o", "mode=0755", "bpf", &text(host.path("bpf"))]);
        bpfsign(["keygen", "--out", &text(host.key())]).ok();
        host.write_policy(&["release.key.pub"], 1, &["tracing"]);
        host
    }

    /// The same, that allows what the programs of `programs/` are.
    pub fn for_programs() -> Self {
        let host = Self::new();
        host.write_policy(&["release.key.pub"], 1, &["tracing", "perf_event", "kprobe"]);
        host
    }

    /// The same, with this program of `programs/` loaded.
    pub fn with(name: &str) -> Self {
        let host = Self::new();
        host.load(&host.package_of(name)).ok();
        host
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn key(&self) -> PathBuf {
        self.path("release.key")
    }

    /// The pins of a package in force.
    pub fn current(&self, package: &str) -> PathBuf {
        self.path("bpf/bpfsign").join(package).join("current")
    }

    pub fn write_policy(&self, keys: &[&str], threshold: usize, types: &[&str]) {
        let mut policy = format!(
            "policy = 1\ngroup = \"{}\"\nthreshold = {threshold}\nprogram-types = {types:?}\n",
            self.group
        );
        for key in keys {
            let pem = fs::read_to_string(self.path(key)).unwrap();
            policy +=
                &format!("\n[[signer]]\nname = \"{key}\"\npublic-key = \"\"\"\n{pem}\"\"\"\n");
        }
        fs::write(self.path("policy.toml"), policy).unwrap();
    }

    /// Gives a signer of the policy these roles.
    pub fn give_roles(&self, key: &str, roles: &[&str]) {
        let path = self.path("policy.toml");
        let policy = fs::read_to_string(&path).unwrap();
        let name = format!("name = \"{key}\"\n");
        assert!(policy.contains(&name), "{policy}");
        fs::write(path, policy.replace(&name, &format!("{name}roles = {roles:?}\n"))).unwrap();
    }

    /// Adds an authority to the policy.
    pub fn trust_authority(&self, name: &str, certificate: &str) {
        let mut policy = fs::read_to_string(self.path("policy.toml")).unwrap();
        policy += &format!(
            "\n[[authority]]\nname = \"{name}\"\ncertificate = \"\"\"\n{certificate}\"\"\"\n"
        );
        fs::write(self.path("policy.toml"), policy).unwrap();
    }

    /// A signed package of the real program.
    pub fn package(&self) -> PathBuf {
        package::signed_package(&package::program_dir(), &self.path("p.bpfpkg"), &self.key())
    }

    /// A signed package of a program of `programs/`.
    pub fn package_of(&self, name: &str) -> PathBuf {
        let program = repository().join("programs").join(name);
        package::signed_package(&program, &self.path(&format!("{name}.bpfpkg")), &self.key())
    }

    /// The options that make `bpfsign` use this host.
    pub fn options(&self) -> Vec<String> {
        let option = |name: &str, path: &str| [name.to_owned(), text(self.path(path))];
        [
            option("--policy", "policy.toml"),
            option("--state-dir", "state"),
            option("--pin-root", "bpf/bpfsign"),
            option("--run-dir", "run"),
        ]
        .concat()
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

    /// `bpfsign` on this host.
    pub fn bpfsign(&self, args: &[&str]) -> Ran {
        bpfsign(args.iter().map(|a| (*a).to_owned()).chain(self.options()))
    }

    pub fn load(&self, file: &Path) -> Ran {
        self.bpfsign(&["load", &text(file)])
    }

    /// A command as a user without root, in the agents' group or not.
    pub fn as_agent(&self, in_group: bool, command: &[&str]) -> Ran {
        let group = if in_group { self.group.as_str() } else { "nogroup" };
        let mut args = vec!["--reuid", "nobody", "--regid", group, "--clear-groups", "--"];
        args.extend(command);
        Ran(Command::new("setpriv").args(args).output().unwrap())
    }

    /// Everything on the host but the inputs and the log: pins, state, records.
    pub fn effects(&self) -> Vec<String> {
        ["bpf", "state", "run"]
            .iter()
            .map(|d| self.path(d))
            .filter(|d| d.exists())
            .flat_map(|d| super::listing(&d))
            .filter(|line| {
                let logged = ["/state d ", "/state/audit.jsonl ", "/state/policy "];
                let not_ours = [".debug ", "/.lock "];
                !logged.iter().chain(&not_ours).any(|part| line.contains(part))
            })
            .collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Quietly: there may be nothing left to take away.
        let quiet = |program: &str, args: &[&str]| {
            let mut command = Command::new(program);
            let _ = command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
        };
        // A holder lives on until it is told that nothing is loaded any more.
        for run in fs::read_dir(self.path("run")).into_iter().flatten().flatten() {
            let who = fs::read(run.path().join("holder.json")).unwrap_or_default();
            let who: serde_json::Value = serde_json::from_slice(&who).unwrap_or_default();
            if let Some(pid) = who["pid"].as_u64() {
                quiet("kill", &[&pid.to_string()]);
            }
        }
        // Pins go with the file system, and the programs with their pins.
        quiet("umount", &[&text(self.path("bpf"))]);
        let _guard = GROUP_FILE.lock().unwrap_or_else(|e| e.into_inner());
        quiet("groupdel", &[&self.group]);
    }
}
