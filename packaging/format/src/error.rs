// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a file is not a package. Each variant has its own sentence in
//! `docs/spec/package-v1.md` and its own test vector.

use std::fmt;

use bpfsign_keys::KeyId;
use bpfsign_reasons::reasons;

use crate::Document;

/// A field of a tar header (POSIX.1-2017, pax, "ustar Interchange Format").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderField {
    /// `magic` and `version`.
    Magic,
    /// `mode`.
    Mode,
    /// `uid` and `gid`.
    Owner,
    /// `mtime`.
    Time,
    /// `linkname`.
    LinkName,
    /// `uname` and `gname`.
    OwnerName,
    /// `devmajor` and `devminor`.
    Device,
    /// `prefix`.
    Prefix,
    /// `name`.
    Name,
    /// `chksum`.
    Checksum,
}

impl fmt::Display for HeaderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Magic => "magic",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Time => "time",
            Self::LinkName => "link name",
            Self::OwnerName => "owner's name",
            Self::Device => "device",
            Self::Prefix => "prefix",
            Self::Name => "name",
            Self::Checksum => "checksum",
        })
    }
}

reasons! {
    /// Why a file is not a well-formed package.
    #[derive(Clone, PartialEq, Eq)]
    pub enum FormatError {
        /// §1.1: the file is larger than 16 MiB.
        TooLarge => "package-too-large", NotAuthentic,
            "larger than 16 MiB",
            "leave out objects or BTF: no package is larger";
        /// §1.2: the file is empty, or its length is no multiple of 512: it was cut off.
        Truncated => "truncated", NotAuthentic,
            "empty, or cut off inside a 512-byte block",
            "copy or download it again";
        /// §1.3: an entry's content runs past the end of the file: it was cut off.
        EntryTruncated(name: String) => "entry-truncated", NotAuthentic,
            "cut off inside entry `{name}`",
            "copy or download it again";
        /// §1.3: the bytes that pad an entry are not zero.
        PaddingNotZero(name: String) => "padding-not-zero", NotAuthentic,
            "the padding after `{name}` is not zero",
            "do not use it; get it again from its author";
        /// §1.4: the file has more than 64 entries.
        TooManyEntries => "too-many-entries", NotAuthentic,
            "more than 64 entries",
            "leave out objects or BTF: no package has more entries";
        /// §1.5: the two zero blocks at the end are missing or incomplete: it was cut off.
        NoEnd => "no-end", NotAuthentic,
            "cut off before the two zero blocks that end it",
            "copy or download it again";
        /// §1.5: something follows the two zero blocks.
        TrailingBytes => "trailing-bytes", NotAuthentic,
            "something follows the two zero blocks that end it",
            "do not use it; get it again from its author";
        /// §2.1: the file is no ustar archive, and so none of the files that bpfsign signs.
        NotUstar => "not-ustar", NotAuthentic,
            "not a ustar archive",
            "give a package (.bpfpkg), a trust update or an index that bpfsign made";
        /// §2.2: an entry is a link, a directory or another thing than a regular file; its type flag is given.
        NotRegular(flag: u8) => "not-a-regular-file", NotAuthentic,
            { format!("holds an entry that is not a regular file (type {:?})", char::from(*flag)) },
            "do not use it; get it again from its author";
        /// §2.4: a size is not eleven octal digits, or does not fit the file.
        BadSize => "bad-size", NotAuthentic,
            "an entry's size is not eleven octal digits within the file",
            "do not use it; get it again from its author";
        /// §2.3, §2.5 to §2.7: a header field has another value than the writer's.
        BadHeader(field: HeaderField) => "bad-header", NotAuthentic,
            "the {field} in an entry's header is not the one that the format gives it",
            "do not use it; get it again from its author";
        /// §3.1: the first entry is not the text of the document that was expected.
        NotFirst(document: Document) => "no-manifest", NotAuthentic,
            {
                let first = document.first_entry();
                format!("not {document}: the first entry is not `{first}`")
            },
            "do not use it; get it again from its author";
        /// §3.5: an entry, or the manifest, occurs twice.
        DuplicateEntry(name: String) => "duplicate-entry", NotAuthentic,
            "entry `{name}` occurs twice",
            "do not use it; get it again from its author";
        /// §3.2, §3.3: an entry is not where the order of entries puts it.
        WrongOrder(name: String) => "wrong-order", NotAuthentic,
            "entry `{name}` is out of order",
            "do not use it; get it again from its author";
        /// §3.1, §3.4: the file is another document than the one that was expected.
        OtherDocument { expected: Document, found: Document } => "unknown-entry", NotAuthentic,
            {
                let (this, not) = (found.first_entry(), expected.first_entry());
                format!(
                    "{expected} was expected, and this is {found}: the first entry is `{this}`, not `{not}`"
                )
            },
            { Some(found.use_hint().to_owned()) };
        /// §3.4: an entry has a name that no file of this kind has.
        UnknownEntry { name: String, document: Document } => "unknown-entry", NotAuthentic,
            "entry `{name}` does not belong in {document}",
            "do not use it; get it again from its author";
        /// §3.6: an absolute name, `..`, or another component that could leave the directory.
        UnsafeName(name: String) => "unsafe-name", NotAuthentic,
            "entry name `{name}` could leave the directory",
            "do not use it; get it again from its author";
        /// §3.2: certificates came without the signature that they are for.
        ChainAlone(id: KeyId) => "chain-alone", NotAuthentic,
            "certificates without a signature by {id}",
            "do not use it; get it again from its author";
        /// §3.2: the file has more than 16 signatures.
        TooManySignatures => "too-many-signatures", NotAuthentic,
            "more than 16 signatures",
            "have it signed by fewer: no file has more signatures";
        /// §5.2, §7.1: an entry is larger than its kind may be.
        EntryTooLarge(name: String) => "entry-too-large", NotAuthentic,
            "entry `{name}` is larger than its kind may be",
            "do not use it; get it again from its author";
        /// §4: the manifest is refused.
        Manifest(error: ManifestError) => error;
        /// §4.7: the package has a file that its manifest does not list.
        Unlisted(name: String) => "unlisted-file", NotAuthentic,
            "the manifest does not list `{name}`",
            "do not use it; get it again from its author";
        /// §4.7: the package lacks a file that its manifest lists.
        Missing(name: String) => "missing-file", NotAuthentic,
            "`{name}` is in the manifest but not in the package",
            "do not use it; get it again from its author";
        /// §5.6: a file has another size than the manifest says.
        WrongSize(name: String) => "wrong-size", NotAuthentic,
            "`{name}` has another size than the manifest says",
            "do not use it; get it again from its author";
        /// §5.6: a file's SM3 is not the one that the manifest says: it was changed.
        WrongSm3(name: String) => "wrong-sm3", NotAuthentic,
            "`{name}` has another SM3 than the manifest says",
            "do not use it; get it again from its author";
        /// §5.6: a file's SHA-256 is not the one that the manifest says: it was changed.
        WrongSha256(name: String) => "wrong-sha256", NotAuthentic,
            "`{name}` has another SHA-256 than the manifest says",
            "do not use it; get it again from its author";
        /// §6.1: `schema.json` is no well-formed schema; the text says why.
        BadSchema(why: String) => "bad-schema", NotAuthentic,
            "`schema.json` is not a schema: {why}",
            "do not use it; get it again from its author";
    }
}

reasons! {
    /// Why a manifest is refused.
    #[derive(Clone, PartialEq, Eq)]
    pub enum ManifestError {
        /// §4.1: the manifest is not UTF-8.
        NotUtf8 => "manifest-not-utf8", NotAuthentic, "the manifest is not UTF-8", "do not use it; get it again from its author";
        /// §4.1: the manifest is no TOML, or a key is unknown, missing, twice, or of the wrong
        /// type; the text is the TOML reader's.
        Toml(why: String) => "manifest-toml", NotAuthentic, "the manifest is refused: {why}", "do not use it; get it again from its author";
        /// §4.1: the manifest has another format version than 1: it needs a newer bpfsign.
        Version(version: i64) => "manifest-version", NotAuthentic,
            "the manifest has format {version}; this program knows 1",
            "install a newer bpfsign";
        /// §4.2: the manifest is not in its one encoding.
        NotCanonical => "manifest-not-canonical", NotAuthentic,
            "the manifest is not in its canonical encoding",
            "do not use it; get it again from its author";
        /// §4.3 to §4.8: the value of a key is not allowed.
        Value(key: &'static str, must: &'static str) => "manifest-value", NotAuthentic,
            "the manifest's `{key}` must be {must}",
            "do not use it; get it again from its author";
    }
}

#[cfg(test)]
mod tests {
    use super::{FormatError, ManifestError};

    #[test]
    fn every_code_is_documented() {
        let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/cli-v1.md");
        let spec = std::fs::read_to_string(spec).unwrap();
        for code in [FormatError::codes(), ManifestError::codes()].concat() {
            assert!(spec.contains(&format!("`{code}`")), "{code}");
        }
    }
}
