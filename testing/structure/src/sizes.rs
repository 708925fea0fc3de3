// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files and functions that hold more than one idea.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::Span;
use syn::{ImplItemFn, ItemFn, Signature, TraitItemFn, spanned::Spanned, visit::Visit};

use crate::{Error, Finding, Result, files::files, source::parse};

/// The most lines of a file.
pub const FILE_LINES: usize = 300;
/// More lines of a function than this are worth a note.
pub const LONG_FUNCTION: usize = 50;
/// The most lines of a function.
pub const FUNCTION_LINES: usize = 60;

/// Sources of more than [`FILE_LINES`] lines: Rust, C and shell.
pub fn long_files(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files(root, &["rs", "c", "h", "sh"])? {
        let text = fs::read(root.join(&file)).map_err(Error::io(&file))?;
        let lines = text.iter().filter(|&&byte| byte == b'\n').count();
        if lines > FILE_LINES {
            let message = format!(
                "{lines} lines; more than {FILE_LINES} hold more than one idea: split the file"
            );
            findings.push(Finding::failure(file, lines, message));
        }
    }
    Ok(findings)
}

/// Rust functions of more than [`LONG_FUNCTION`] lines, from `fn` to the closing brace,
/// longest first. Those of more than [`FUNCTION_LINES`] fail, but for tests: a test that
/// walks through a table or a story is read from top to bottom.
pub fn long_functions(root: &Path) -> Result<Vec<Finding>> {
    let mut long = Long { file: PathBuf::new(), found: Vec::new() };
    for file in files(root, &["rs"])? {
        let parsed = parse(root, &file)?;
        long.file = file;
        long.visit_file(&parsed);
    }
    long.found.sort_by_key(|(lines, _)| std::cmp::Reverse(*lines));
    Ok(long.found.into_iter().map(|(_, finding)| finding).collect())
}

struct Long {
    file: PathBuf,
    found: Vec<(usize, Finding)>,
}

impl Long {
    fn measure(&mut self, signature: &Signature, end: Span) {
        let line = signature.span().start().line;
        let lines = end.end().line + 1 - line;
        if lines > LONG_FUNCTION {
            let message = format!(
                "`{}` has {lines} lines; about {LONG_FUNCTION} are read at once: split the function",
                signature.ident
            );
            let finding = Finding::failure(self.file.clone(), line, message);
            let fails = lines > FUNCTION_LINES && !is_test(&self.file);
            self.found.push((lines, Finding { fails, ..finding }));
        }
    }
}

/// Whether a file is of tests alone.
fn is_test(file: &Path) -> bool {
    file.starts_with("testing") || file.components().any(|part| part.as_os_str() == "tests")
}

impl<'a> Visit<'a> for Long {
    fn visit_item_fn(&mut self, function: &'a ItemFn) {
        self.measure(&function.sig, function.block.span());
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a ImplItemFn) {
        self.measure(&function.sig, function.block.span());
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'a TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block.span());
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}
