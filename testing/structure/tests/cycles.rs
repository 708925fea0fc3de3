// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What counts as a cycle of modules: in crates of a few lines, whose library is `lib.rs`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use bpfsign_structure::modules::{Cycle, levels};
use common::tree;

/// The cycles of a crate of these files, of all its levels.
fn cycles(files: &[(&str, &str)]) -> Vec<Cycle> {
    let root = tree(files);
    let levels = levels(root.path(), Path::new("lib.rs")).unwrap();
    levels.into_iter().flat_map(|level| level.cycles).collect()
}

/// The one cycle of these files goes through exactly these modules.
fn circle(files: &[(&str, &str)], modules: &[&str]) -> Cycle {
    let mut cycles = cycles(files);
    assert_eq!(cycles.len(), 1, "{cycles:?}");
    assert_eq!(cycles[0].modules, modules);
    cycles.remove(0)
}

fn none(files: &[(&str, &str)]) {
    let cycles = cycles(files);
    assert!(cycles.is_empty(), "{cycles:?}");
}

#[test]
fn arrows_one_way_are_no_cycle() {
    none(&[
        ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "use crate::c; pub struct B(c::C);"),
        ("c.rs", "use std::io::Read; pub struct C(Box<dyn Read>);"),
    ]);
}

#[test]
fn two_modules_that_import_each_other() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "pub struct B;\n\nuse crate::a::A;"),
    ];
    let text = circle(&files, &["a", "b"]).to_string();
    assert!(text.contains("a -> b\n      a.rs:1: b::B\n"), "{text}");
    assert!(text.contains("b -> a\n      b.rs:3: a::A\n"), "{text}");
}

#[test]
fn re_exports_of_the_root_are_followed() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A; pub use self::b::B as Renamed;"),
        ("a.rs", "use crate::Renamed; pub struct A;"),
        ("b.rs", "use crate::{A as Other, nothing}; pub struct B;"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn glob_re_exports_are_followed() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::*; pub(crate) use b::*;"),
        ("a.rs", "use crate::B; pub struct A;"),
        ("b.rs", "use crate::*; pub struct B(A);"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn re_exports_of_folders_are_followed() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod deep; pub(crate) use deep::{A, deep};"),
        ("a/deep.rs", "pub struct A; pub fn deep() -> crate::b::B { crate::b::B }"),
        ("b.rs", "use crate::a; pub struct B; fn f() { a::deep(); }"),
    ];
    let circle = circle(&files, &["a", "b"]);
    assert!(circle.to_string().contains("a/deep.rs:1: b::B"), "{circle}");
    assert!(circle.to_string().contains("b.rs:1: a::deep::deep"), "{circle}");
}

#[test]
fn a_module_and_a_function_of_one_name() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::a;"),
        ("a.rs", "pub fn a() { crate::b::b() }"),
        ("b.rs", "use crate::a; pub fn b() { a() }"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn super_is_the_module_above() {
    let files = [
        ("lib.rs", "mod outer;"),
        ("outer/mod.rs", "mod a; mod b; mod c;"),
        ("outer/a.rs", "use super::b::B; pub struct A;"),
        ("outer/b/mod.rs", "mod inner; pub struct B;"),
        ("outer/b/inner.rs", "fn f() { super::super::c::f() }"),
        ("outer/c.rs", "use super::a::A; pub fn f() {}"),
    ];
    let circle = circle(&files, &["a", "b", "c"]);
    assert!(circle.to_string().contains("outer/b/inner.rs:1: outer::c::f"), "{circle}");
}

#[test]
fn paths_in_types_expressions_and_patterns() {
    for b in [
        "pub fn f(_: &[crate::a::A]) {}",
        "pub fn f() { let _ = crate::a::A; }",
        "pub fn f(x: u8) -> bool { matches!(x, crate::a::ONE) }",
        "pub fn f(x: u8) { if let crate::a::ONE = x {} }",
        "impl crate::a::T for B {}",
        "pub fn f() { use super::a::A; }",
        "pub fn f() { println!(\"{}\", crate::a::ONE) }",
        "#[derive(S)] struct W { #[serde(with = \"crate::a\")] w: u8 }",
    ] {
        let a = "pub struct A; pub const ONE: u8 = 1; pub trait T {} fn f() { crate::b::f() }";
        circle(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)], &["a", "b"]);
    }
}

#[test]
fn macros_are_found_without_an_import() {
    let files = [
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        ("a.rs", "macro_rules! m { () => { $crate::b::f() }; }"),
        ("b.rs", "pub fn f() { m!() }"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn items_that_a_macro_makes_are_of_their_module() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::Made;"),
        ("a.rs", "other::make! { pub enum Made { One(crate::b::B) } }"),
        ("b.rs", "use crate::Made; pub struct B;"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn inline_modules_count() {
    let lib = "mod a { pub fn f() { super::b::f() } } mod b { pub fn f() { crate::a::f() } }";
    circle(&[("lib.rs", lib)], &["a", "b"]);
}

#[test]
fn modules_elsewhere_count() {
    let files = [
        ("lib.rs", "#[path = \"other/place.rs\"] mod a; mod b;"),
        ("other/place.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ];
    circle(&files, &["a", "b"]);
}

#[test]
fn what_is_for_tests_alone_does_not_count() {
    none(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "#[cfg(test)] use crate::a::A as _; pub struct B;
            impl B { #[cfg(all(test, feature = \"x\"))] fn f() { crate::a::f() } }
            #[cfg(test)] mod tests { use crate::a::A; #[test] fn t() {} }",
        ),
        ("c.rs", "use crate::{a::A, b::B};"),
    ]);
}

#[test]
fn what_is_left_out_of_tests_counts() {
    for cfg in ["not(test)", "any(test, feature = \"x\")", "feature = \"test\""] {
        let b = format!("#[cfg({cfg})] use crate::a::A; pub struct B;");
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", b.as_str()),
        ];
        circle(&files, &["a", "b"]);
    }
}

#[test]
fn a_folder_and_its_children_are_no_cycle() {
    none(&[
        ("lib.rs", "mod outer; pub const VERSION: u8 = 1;"),
        ("outer/mod.rs", "mod a; mod b; pub struct Shared; use self::{a::A, b::B};"),
        ("outer/a.rs", "use super::{Shared, b::B}; use crate::VERSION; pub struct A;"),
        ("outer/b.rs", "use super::*; pub struct B(Shared);"),
    ]);
}

#[test]
fn other_crates_and_local_names_do_not_count() {
    none(&[
        ("lib.rs", "mod a; mod b; pub use a::*;"),
        ("a.rs", "use crate::b::B; pub fn helper() {} pub struct A;"),
        (
            "b.rs",
            "use crate::*; pub struct B; fn f(helper: u8) -> u8 { ::a::A; let x = helper; x }",
        ),
    ]);
}

#[test]
fn the_way_around_is_the_shortest_and_the_cut_the_smallest() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::{b1, b2, b3}; pub fn a1() {}"),
        ("b.rs", "use crate::c::{c1, c2, c3}; pub fn b1() {} pub fn b2() {} pub fn b3() {}"),
        ("c.rs", "use crate::d::{d1, d2, d3}; pub fn c1() {} pub fn c2() {} pub fn c3() {}"),
        ("d.rs", "use crate::{a::a1, b::b1}; pub fn d1() {} pub fn d2() {} pub fn d3() {}"),
    ];
    let circle = circle(&files, &["a", "b", "c", "d"]);
    assert_eq!(circle.shortest.len(), 3);
    assert_eq!(circle.order, ["a", "b", "c", "d"]);
    let cut: Vec<_> = circle.cut.iter().map(|arrow| (&*arrow.from, &*arrow.to)).collect();
    assert_eq!(cut, [("d", "a"), ("d", "b")]);
}
