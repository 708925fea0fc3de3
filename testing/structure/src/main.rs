// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign-structure`: checks the structure of a tree, and makes the picture of its crates.
#![forbid(unsafe_code)]

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use bpfsign_structure::{
    Result, check, modules,
    picture::{DRAWING, PAGE, Picture},
    workspace::packages,
};

const USAGE: &str = "usage: bpfsign-structure check|modules|picture [--root DIR]

  check      print all that is wrong with the structure of the tree
  modules    print the arrows between the modules of each crate
  picture    write the picture of the crates into the architecture page
  --root     the tree, if not the one here";

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let (verb, root) = match args[..] {
        [verb] => (verb, PathBuf::from(".")),
        [verb, "--root", root] => (verb, PathBuf::from(root)),
        _ => ("", PathBuf::new()),
    };
    let done = match verb {
        "check" => report(&root),
        "modules" => list(&root),
        "picture" => draw(&root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("bpfsign-structure: {error}");
        ExitCode::FAILURE
    })
}

/// Prints every finding; fails if one of them does.
fn report(root: &Path) -> Result<ExitCode> {
    let mut failures = 0;
    for checked in check(root)? {
        let (failing, notes): (Vec<_>, Vec<_>) = checked.findings.iter().partition(|f| f.fails);
        match (failing.len(), notes.len()) {
            (0, 0) => println!("{}: none", checked.what),
            (fail, note) => println!("{}: {fail} to mend, {note} to know", checked.what),
        }
        for finding in &checked.findings {
            println!("  {}", finding.to_string().replace('\n', "\n  "));
        }
        failures += failing.len();
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what the modules of each crate need of their siblings.
fn list(root: &Path) -> Result<ExitCode> {
    for file in packages(root)?.iter().flat_map(|package| &package.roots) {
        for level in modules::levels(root, file)? {
            println!("{}: {}", level.file.display(), level.modules.join(", "));
            for arrow in &level.arrows {
                println!("  {}", arrow.to_string().replace('\n', "\n  "));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn draw(root: &Path) -> Result<ExitCode> {
    Picture::of(root)?.write(root)?;
    println!("wrote {PAGE} and {DRAWING}");
    Ok(ExitCode::SUCCESS)
}
