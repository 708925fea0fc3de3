// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the name of a test says of it is so.

use std::{fs, path::Path};

/// The marks of the tests in each module; none are for those that anyone runs.
const MARKS: [(&str, Option<&str>); 3] = [
    ("anyone", None),
    ("root", Some("#[ignore = \"needs root: make test\"]")),
    ("kernel", Some("#[ignore = \"needs what make test prepares\"]")),
];

/// `cargo test` runs the tests that anyone can run, and leaves out all others.
#[test]
fn tests_are_left_out_where_their_module_says() {
    for (module, mark) in MARKS {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli").join(module);
        let mut tests = 0;
        for file in fs::read_dir(directory).unwrap() {
            let path = file.unwrap().path();
            let source = fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            for test in (0..lines.len()).filter(|n| lines[*n] == "#[test]") {
                let attributes = lines[test + 1..].iter().take_while(|l| l.starts_with("#["));
                let ignored = attributes.filter(|l| l.starts_with("#[ignore")).copied();
                let name = lines[test..].iter().find(|l| l.starts_with("fn ")).unwrap();
                assert_eq!(ignored.last(), mark, "{}: {name}", path.display());
                tests += 1;
            }
        }
        assert!(tests > 0, "{module} has no tests");
    }
}
