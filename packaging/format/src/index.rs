// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A repository's index (docs/spec/index-v1.md): which packages there are, and when it was
//! made. Sentences of that specification are cited as `§2.3`.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{
    Date, is_package_name,
    manifest::parse_version,
    names::{is_digest, is_package_file, is_sequence},
};

/// What the index of a directory is called.
pub const INDEX_FILE: &str = "index.bpfindex";

/// What an index says. Parse it only after its signatures hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The version of the format, 1.
    pub index: u32,
    /// The repository's name, which a host remembers it by.
    pub name: String,
    /// Rises with every index of this name.
    pub sequence: u64,
    /// The day on which it was made, `YYYY-MM-DD`, UTC.
    pub issued: String,
    /// The last day on which it counts, `YYYY-MM-DD`, UTC.
    pub expires: String,
    /// The packages, in ascending order of their files' names.
    #[serde(rename = "package", default)]
    pub packages: Vec<IndexEntry>,
}

/// One package file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IndexEntry {
    /// The file's name, without directories.
    pub file: String,
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its sequence.
    pub sequence: u64,
    /// The file's size in bytes.
    pub size: u64,
    /// SM3 of the whole file, signatures included; 64 lowercase hexadecimal digits.
    pub sm3: String,
}

impl Index {
    /// Parses the text of an index, which must be canonical: what it says, encoded again,
    /// gives the same bytes.
    ///
    /// # Errors
    /// The first sentence of §2 that is violated.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let index: Self = toml::from_str(text).map_err(|e| e.message().replace('\n', " "))?;
        index.validate()?;
        match index.encode() == text {
            true => Ok(index),
            false => Err("it is not in its canonical encoding".to_owned()),
        }
    }

    /// Checks §2.2 to §2.5.
    ///
    /// # Errors
    /// What is violated.
    pub fn validate(&self) -> Result<(), String> {
        let require = |holds: bool, what: &str| holds.then_some(()).ok_or_else(|| what.to_owned());
        require(self.index == 1, "`index` must be 1, the version of this format")?;
        require(is_package_name(&self.name), "`name` must be of a-z, 0-9 and -, at most 63 bytes")?;
        require(is_sequence(self.sequence), "`sequence` must be from 1 to 2^63-1")?;
        let days = Date::parse(&self.issued).zip(Date::parse(&self.expires));
        let (issued, expires) =
            days.ok_or_else(|| "`issued` and `expires` must be days, YYYY-MM-DD".to_owned())?;
        require(issued <= expires, "it expires before it was issued")?;
        let sorted = self.packages.is_sorted_by(|a, b| a.file < b.file);
        require(sorted, "its packages are not in ascending order of files, each once")?;
        self.packages.iter().try_for_each(|entry| {
            entry.validate().map_err(|what| format!("{what} (package {:?})", entry.file))
        })
    }

    /// The canonical text of a valid index.
    pub fn encode(&self) -> String {
        let Self { name, sequence, issued, expires, .. } = self;
        let mut out = format!(
            "index = 1\nname = \"{name}\"\nsequence = {sequence}\nissued = \"{issued}\"\n\
             expires = \"{expires}\"\n"
        );
        for IndexEntry { file, name, version, sequence, size, sm3 } in &self.packages {
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                "\n[[package]]\nfile = \"{file}\"\nname = \"{name}\"\nversion = \"{version}\"\n\
                 sequence = {sequence}\nsize = {size}\nsm3 = \"{sm3}\"\n"
            );
        }
        out
    }

    /// The newest release of a package that it lists.
    pub fn newest(&self, name: &str) -> Option<&IndexEntry> {
        self.packages.iter().filter(|e| e.name == name).max_by_key(|e| e.sequence)
    }
}

impl IndexEntry {
    fn validate(&self) -> Result<(), String> {
        let require = |holds: bool, what: &str| holds.then_some(()).ok_or_else(|| what.to_owned());
        require(is_package_file(&self.file), "`file` must be a file's name that ends in .bpfpkg")?;
        require(is_package_name(&self.name), "`name` must be a package's name")?;
        require(parse_version(&self.version).is_some(), "`version` must be MAJOR.MINOR.PATCH")?;
        require(is_sequence(self.sequence), "`sequence` must be from 1 to 2^63-1")?;
        let most = crate::limits::PACKAGE_BYTES as u64;
        require((1..=most).contains(&self.size), "`size` must be from 1 byte to 16 MiB")?;
        require(is_digest(&self.sm3), "`sm3` must be 64 lowercase hexadecimal digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let entry = |file: &str| IndexEntry {
            file: file.to_owned(),
            name: "a".to_owned(),
            version: "0.1.0".to_owned(),
            sequence: 1,
            size: 4096,
            sm3: "0".repeat(64),
        };
        Index {
            index: 1,
            name: "stable".to_owned(),
            sequence: 7,
            issued: "2026-11-27".to_owned(),
            expires: "2026-12-27".to_owned(),
            packages: vec![entry("a-0.1.0.bpfpkg"), entry("a-0.2.0.bpfpkg")],
        }
    }

    #[test]
    fn an_index_has_one_encoding() {
        let text = index().encode();
        assert_eq!(Index::parse(text.as_bytes()), Ok(index()));
        for changed in [text.replace(" = 7", " =  7"), text.clone() + "\n", text.clone() + "x = 1"]
        {
            assert!(Index::parse(changed.as_bytes()).is_err(), "{changed}");
        }
    }

    #[test]
    fn every_violation_of_an_index_is_refused() {
        for (from, to) in [
            ("index = 1", "index = 2"),
            ("\"stable\"", "\"../x\""),
            ("sequence = 7", "sequence = 0"),
            ("2026-12-27", "2026-11-26"),
            ("2026-12-27", "2026-13-27"),
            ("a-0.2.0.bpfpkg", "a-0.1.0.bpfpkg"),
            ("a-0.2.0.bpfpkg", "../a.bpfpkg"),
            ("a-0.2.0.bpfpkg", "a-0.2.0.tar"),
            ("a-0.2.0.bpfpkg", ".a.bpfpkg"),
            ("\"0.1.0\"", "\"0.1\""),
            ("size = 4096", "size = 99999999"),
            ("sm3 = \"00", "sm3 = \"xx"),
        ] {
            let text = index().encode().replacen(from, to, 1);
            assert!(text != index().encode() && Index::parse(text.as_bytes()).is_err(), "{to}");
        }
    }
}
