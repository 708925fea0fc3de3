// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What names may look like. Each becomes a path component or a kernel name,
//! so none holds a separator, a leading dot or anything a shell would expand.

/// A package name (§4.3): `[a-z0-9][a-z0-9-]*`, at most 63 bytes.
#[must_use]
pub fn is_package_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

/// A target or variant name (§3.4): `[a-z0-9][a-z0-9.-]*` without `..`, at
/// most 48 bytes.
#[must_use]
pub fn is_target_name(name: &str) -> bool {
    name.len() <= 48
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'.')
        && !name.contains("..")
}

/// A C identifier (§4.5, §4.6), at most 63 bytes: programs, maps, pins.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

/// An ELF section that names a hook (§4.5), such as `tp_btf/sched_switch`.
#[must_use]
pub(crate) fn is_attach_point(section: &str) -> bool {
    !section.is_empty()
        && section.len() <= 128
        && section.bytes().all(|c| c.is_ascii_alphanumeric() || b"_./:+-".contains(&c))
}

/// A symbol of an ELF file (§4.5), such as `runtime.mallocgc`.
#[must_use]
pub(crate) fn is_symbol(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_.$".contains(&c))
}

/// A place in a program file (§4.5): a symbol, with `go:` for a Go function's body.
#[must_use]
pub(crate) fn is_place(text: &str) -> bool {
    is_symbol(text.strip_prefix("go:").unwrap_or(text))
}

/// Text for people (§4.4): no control character, quote or backslash, so that
/// it has one TOML encoding and no terminal escape.
#[must_use]
pub(crate) fn is_text(text: &str) -> bool {
    text.len() <= crate::limits::TEXT_BYTES
        && !text.chars().any(|c| c.is_control() || c == '"' || c == '\\')
}

/// A package file in a repository (index-v1, §2.4): `[a-z0-9][a-z0-9._-]*.bpfpkg` without
/// `..`, at most 128 bytes.
#[must_use]
pub fn is_package_file(name: &str) -> bool {
    let stem = name.strip_suffix(".bpfpkg").unwrap_or_default();
    name.len() <= 128
        && stem.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && stem.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c))
        && !stem.contains("..")
}

/// A sequence of a package, a trust update or an index: from 1 to 2^63-1, as TOML has it.
#[must_use]
pub fn is_sequence(number: u64) -> bool {
    (1..=i64::MAX as u64).contains(&number)
}

/// 64 lowercase hexadecimal digits.
#[must_use]
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}
