// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release engineer's place: targets of one's own, and programs.

use std::{fs, path::PathBuf};

use super::{Ran, Scratch, bpfsign, repository, run, scratch, text};

/// A vmlinux in small: debug information, a build id, the banner and symbols.
const VMLINUX: &str = r#"
const char linux_banner[] = "Linux version 4.19.90-24.4.v2101.ky10.x86_64 (test)";
struct list_head { struct list_head *next; };
struct task_struct {
	long filler[3];
	volatile long state;
	int pid, tgid;
	struct task_struct *group_leader;
	struct list_head tasks;
	char comm[16];
	unsigned long long self_exec_id;
};
struct task_struct init_task;
int __tracepoint_sched_switch, __tracepoint_sched_wakeup, __tracepoint_sched_wakeup_new;
int do_exit(struct task_struct *task) { return task->pid; }
int main(void) { return do_exit(&init_task) + linux_banner[0] + __tracepoint_sched_switch; }
"#;
pub const RELEASE: &str = "4.19.90-24.4.v2101.ky10.x86_64";

pub const START: &str = r#"
#include <bpfsign/kernel.h>
#include <bpf/bpf_tracing.h>
char LICENSE[] SEC("license") = "Dual BSD/GPL";
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} seen SEC(".maps");
"#;

/// A directory of the test's own.
pub struct Author {
    dir: Scratch,
}

impl Default for Author {
    fn default() -> Self {
        Self { dir: scratch() }
    }
}

impl Author {
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn bpfsign(&self, args: &[&str]) -> Ran {
        let targets = text(self.path("targets"));
        bpfsign(args.iter().copied().chain(["--targets", targets.as_str()]))
    }

    /// Makes the small vmlinux, and adds its BTF by pahole.
    pub fn add_vmlinux(&self) -> PathBuf {
        let (source, vmlinux) = (self.path("vmlinux.c"), self.path("vmlinux"));
        fs::write(&source, VMLINUX).unwrap();
        let args = ["-g", "-O0", "-Wl,--build-id", "-o", &text(&vmlinux), &text(&source)];
        run("gcc", args);
        self.bpfsign(&["target", "add-btf", "kylin-v10-4.19", &text(&vmlinux)]).ok();
        vmlinux
    }

    /// A program directory with this code for this target.
    pub fn program(&self, code: &str, target: &str) -> PathBuf {
        let directory = self.path("program");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("test.bpf.c"), format!("{START}{code}")).unwrap();
        let maps: String = ["seen", "events"]
            .iter()
            .filter(|map| code.contains(&format!("}} {map} SEC")) || **map == "seen")
            .map(|map| format!("maps.{map}.readers = \"root\"\n"))
            .collect();
        let program = format!(
            "name = \"test\"\nversion = \"1.0.0\"\nsequence = 1\nsummary = \"x\"\n\
             license = \"GPL-2.0-only\"\ntargets = [\"{target}\"]\n{maps}"
        );
        fs::write(directory.join("program.toml"), program).unwrap();
        directory
    }

    /// `build` refuses with this reason; `check` of the object, which was built
    /// for kernels that can run it, names it too. Nothing is written.
    pub fn refused(&self, code: &str, reason: &str) {
        let (program, output) = (self.program(code, "kylin-v10-4.19"), self.path("p.bpfpkg"));
        let built = self.bpfsign(&["build", &text(&program), "-o", &text(&output)]);
        built.refused(6, reason);
        assert!(!output.exists(), "a package was written");
        let object = self.object(code);
        let args = ["check", &text(&object), "--target", "kylin-v10-4.19"];
        let checked = self.bpfsign(&args);
        assert_eq!(checked.exit(), 6);
        let said = checked.stdout();
        assert!(said.contains(reason), "want {reason:?} in {said}");
    }

    /// The object of this code, built with everything, and not checked.
    pub fn object(&self, code: &str) -> PathBuf {
        let source = self.program(code, "generic").join("test.bpf.c");
        let object = self.path("test.bpf.o");
        let mut include = text(repository().join("programs/include"));
        include.insert_str(0, "-I");
        let libbpf = self.libbpf_headers();
        let args = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-nostdinc", &include, &libbpf];
        let more = ["-D__TARGET_ARCH_x86", "-c", &text(source), "-o", &text(&object)];
        run("clang", args.into_iter().chain(more));
        object
    }

    pub fn libbpf_headers(&self) -> String {
        let directory = self.path("include/bpf");
        fs::create_dir_all(&directory).unwrap();
        for (name, content) in libbpf_rs::libbpf_sys::API_HEADERS {
            fs::write(directory.join(name), content).unwrap();
        }
        format!("-I{}", text(self.path("include")))
    }
}
