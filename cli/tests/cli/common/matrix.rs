// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernels of the matrix are booted with.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use bpfsign_packaging::{GuestFiles, Initramfs};
use bpfsign_scenarios::PROGRAMS;

use super::{Scratch, bpfsign, keygen, repository, roots_scratch, run, text};

/// A directory that `make test-kernels` filled.
pub fn prepared(variable: &str) -> PathBuf {
    env::var_os(variable).map_or_else(|| panic!("`make test` sets {variable}"), PathBuf::from)
}

/// The vmlinuz of the kernel called `5.10` in the directory of kernels.
pub fn kernel(name: &str) -> PathBuf {
    prepared("BPFSIGN_KERNELS").join(name).join("vmlinuz")
}

fn options(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

/// The packages that the guest loads.
pub struct Packages {
    dir: Scratch,
    key: PathBuf,
}

impl Packages {
    /// Packages whose objects are for kernels with and without BTF, with the
    /// BTF of the matrix's Linux 5.10.
    pub fn build() -> Self {
        let dir = roots_scratch();
        let key = keygen(dir.path(), "release.key");
        keygen(dir.path(), "spare.key");
        let this = Self { dir, key };
        for target in ["kylin-v10-4.19", "kylin-v10-5.10"] {
            this.author(&["target", "add-btf", target, &text(kernel("5.10"))]).ok();
        }
        let matrix = repository().join("testing/programs/matrix");
        this.package("matrix", &matrix, &[]);
        for name in PROGRAMS {
            this.package(name, &repository().join("programs").join(name), &[]);
        }
        this.package(
            "matrix-2",
            &this.changed(&matrix, "two", "sequence = 1", "sequence = 2"),
            &[],
        );
        let name = "name = \"matrix\"";
        let btf_only = "name = \"btf-only\"\nsource = \"matrix.bpf.c\"";
        let program = this.changed(&matrix, "btf-only-source", name, btf_only);
        this.package("btf-only", &program, &options(&["--target", "generic"]));
        this.wrong_build(&matrix);
        this.foreign();
        this.revocation();
        this.tampered();
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `bpfsign` with targets of the test's own.
    fn author(&self, args: &[&str]) -> super::Ran {
        let targets = text(self.path("targets"));
        bpfsign(args.iter().copied().chain(["--targets", targets.as_str()]))
    }

    fn package(&self, name: &str, program: &Path, more: &[String]) {
        let file = text(self.path(&format!("{name}.bpfpkg")));
        let mut args = vec!["build", "-o", &file];
        let program = text(program);
        args.push(&program);
        args.extend(more.iter().map(String::as_str));
        self.author(&args).ok();
        fs::copy(&file, self.path(&format!("{name}.unsigned"))).unwrap();
        bpfsign(["sign", "--key", &text(&self.key), &file]).ok();
    }

    /// A copy of a program directory with text replaced in its program.toml.
    fn changed(&self, program: &Path, name: &str, from: &str, by: &str) -> PathBuf {
        let to = self.path(name);
        run("cp", ["-r", &text(program), &text(&to)]);
        let file = to.join("program.toml");
        let source = fs::read_to_string(&file).unwrap();
        assert!(source.contains(from));
        fs::write(file, source.replacen(from, by, 1)).unwrap();
        to
    }

    /// A package with the BTF of Linux 5.10 under another build id.
    fn wrong_build(&self, matrix: &Path) {
        let listed = self.author(&["target", "show", "--json", "kylin-v10-5.10"]).json();
        let known = &listed["btf"][0];
        let word = |key: &str| known[key].as_str().unwrap().to_owned();
        let other: String = word("build_id").chars().rev().collect();
        let targets = text(self.path("other-targets"));
        let (file, release) = (word("file"), word("release"));
        for target in ["kylin-v10-4.19", "kylin-v10-5.10"] {
            let args = ["target", "add-btf", target, &file, "--release", &release];
            let more = ["--build-id", &other, "--targets", &targets];
            bpfsign(args.into_iter().chain(more)).ok();
        }
        let by = "name = \"wrong-build\"\nsource = \"matrix.bpf.c\"";
        let program = self.changed(matrix, "wrong-source", "name = \"matrix\"", by);
        let package = text(self.path("wrong-build.bpfpkg"));
        bpfsign(["build", &text(program), "-o", &package, "--targets", &targets]).ok();
        bpfsign(["sign", "--key", &text(&self.key), &package]).ok();
    }

    /// A trust update that revokes the key which signs it.
    fn revocation(&self) {
        let signed = bpfsign([
            "sign",
            "--json",
            "--key",
            &text(&self.key),
            &text(self.path("matrix.bpfpkg")),
        ]);
        let id = signed.json()["key_id"].as_str().unwrap().to_owned();
        let (source, update) = (self.path("revoke.toml"), self.path("revoke.bpftrust"));
        let content = format!(
            "trust = 1\nsequence = 1\nissued = \"2020-01-01\"\nrevoked-keys = [\"{id}\"]\n"
        );
        fs::write(&source, content).unwrap();
        bpfsign(["trust", "build", &text(&source), "-o", &text(&update)]).ok();
        bpfsign(["trust", "sign", "--key", &text(&self.key), &text(&update)]).ok();
    }

    /// An object that bpfsign does not load.
    fn foreign(&self) {
        let program = self.path("foreign");
        fs::create_dir(&program).unwrap();
        let code = "#include <bpfsign/types.h>\n#include <bpf/bpf_helpers.h>\n\
                    SEC(\"raw_tp/sys_exit\") int on_foreign(void *ctx) { return 0; }\n\
                    char LICENSE[] SEC(\"license\") = \"Dual BSD/GPL\";\n";
        fs::write(program.join("foreign.bpf.c"), code).unwrap();
        let toml = "name = \"foreign\"\nversion = \"1.0.0\"\nsequence = 1\nsummary = \"x\"\n\
                    license = \"GPL-2.0-only\"\ntargets = [\"kylin-v10-4.19\"]\n";
        fs::write(program.join("program.toml"), toml).unwrap();
        let package = self.path("foreign.package");
        self.author(&["build", &text(&program), "-o", &text(&package)]).ok();
        let object = "objects/kylin-v10-4.19.bpf.o";
        run("tar", ["xf", &text(&package), "-C", &text(self.dir.path()), object]);
    }

    fn tampered(&self) {
        let mut bytes = fs::read(self.path("matrix.bpfpkg")).unwrap();
        let at = bytes.windows(4).rposition(|w| w == b"\x7fELF").unwrap();
        bytes[at + 100] ^= 1;
        fs::write(self.path("tampered.bpfpkg"), bytes).unwrap();
        fs::copy(self.path("matrix.unsigned"), self.path("unsigned.bpfpkg")).unwrap();
    }

    /// The root file system of the guest.
    pub fn initramfs(&self, modules: &Path) -> Vec<u8> {
        let guest = GuestFiles::find(Some(&prepared("BPFSIGN_GUEST"))).unwrap();
        let mut initramfs = Initramfs::default();
        initramfs.file("init", 0o755, &guest.read("bpfsign-kernel-tests").unwrap());
        initramfs.file("bin/bpfsign", 0o755, &guest.read("bpfsign").unwrap());
        let workload = guest.read("bpfsign-workload").unwrap();
        initramfs.file("bin/bpfsign-workload", 0o755, &workload);
        let go = super::go_program(&self.path("gomalloc"), "");
        initramfs.file("bin/gomalloc", 0o755, &fs::read(go).unwrap());
        super::tools(&mut initramfs);
        for entry in fs::read_dir(modules).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            initramfs.file(&format!("modules/{name}"), 0o644, &fs::read(path).unwrap());
        }
        initramfs.file("etc/group", 0o644, b"root:x:0:\nbpfsign:x:900:\n");
        let pem = fs::read_to_string(self.key.with_extension("key.pub")).unwrap();
        // Left when the other is revoked.
        let spare = fs::read_to_string(self.path("spare.key.pub")).unwrap();
        let types = ["tracing", "raw_tracepoint", "tracepoint", "kprobe", "perf_event"];
        let policy = format!(
            "policy = 1\ngroup = \"bpfsign\"\nthreshold = 1\nprogram-types = {types:?}\n\n\
             [[signer]]\nname = \"release\"\nroles = [\"build\", \"trust\"]\n\
             public-key = \"\"\"\n{pem}\"\"\"\n\n\
             [[signer]]\nname = \"spare\"\nroles = [\"build\", \"trust\"]\n\
             public-key = \"\"\"\n{spare}\"\"\"\n"
        );
        initramfs.file("etc/bpfsign/policy.toml", 0o644, policy.as_bytes());
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "bpfpkg" || e == "bpftrust") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                initramfs.file(&format!("packages/{name}"), 0o644, &fs::read(path).unwrap());
            }
        }
        let foreign = fs::read(self.path("objects/kylin-v10-4.19.bpf.o")).unwrap();
        initramfs.file("packages/foreign.bpf.o", 0o644, &foreign);
        for directory in ["dev", "proc", "sys", "run", "tmp", "var/lib"] {
            initramfs.directory(directory);
        }
        initramfs.finish()
    }
}
