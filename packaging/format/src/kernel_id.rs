// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A build of the kernel. BTF describes the types of exactly one build.

use std::fmt;

/// A build of the kernel. Two builds of one release may lay out their structs
/// differently; the build id tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KernelId {
    release: String,
    build_id: String,
}

impl KernelId {
    /// A release as `uname -r` prints it (at most 48 bytes of letters, digits
    /// and `. _ + ~ -`), and a build id (8 to 40 lowercase hexadecimal digits);
    /// `None` for anything else.
    pub fn new(release: &str, build_id: &str) -> Option<Self> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"._+~-".contains(&c);
        let release_is_good = (1..=48).contains(&release.len())
            && release.starts_with(|c: char| c.is_ascii_digit())
            && release.bytes().all(plain)
            && !release.contains("..");
        let hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let id_is_good = (8..=40).contains(&build_id.len())
            && build_id.len().is_multiple_of(2)
            && build_id.bytes().all(hex);
        (release_is_good && id_is_good)
            .then(|| Self { release: release.to_owned(), build_id: build_id.to_owned() })
    }

    /// Of `<release>-<build id>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (release, build_id) = text.rsplit_once('-')?;
        Self::new(release, build_id)
    }

    /// As `uname -r` prints it.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// Lowercase hexadecimal digits, as in `/sys/kernel/notes`.
    pub fn build_id(&self) -> &str {
        &self.build_id
    }

    /// The payload file that holds this build's BTF (§3.4).
    pub fn btf_file(&self) -> String {
        format!("btf/{self}.btf")
    }

    /// Of the name of a payload file that holds BTF.
    pub fn of_btf_file(name: &str) -> Option<Self> {
        Self::parse(name.strip_prefix("btf/")?.strip_suffix(".btf")?)
    }
}

impl fmt::Display for KernelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.release, self.build_id)
    }
}

/// The GNU build id in ELF notes (`/sys/kernel/notes`, or an ELF file's note
/// section): name `GNU`, type 3 (elf(5), `NT_GNU_BUILD_ID`).
pub fn build_id_of_notes(notes: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u32::from_le_bytes(notes.get(at..at + 4)?.try_into().ok()?));
    let mut at = 0;
    loop {
        let (name_size, size, kind) = (word(at)? as usize, word(at + 4)? as usize, word(at + 8)?);
        let name = at + 12;
        let content = name.checked_add(name_size.checked_next_multiple_of(4)?)?;
        let end = content.checked_add(size)?;
        if kind == 3 && notes.get(name..name + 4)? == b"GNU\0" {
            let id = notes.get(content..end)?;
            return Some(id.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        at = end.checked_next_multiple_of(4)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_give_release_and_build_id() {
        let id = "ab".repeat(20);
        let kernel = KernelId::new("4.19.90-52.22.v2207.ky10.x86_64", &id).unwrap();
        assert_eq!(KernelId::of_btf_file(&kernel.btf_file()), Some(kernel));
        for (release, build_id) in [
            ("", &*id),
            ("x5.10", &id),
            ("5.10/../x", &id),
            ("5..10", &id),
            (&"5".repeat(49), &id),
            ("5.10", "abc"),
            ("5.10", "abcdefg0"),
            ("5.10", "ABCDEF00"),
        ] {
            assert_eq!(KernelId::new(release, build_id), None, "{release} {build_id}");
        }
    }

    #[test]
    fn build_ids_are_found_behind_other_notes() {
        let note = |name: &[u8; 4], kind: u32, content: &[u8]| {
            let words = [4, content.len() as u32, kind].map(u32::to_le_bytes).concat();
            [&words[..], name, content, &[0; 3][..(4 - content.len() % 4) % 4]].concat()
        };
        let notes = [note(b"Xen\0", 3, b"12345"), note(b"GNU\0", 3, &[0xab; 20])].concat();
        assert_eq!(build_id_of_notes(&notes), Some("ab".repeat(20)));
        assert_eq!(build_id_of_notes(&notes[..40]), None);
        assert_eq!(build_id_of_notes(&[0xff; 64]), None);
    }
}
