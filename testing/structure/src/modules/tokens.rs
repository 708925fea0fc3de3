// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths among tokens that the parser leaves as they are: in macros and attributes.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::{Lit, ext::IdentExt};

/// A path as it is written, with its line.
pub(crate) type Written = (Vec<String>, usize);

/// The paths in `tokens`: `a::b`, a name with a capital letter, and a name that is called.
/// With `strings`, also those that are the whole of a string, as serde's attributes have them.
pub(crate) fn paths(tokens: TokenStream, strings: bool) -> Vec<Written> {
    let mut found = Vec::new();
    scan(&tokens.into_iter().collect::<Vec<_>>(), strings, &mut found);
    found
}

fn scan(tokens: &[TokenTree], strings: bool, found: &mut Vec<Written>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                scan(&group.stream().into_iter().collect::<Vec<_>>(), strings, found);
            }
            TokenTree::Literal(literal) if strings => {
                found.extend(in_string(literal).map(|path| (path, literal.span().start().line)));
            }
            TokenTree::Ident(first) => {
                let path = from(&tokens[at..]);
                // A path of n names is n names and n - 1 times two colons.
                let after = at + path.len() * 3 - 2;
                if starts(&tokens[..at], &path[0]) && is_path(&path, tokens.get(after)) {
                    found.push((path, first.span().start().line));
                }
                at = after;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// The names from the first token on, as far as `::` joins them.
fn from(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(name), after @ ..] = rest {
        path.push(name.unraw().to_string());
        match after {
            [TokenTree::Punct(one), TokenTree::Punct(two), next @ ..]
                if one.as_char() == ':'
                    && one.spacing() == Spacing::Joint
                    && two.as_char() == ':'
                    && matches!(next, [TokenTree::Ident(_), ..]) =>
            {
                rest = next;
            }
            _ => break,
        }
    }
    path
}

/// Whether a path can start behind these tokens: not a field, a lifetime, a variable of a
/// macro, or what is left of `::name`.
fn starts(before: &[TokenTree], first: &str) -> bool {
    let Some(TokenTree::Punct(last)) = before.last() else { return true };
    match last.as_char() {
        '.' => before.iter().rev().nth(1).is_some_and(is_dot),
        '\'' => false,
        '$' => first == "crate",
        ':' => last.spacing() == Spacing::Alone && !before.iter().rev().nth(1).is_some_and(joined),
        _ => true,
    }
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.')
}

fn joined(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(colon) if colon.as_char() == ':' && colon.spacing() == Spacing::Joint)
}

/// Whether these names are a path, and not a word of the macro's own or a variable.
fn is_path(path: &[String], next: Option<&TokenTree>) -> bool {
    let called = match next {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Punct(mark)) => mark.as_char() == '!',
        _ => false,
    };
    path.len() > 1 || called || path[0].starts_with(char::is_uppercase)
}

fn in_string(literal: &proc_macro2::Literal) -> Option<Vec<String>> {
    let Lit::Str(text) = Lit::new(literal.clone()) else { return None };
    let path = text.parse::<syn::Path>().ok()?;
    let names = path.segments.iter().map(|part| part.ident.unraw().to_string());
    (path.segments.len() > 1 && path.leading_colon.is_none()).then(|| names.collect())
}
