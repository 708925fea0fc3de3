// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The offline check: what would not load is named, and not built.

use std::{fs, path::Path};

use crate::common::{self, Author, RELEASE, START, run, text};

#[test]
fn what_a_target_lacks_is_named_and_not_built() {
    let author = Author::default();
    author.refused(
        "SEC(\"fentry/do_exit\") int on_exit(void *ctx) { return 0; }",
        "program `on_exit`: `fentry/do_exit` is of type tracing: Linux has it from 5.5 on",
    );
    author.refused(
        "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events \
         SEC(\".maps\");\nSEC(\"kprobe/do_exit\") int on_exit(void *ctx) { return 0; }",
        "map `events` is a ring buffer (ringbuf): Linux has it from 5.8 on",
    );
    author.refused(
        "u64 total;\nSEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\ttotal++;\n\treturn 0;\n}",
        "test.bpf.c:15: program `on_exit`, instruction 0: uses a global variable or constant \
         (section .bss)",
    );
    author.refused(
        "SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\treturn bpf_get_current_task_btf() \
         != 0;\n}",
        "test.bpf.c:14: program `on_exit`, instruction 0: calls helper get_current_task_btf: \
         Linux has it from 5.11 on",
    );
    author.refused(
        "SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\tu32 n = bpf_get_prandom_u32(), s = \
         0;\n\n\tfor (u32 i = 0; i < (n & 63); i++)\n\t\ts += bpf_get_prandom_u32();\n\treturn s;\n}",
        "a loop, which the target lacks",
    );
    author.refused(
        "SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\tasm volatile(\".rept 4100; r0 += \
         1; .endr\" ::: \"r0\");\n\treturn 0;\n}",
        "instructions, and the target allows 4096",
    );
}

#[test]
fn instructions_and_licences_are_checked() {
    let author = Author::default();
    let narrow = "SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\tasm volatile(\"if w1 > 4 \
                  goto +0\");\n\treturn 0;\n}";
    let object = author.object(narrow);
    let check = |target: &str| author.bpfsign(&["check", &text(&object), "--target", target]);
    let old = check("kylin-v10-4.19");
    assert_eq!(old.exit(), 6);
    assert!(
        old.stdout().contains("instruction 0: an instruction of -mcpu=v3, and the target runs v2")
    );
    check("kylin-v10-5.10").ok();
    let json = author.bpfsign(&["check", "--json", &text(&object), "--target", "kylin-v10-4.19"]);
    let json = json.json();
    assert_eq!(json["loads"], false);
    let finding = &json["objects"][0]["findings"][0];
    assert_eq!(
        (finding["code"].as_str(), finding["program"].as_str(), finding["instruction"].as_u64()),
        (Some("cpu"), Some("on_exit"), Some(0))
    );
    assert!(finding["line"].as_str().unwrap().ends_with("test.bpf.c:14"));

    let gpl = "SEC(\"kprobe/do_exit\") int on_exit(void *ctx) { u64 x = 0; \
               bpf_probe_read(&x, 8, ctx); return x; }";
    let object = author.object(gpl);
    let source = author.path("program/test.bpf.c");
    check_with_licence(&author, &object, &source);
}

fn check_with_licence(author: &Author, object: &Path, source: &Path) {
    let args = |object: &Path| ["check".to_owned(), text(object)];
    let generic = |object: &Path| {
        let args = args(object);
        author.bpfsign(&[&args[0], &args[1], "--target", "generic"])
    };
    generic(object).ok();
    let closed = fs::read_to_string(source).unwrap().replace("Dual BSD/GPL", "Proprietary");
    let code = closed.strip_prefix(START.replace("Dual BSD/GPL", "Proprietary").as_str()).unwrap();
    let start = START.replace("Dual BSD/GPL", "Proprietary");
    fs::write(source, format!("{start}{code}")).unwrap();
    let include = format!("-I{}", text(common::repository().join("programs/include")));
    let libbpf = author.libbpf_headers();
    let more = ["-c", &text(source), "-o", &text(object)];
    let args = ["-target", "bpf", "-O2", "-g", "-nostdinc", &include, &libbpf];
    run("clang", args.into_iter().chain(more));
    let ran = generic(object);
    assert_eq!(ran.exit(), 6);
    assert!(ran.stdout().contains("calls helper probe_read, which only a GPL-compatible licence"));
}

#[test]
fn fields_and_hooks_are_checked_against_the_targets_btf() {
    let author = Author::default();
    let reads_comm = "SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{\n\tstruct task_struct *t \
                      = (void *)bpf_get_current_task();\n\tu32 pid = BPF_CORE_READ(t, pid);\n\tu64 \
                      one = 1;\n\n\tbpf_map_update_elem(&seen, &pid, &one, BPF_ANY);\n\treturn \
                      0;\n}";
    // Without the BTF of any such kernel, it cannot load on one.
    author.refused(reads_comm, "kernels of this target have no BTF of their own");
    author.add_vmlinux();
    let output = author.path("p.bpfpkg");
    let build = |code: &str| {
        let program = author.program(code, "kylin-v10-4.19");
        author.bpfsign(&["build", &text(program), "-o", &text(&output)])
    };
    build(reads_comm).ok();
    let listed = run("tar", ["tf", &text(&output)]);
    assert!(listed.contains(&format!("btf/{RELEASE}-")), "{listed}");
    author.bpfsign(&["check", &text(&output), "--target", "kylin-v10-4.19"]).ok();
    fs::remove_file(&output).unwrap();

    let lacking = "struct task_struct___new { u64 nice_new_field; } \
                   __attribute__((preserve_access_index));\n";
    let reads = |guard: &str| {
        format!(
            "{lacking}SEC(\"kprobe/do_exit\")\nint on_exit(void *ctx)\n{{\n\tstruct \
             task_struct___new *t = (void *)bpf_get_current_task();\n\tu32 n = \
             0;\n\n{guard}\n\t\tn = BPF_CORE_READ(t, nice_new_field);\n\tu64 one = \
             n;\n\tbpf_map_update_elem(&seen, &n, &one, BPF_ANY);\n\treturn 0;\n}}"
        )
    };
    let names = "program `on_exit`, instruction";
    author.refused(&reads(""), "the kernel has no `task_struct___new.nice_new_field`");
    author.refused(&reads(""), names);
    // A branch that the kernel never takes does not count.
    build(&reads("\tif (bpf_core_field_exists(t->nice_new_field))")).ok();
    fs::remove_file(&output).unwrap();

    author.refused(
        "SEC(\"kprobe/do_exit_at_last\") int on_exit(void *ctx) { return 0; }",
        "program `on_exit`: the kernel has no hook `kprobe/do_exit_at_last`",
    );
    author.refused(
        "SEC(\"raw_tp/sched_dance\") int on_exit(void *ctx) { return 0; }",
        "the kernel has no hook `raw_tp/sched_dance`",
    );
    build("SEC(\"raw_tp/sched_switch\") int on_exit(void *ctx) { return 0; }").ok();
}
