// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a file is not a package. Each variant has its own sentence in
//! `docs/spec/package-v1.md` and its own test vector.

use std::fmt;

use bpfsign_keys::KeyId;

/// A field of a tar header (POSIX.1-2017, pax, "ustar Interchange Format").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are POSIX's own")]
pub enum HeaderField {
    Magic,
    Mode,
    Owner,
    Time,
    LinkName,
    OwnerName,
    Device,
    Prefix,
    Name,
    Checksum,
}

/// Why a file is not a well-formed package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// §1.1: larger than 16 MiB.
    TooLarge,
    /// §1.2: empty, or its length is no multiple of 512.
    Truncated,
    /// §1.3: an entry's content runs past the end of the file.
    EntryTruncated(String),
    /// §1.3: an entry's padding is not zero.
    PaddingNotZero(String),
    /// §1.4: more than 64 entries.
    TooManyEntries,
    /// §1.5: the two zero blocks at the end are missing or incomplete.
    NoEnd,
    /// §1.5: something follows the two zero blocks.
    TrailingBytes,
    /// §2.1: not a ustar header.
    NotUstar,
    /// §2.2: not a regular file (the type flag is given).
    NotRegular(u8),
    /// §2.4: the size is not eleven octal digits, or does not fit the file.
    BadSize,
    /// §2.3, §2.5 to §2.7: a header field has another value than the writer's.
    BadHeader(HeaderField),
    /// §3.1: the first entry is not `manifest.toml`.
    NoManifest,
    /// §3.5: an entry, or the manifest, occurs twice.
    DuplicateEntry(String),
    /// §3.2, §3.3: entries are not in order.
    WrongOrder(String),
    /// §3.4: a name that no package has.
    UnknownEntry(String),
    /// §3.6: an absolute name, `..`, or another component that could leave the directory.
    UnsafeName(String),
    /// §3.2: certificates without the signature that they are for.
    ChainAlone(KeyId),
    /// §3.2: more than 16 signatures.
    TooManySignatures,
    /// §5.2, §7.1: an entry is larger than its kind may be.
    EntryTooLarge(String),
    /// §4: the manifest is refused.
    Manifest(ManifestError),
    /// §4.7: a payload file that the manifest does not list.
    Unlisted(String),
    /// §4.7: a file that the manifest lists is missing.
    Missing(String),
    /// §5.6: a payload file has another size than the manifest says.
    WrongSize(String),
    /// §5.6: a payload file's SM3 differs from the manifest's.
    WrongSm3(String),
    /// §5.6: a payload file's SHA-256 differs from the manifest's.
    WrongSha256(String),
    /// §6.1: the schema is no well-formed schema (what serde says).
    BadSchema(String),
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestError {
    /// §4.1: not UTF-8.
    NotUtf8,
    /// §4.1: no TOML, or a key is unknown, missing, twice, or of the wrong type.
    Toml(String),
    /// §4.1: another format version than 1.
    Version(i64),
    /// §4.2: not the canonical encoding.
    NotCanonical,
    /// §4.3 to §4.8: a value is not allowed (the key, and what it must be).
    Value(&'static str, &'static str),
}

impl FormatError {
    /// A stable name for `--json` and the test vectors.
    pub fn code(&self) -> &'static str {
        use FormatError::*;
        match self {
            TooLarge => "package-too-large",
            Truncated => "truncated",
            EntryTruncated(_) => "entry-truncated",
            PaddingNotZero(_) => "padding-not-zero",
            TooManyEntries => "too-many-entries",
            NoEnd => "no-end",
            TrailingBytes => "trailing-bytes",
            NotUstar => "not-ustar",
            NotRegular(_) => "not-a-regular-file",
            BadSize => "bad-size",
            BadHeader(_) => "bad-header",
            NoManifest => "no-manifest",
            DuplicateEntry(_) => "duplicate-entry",
            WrongOrder(_) => "wrong-order",
            UnknownEntry(_) => "unknown-entry",
            UnsafeName(_) => "unsafe-name",
            ChainAlone(_) => "chain-alone",
            TooManySignatures => "too-many-signatures",
            EntryTooLarge(_) => "entry-too-large",
            Manifest(error) => error.code(),
            Unlisted(_) => "unlisted-file",
            Missing(_) => "missing-file",
            WrongSize(_) => "wrong-size",
            WrongSm3(_) => "wrong-sm3",
            WrongSha256(_) => "wrong-sha256",
            BadSchema(_) => "bad-schema",
        }
    }
}

impl ManifestError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "manifest-not-utf8",
            Self::Toml(_) => "manifest-toml",
            Self::Version(_) => "manifest-version",
            Self::NotCanonical => "manifest-not-canonical",
            Self::Value(..) => "manifest-value",
        }
    }
}

impl From<ManifestError> for FormatError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(error)
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use FormatError::*;
        match self {
            TooLarge => f.write_str("larger than 16 MiB"),
            Truncated => f.write_str("empty, or cut off inside a 512-byte block"),
            EntryTruncated(name) => write!(f, "cut off inside entry `{name}`"),
            PaddingNotZero(name) => write!(f, "the padding after `{name}` is not zero"),
            TooManyEntries => f.write_str("more than 64 entries"),
            NoEnd => f.write_str("cut off before the two zero blocks that end it"),
            TrailingBytes => f.write_str("something follows the two zero blocks that end it"),
            NotUstar => f.write_str("not a ustar archive"),
            NotRegular(flag) => {
                write!(
                    f,
                    "holds an entry that is not a regular file (type {:?})",
                    char::from(*flag)
                )
            }
            BadSize => f.write_str("an entry's size is not eleven octal digits within the file"),
            BadHeader(field) => write!(f, "a header's {field:?} field is not the canonical one"),
            NoManifest => f.write_str("the first entry is not `manifest.toml`"),
            DuplicateEntry(name) => write!(f, "entry `{name}` occurs twice"),
            WrongOrder(name) => write!(f, "entry `{name}` is out of order"),
            UnknownEntry(name) => write!(f, "entry `{name}` does not belong in a package"),
            UnsafeName(name) => write!(f, "entry name `{name}` could leave the directory"),
            ChainAlone(id) => write!(f, "certificates without a signature by {id}"),
            TooManySignatures => f.write_str("more than 16 signatures"),
            EntryTooLarge(name) => write!(f, "entry `{name}` is larger than its kind may be"),
            Manifest(error) => error.fmt(f),
            Unlisted(name) => write!(f, "the manifest does not list `{name}`"),
            Missing(name) => write!(f, "`{name}` is in the manifest but not in the package"),
            WrongSize(name) => write!(f, "`{name}` has another size than the manifest says"),
            WrongSm3(name) => write!(f, "`{name}` has another SM3 than the manifest says"),
            WrongSha256(name) => write!(f, "`{name}` has another SHA-256 than the manifest says"),
            BadSchema(why) => write!(f, "`schema.json` is not a schema: {why}"),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("the manifest is not UTF-8"),
            Self::Toml(why) => write!(f, "the manifest is refused: {why}"),
            Self::Version(v) => write!(f, "the manifest has format {v}; this program knows 1"),
            Self::NotCanonical => f.write_str("the manifest is not in its canonical encoding"),
            Self::Value(key, must) => write!(f, "the manifest's `{key}` must be {must}"),
        }
    }
}

impl std::error::Error for FormatError {}
impl std::error::Error for ManifestError {}
