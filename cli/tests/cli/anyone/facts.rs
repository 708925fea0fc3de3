// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an object's ELF sections and BTF say is what libbpf makes of it.

use std::fs;

use bpfsign_format::{Package, bpf::ObjectFacts};
use bpfsign_scenarios::PROGRAMS;

use crate::common::{Author, built_package, repository, scratch};

/// In an order of its own, and without flags of libbpf's own maps.
fn sorted(mut facts: ObjectFacts) -> serde_json::Value {
    facts.programs.sort_by(|a, b| a.name.cmp(&b.name));
    facts.maps.sort_by(|a, b| a.name.cmp(&b.name));
    for map in facts.maps.iter_mut().filter(|m| m.internal) {
        map.flags = 0;
    }
    serde_json::to_value(facts).unwrap()
}

fn compare(name: &str, object: &[u8]) {
    let (_, theirs) = ObjectFacts::open(object).unwrap();
    let ours = ObjectFacts::read(object).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(!ours.programs.is_empty() && !ours.maps.is_empty());
    assert_eq!(sorted(ours), sorted(theirs), "{name}");
}

#[test]
fn facts_without_libbpf_are_those_of_libbpf() {
    let dir = scratch();
    let more = ["matrix", "million", "event-rate"].map(|n| format!("testing/programs/{n}"));
    let programs = PROGRAMS.map(|n| format!("programs/{n}"));
    for program in programs.iter().chain(&more) {
        let package = built_package(&repository().join(program), &dir.path().join("p.bpfpkg"));
        let container = Package::parse(fs::read(&package).unwrap()).unwrap();
        let mut objects = 0;
        for (name, object) in container.payload().filter(|(name, _)| name.ends_with(".bpf.o")) {
            compare(&format!("{program} {name}"), object);
            objects += 1;
        }
        assert!(objects > 0);
        fs::remove_file(&package).unwrap();
    }
    let author = Author::default();
    for (section, code) in [
        ("kprobe", "SEC(\"kprobe/do_exit\")\nint f(void *ctx) { return 0; }"),
        (
            "subprogram",
            "static __attribute__((noinline)) long g(int n) { return bpf_send_signal(n); }\n\
            SEC(\"raw_tp/x\")\nint f(void *ctx) { u32 k = 1; u64 *v = bpf_map_lookup_elem(&seen, &k);\n\
            return v ? g(*v) : 0; }",
        ),
        (
            "data",
            "int n = 3; const volatile int r = 4; int z;\nSEC(\"xdp\")\nint f(void *ctx) { z = n + r; return 2; }",
        ),
    ] {
        compare(section, &fs::read(author.object(code)).unwrap());
    }
}

/// What is not judged is refused, also where libbpf would open it.
#[test]
fn what_is_not_known_is_refused() {
    let author = Author::default();
    let inner = "struct { __uint(type, 12 /* array of maps */); __uint(max_entries, 1);\n\
        __type(key, u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_ARRAY);\n\
        __uint(max_entries, 1); __type(key, u32); __type(value, u32); }); } outer SEC(\".maps\");\n\
        SEC(\"raw_tp/x\")\nint f(void *ctx) { return 0; }";
    for (code, why) in [
        (inner, "map `outer`: `values` is not known here"),
        ("SEC(\"netfilter\")\nint f(void *ctx) { return 0; }", "`netfilter` names no program type"),
    ] {
        let object = fs::read(author.object(code)).unwrap();
        assert!(ObjectFacts::open(&object).is_ok());
        let said = ObjectFacts::read(&object).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
    let good = fs::read(author.object("SEC(\"xdp\")\nint f(void *ctx) { return 2; }")).unwrap();
    assert!(ObjectFacts::read(&good[..good.len() / 2]).is_err());
    assert!(ObjectFacts::read(b"\x7fELF").is_err());
}
