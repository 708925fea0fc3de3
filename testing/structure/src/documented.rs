// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is public and has no documentation, beyond what the compiler's lint sees: variants
//! and fields that an `allow` hides, and those of enums that are public in private modules.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Fields, ItemEnum, ItemStruct, Macro, Meta, Visibility, visit::Visit};

use crate::{
    Finding, Result,
    modules::Tree,
    source::{attributes, for_tests, has_doc},
    workspace::Package,
};

/// The macro whose body is an enum, each variant behind a semicolon.
const CATALOGUE: &str = "reasons";

/// Looks at the libraries and binaries of the packages, without their tests. `root` is
/// where the root files of the packages are.
pub fn check(root: &Path, packages: &[Package]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in packages.iter().flat_map(|package| &package.roots) {
        for module in Tree::read(root, file)?.modules {
            let mut undocumented = Undocumented { file: &module.file, findings: Vec::new() };
            module.attributes.iter().for_each(|each| undocumented.visit_attribute(each));
            module.items.iter().for_each(|item| undocumented.visit_item(item));
            findings.append(&mut undocumented.findings);
        }
    }
    findings.sort_by(|a, b| (&a.file, a.line, &a.message).cmp(&(&b.file, b.line, &b.message)));
    findings.dedup();
    Ok(findings)
}

struct Undocumented<'a> {
    file: &'a PathBuf,
    findings: Vec<Finding>,
}

impl Undocumented<'_> {
    fn complain(&mut self, at: proc_macro2::Span, message: String) {
        self.findings.push(Finding::failure(self.file, at.start().line, message));
    }
}

impl<'a> Visit<'a> for Undocumented<'_> {
    fn visit_item(&mut self, item: &'a syn::Item) {
        if !for_tests(attributes(item)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let Meta::List(list) = &attribute.meta
            && lets_pass(attribute, &list.tokens)
        {
            let message = "documentation is not asked for here: write it and take this out";
            self.complain(attribute.pound_token.span, message.to_string());
        }
    }

    fn visit_item_enum(&mut self, item: &'a ItemEnum) {
        syn::visit::visit_item_enum(self, item);
        if !matches!(item.vis, Visibility::Public(_)) {
            return;
        }
        for variant in item.variants.iter().filter(|variant| !has_doc(&variant.attrs)) {
            let message = format!("`{}::{}` has no doc comment", item.ident, variant.ident);
            self.complain(variant.ident.span(), message);
        }
    }

    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        syn::visit::visit_item_struct(self, item);
        let (Visibility::Public(_), Fields::Named(fields)) = (&item.vis, &item.fields) else {
            return;
        };
        for field in &fields.named {
            if let Some(name) = &field.ident
                && matches!(field.vis, Visibility::Public(_))
                && !has_doc(&field.attrs)
            {
                self.complain(name.span(), format!("`{}.{name}` has no doc comment", item.ident));
            }
        }
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == CATALOGUE) {
            for variant in bare_variants(call.tokens.clone()) {
                let message = format!("the reason `{variant}` has no doc comment");
                self.complain(variant.span(), message);
            }
        }
    }
}

/// Whether an attribute says that documentation may be missing.
fn lets_pass(attribute: &Attribute, tokens: &TokenStream) -> bool {
    let mut words = words(tokens.clone());
    words.extend(attribute.path().get_ident().map(ToString::to_string));
    words.contains("missing_docs") && ["allow", "expect", "warn"].iter().any(|w| words.contains(*w))
}

fn words(tokens: TokenStream) -> BTreeSet<String> {
    let inside = |token| match token {
        TokenTree::Ident(word) => BTreeSet::from([word.to_string()]),
        TokenTree::Group(group) => words(group.stream()),
        _ => BTreeSet::new(),
    };
    tokens.into_iter().flat_map(inside).collect()
}

/// The variants without a doc comment in `enum Name { #[doc] Variant …; … }`.
fn bare_variants(catalogue: TokenStream) -> Vec<proc_macro2::Ident> {
    let body = catalogue.into_iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    });
    let tokens: Vec<_> = body.unwrap_or_default().into_iter().collect();
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ';');
    tokens.split(is_end).filter_map(bare_variant).collect()
}

/// The variant at the start of these tokens, unless there is a doc comment before it.
fn bare_variant(tokens: &[TokenTree]) -> Option<proc_macro2::Ident> {
    let mut documented = false;
    for token in tokens {
        match token {
            TokenTree::Ident(variant) => return (!documented).then(|| variant.clone()),
            TokenTree::Group(attribute) => {
                let first = attribute.stream().into_iter().next();
                documented |= first.is_some_and(|first| first.to_string() == "doc");
            }
            _ => {}
        }
    }
    None
}
