// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The picture of a made-up workspace.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;

use bpfsign_structure::{
    Error,
    picture::{BEGIN, DRAWING, END, PAGE, Picture},
};
use common::workspace;
use tempfile::TempDir;

fn sample() -> TempDir {
    let root = workspace(&[
        ("keys", &[]),
        ("packaging/format", &["keys"]),
        ("loader", &["packaging/format", "keys"]),
        ("cli", &["loader", "packaging/format"]),
        ("testing/all", &["cli"]),
    ]);
    fs::create_dir(root.path().join("docs")).unwrap();
    fs::write(root.path().join(PAGE), format!("before\n{BEGIN}\nold\n{END}\nafter\n")).unwrap();
    root
}

#[test]
fn the_list_replaces_what_is_between_the_comments() {
    let root = sample();
    let page = Picture::of(root.path()).unwrap().page;
    assert!(page.starts_with(&format!("before\n{BEGIN}\n")), "{page}");
    assert!(page.ends_with(&format!("{END}\nafter\n")), "{page}");
    assert!(!page.contains("old"), "{page}");
    assert!(page.contains("loader            loader: What <loader> is for"), "{page}");
    assert!(page.contains("stands on: keys, packaging/format\n"), "{page}");
    let order = ["  cli ", "  loader ", "  packaging/format ", "  keys ", "  testing/all "];
    let places: Vec<_> = order.iter().map(|name| page.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{page}");
}

#[test]
fn the_drawing_has_every_crate_and_no_arrow_twice() {
    let drawing = Picture::of(sample().path()).unwrap().drawing;
    for folder in ["cli", "loader", "packaging/format", "keys", "testing/all"] {
        assert_eq!(drawing.matches(&format!(">{folder}</text>")).count(), 1, "{folder}");
    }
    // cli to loader, loader to format, format to keys; the others follow from these.
    assert_eq!(drawing.matches("<path d=\"M").count() - 1, 3, "{drawing}");
    assert!(drawing.contains("What &lt;loader&gt; is for"), "{drawing}");
}

#[test]
fn it_is_the_same_each_time_and_a_change_shows() {
    let root = sample();
    let picture = Picture::of(root.path()).unwrap();
    assert_eq!(picture.check(root.path()).len(), 2);
    picture.write(root.path()).unwrap();
    let again = Picture::of(root.path()).unwrap();
    assert_eq!((&picture.page, &picture.drawing), (&again.page, &again.drawing));
    assert_eq!(again.check(root.path()), []);

    let manifest = root.path().join("keys/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap().replace("What <keys> is for", "Keys");
    fs::write(manifest, text).unwrap();
    let stale = Picture::of(root.path()).unwrap().check(root.path());
    let files: Vec<_> = stale.iter().map(|finding| finding.file.to_str().unwrap()).collect();
    assert_eq!(files, [PAGE, DRAWING]);
    assert!(stale[0].message.contains("make picture"), "{}", stale[0]);
}

#[test]
fn a_page_without_the_comments_is_an_error() {
    let root = sample();
    fs::write(root.path().join(PAGE), format!("before\n{BEGIN}\nafter\n")).unwrap();
    let error = Picture::of(root.path()).unwrap_err();
    assert!(matches!(error, Error::NoMarkers { marker: END, .. }), "{error}");
}
