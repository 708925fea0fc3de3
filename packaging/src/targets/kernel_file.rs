// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Taking BTF and symbols out of a file of the kernel's.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::{KernelId, bpf::raw_btf::Raw};
use object::{Object, ObjectSection, ObjectSymbol, ReadCache, ReadRef, SymbolKind};
use serde::Serialize;

use super::{Target, Targets, store::MAX_KERNEL_DATA};
use crate::{At, Error, Reason, Result};

/// Where BTF came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of raw BTF.
    BtfFile,
    /// The BTF inside a vmlinux.
    Vmlinux,
    /// DWARF debug information of a vmlinux, by pahole.
    Dwarf,
}

/// BTF that was added to a target.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// As `uname -r` prints it.
    pub release: String,
    /// Lowercase hexadecimal digits.
    pub build_id: String,
    /// The file that now holds it.
    pub file: PathBuf,
    /// Where it came from.
    pub origin: Origin,
    /// In bytes.
    pub size: usize,
    /// How many symbols are known; `None` without a symbol table.
    pub symbols: Option<usize>,
}

/// What a file of the kernel's holds.
struct Found {
    release: Option<String>,
    build_id: Option<String>,
    btf: Vec<u8>,
    origin: Origin,
    symbols: Option<BTreeSet<String>>,
}

impl Targets {
    /// Adds the BTF of one kernel to a target: from a file of raw BTF, a
    /// vmlinux with BTF, a vmlinux with DWARF (pahole makes BTF of it), or a
    /// vmlinuz with BTF. Release and build id are read from a kernel; for a
    /// file of BTF they must be given.
    ///
    /// # Errors
    /// [`Reason::KernelFile`] with what is missing; [`Reason::TargetBtf`].
    pub fn add_btf(
        &self,
        target: &Target,
        file: &Path,
        release: Option<&str>,
        build_id: Option<&str>,
    ) -> Result<Added> {
        let refused = |why: &str| Error::new(file, Reason::KernelFile(why.to_owned()));
        let found = read(file)?;
        if Raw::new(&found.btf).and_then(|raw| raw.offsets()).is_none_or(|o| o.is_empty()) {
            return Err(Error::new(file, Reason::TargetBtf));
        }
        let one =
            |given: Option<&str>, read: Option<&str>, differ: &str, none: &str| match (given, read)
            {
                (Some(given), Some(read)) if given != read => {
                    Err(refused(&format!("{differ} {read}")))
                }
                (Some(text), _) | (None, Some(text)) => Ok(text.to_owned()),
                (None, None) => Err(refused(none)),
            };
        let release = one(
            release,
            found.release.as_deref(),
            "it is of another release:",
            "it does not say which release it is of: give --release (uname -r)",
        )?;
        let build_id = one(
            build_id,
            found.build_id.as_deref(),
            "it has another build id:",
            "it does not say which build it is of: give --build-id, or --notes with a copy of \
             /sys/kernel/notes",
        )?;
        let kernel = KernelId::new(&release, &build_id).ok_or_else(|| {
            refused(&format!("not a release and a build id: {release:?} {build_id:?}"))
        })?;
        let path = self.write(target, &kernel, &found)?;
        Ok(Added {
            release,
            build_id,
            file: path,
            origin: found.origin,
            size: found.btf.len(),
            symbols: found.symbols.map(|s| s.len()),
        })
    }

    fn write(&self, target: &Target, kernel: &KernelId, found: &Found) -> Result<PathBuf> {
        let directory = self.kernel_directory(target);
        DirBuilder::new().recursive(true).mode(0o755).create(&directory).at(&directory)?;
        let path = directory.join(format!("{kernel}.btf"));
        let symbols = directory.join(format!("{kernel}.symbols"));
        match &found.symbols {
            Some(names) => {
                let text: String = names.iter().flat_map(|name| [name.as_str(), "\n"]).collect();
                write_whole(&symbols, text.as_bytes(), 0o644).at(&symbols)?;
            }
            None if symbols.exists() => {
                fs::remove_file(&symbols).at(&symbols)?;
            }
            None => {}
        }
        write_whole(&path, &found.btf, 0o644).at(&path)?;
        Ok(path)
    }
}

fn read(path: &Path) -> Result<Found> {
    let mut file = File::open(path).at(path)?;
    if !file.metadata().at(path)?.is_file() {
        return Err(Error::new(path, Reason::NotAFile));
    }
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(0x260).read_to_end(&mut start).at(path)?;
    if start.starts_with(&[0x9f, 0xeb]) {
        let btf = read_bounded(path, MAX_KERNEL_DATA).at(path)?;
        let origin = Origin::BtfFile;
        return Ok(Found { release: None, build_id: None, btf, origin, symbols: None });
    }
    if start.starts_with(b"\x7fELF") {
        // Read by parts: with DWARF it may be a gigabyte.
        return vmlinux(&ReadCache::new(file), path);
    }
    match unpack(path, &start)? {
        Some(kernel) => vmlinux(kernel.as_slice(), path),
        None => {
            let why = "is neither BTF, nor a vmlinux, nor a vmlinuz for x86".to_owned();
            Err(Error::new(path, Reason::KernelFile(why)))
        }
    }
}

fn vmlinux<'d>(data: impl ReadRef<'d>, path: &Path) -> Result<Found> {
    let elf = object::File::parse(data).map_err(|e| Reason::KernelFile(e.to_string())).at(path)?;
    let build_id = elf.build_id().ok().flatten();
    let build_id = build_id.map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect());
    let release = elf.section_by_name(".rodata").and_then(|s| banner_release(s.data().ok()?));
    let own = elf.section_by_name(".BTF").and_then(|s| s.data().ok().map(<[u8]>::to_vec));
    let (btf, origin) = match own.filter(|btf| !btf.is_empty()) {
        Some(btf) => (btf, Origin::Vmlinux),
        None if elf.section_by_name(".debug_info").is_some() => (pahole(path)?, Origin::Dwarf),
        None => {
            let why = "has neither BTF nor DWARF debug information".to_owned();
            return Err(Reason::KernelFile(why)).at(path);
        }
    };
    let symbols: BTreeSet<String> = elf
        .symbols()
        .filter(|s| s.is_definition())
        .filter_map(|s| Some((s.kind(), s.name().ok()?.to_owned())))
        .filter(|(kind, name)| {
            let hooks = ["__tracepoint_", "event_enter__", "event_exit__"];
            *kind == SymbolKind::Text || hooks.iter().any(|h| name.starts_with(h))
        })
        .map(|(_, name)| name)
        .collect();
    let symbols = (!symbols.is_empty()).then_some(symbols);
    Ok(Found { release, build_id, btf, origin, symbols })
}

/// The release in the kernel's banner (linux_banner in init/version.c).
fn banner_release(rodata: &[u8]) -> Option<String> {
    const START: &[u8] = b"Linux version ";
    let starts = rodata.windows(START.len()).enumerate().filter(|(_, w)| *w == START);
    let mut releases = starts.filter_map(|(at, _)| {
        let rest = &rodata[at + START.len()..];
        let end = rest.iter().take(65).position(|&b| b == b' ')?;
        str::from_utf8(&rest[..end]).ok().map(str::to_owned)
    });
    // The format string "Linux version %s" lies there too.
    releases.find(|r| r.starts_with(|c: char| c.is_ascii_digit()))
}

/// BTF from DWARF, by pahole.
fn pahole(vmlinux: &Path) -> Result<Vec<u8>> {
    let scratch = tempfile::tempdir().at(std::env::temp_dir())?;
    let btf = scratch.path().join("vmlinux.btf");
    let mut encode = std::ffi::OsString::from("--btf_encode_detached=");
    encode.push(&btf);
    let output = Command::new("pahole").arg(encode).arg(vmlinux).stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(Error::new(vmlinux, Reason::NoTool("pahole")));
        }
        Err(e) => return Err(e).at("pahole"),
    };
    if !output.status.success() || !btf.exists() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::new(vmlinux, Reason::KernelFile(format!("pahole fails: {why}"))));
    }
    read_bounded(&btf, MAX_KERNEL_DATA).at(&btf)
}

/// The vmlinux inside a vmlinuz (Documentation/arch/x86/boot.rst); `None` when
/// the file is another.
fn unpack(path: &Path, header: &[u8]) -> Result<Option<Vec<u8>>> {
    let word =
        |at: usize| header.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let protocol = header.get(0x206..0x208).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes);
    let is_kernel = header.get(0x202..0x206) == Some(b"HdrS") && protocol >= Some(0x0208);
    let (Some(offset), Some(length), true) = (word(0x248), word(0x24c), is_kernel) else {
        return Ok(None);
    };
    let image = read_bounded(path, 4 * MAX_KERNEL_DATA).at(path)?;
    let setup_sectors = match image.get(0x1f1) {
        Some(&0) | None => 4,
        Some(&n) => usize::from(n),
    };
    let start = (setup_sectors + 1) * 512 + offset as usize;
    let payload = image.get(start..start.saturating_add(length as usize));
    let payload = payload.ok_or_else(|| Reason::KernelFile("is cut off".to_owned())).at(path)?;
    let (tool, options, tail) = match payload {
        [0x1f, 0x8b, ..] => ("gzip", ["-d", "-c"], 0),
        // The kernel's build adds the size to what these write.
        [0xfd, b'7', b'z', ..] => ("xz", ["-d", "-c"], 4),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd", ["-d", "-c"], 4),
        [0x02, 0x21, 0x4c, 0x18, ..] => ("lz4", ["-d", "-c"], 4),
        _ => {
            let why = "is compressed in a way that is not known".to_owned();
            return Err(Reason::KernelFile(why)).at(path);
        }
    };
    let packed = &payload[..payload.len() - tail];
    let unpacked = decompress(tool, options, packed).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Reason::NoTool(tool),
        _ => Reason::KernelFile(format!("{tool} cannot unpack it: {e}")),
    });
    unpacked.map(Some).at(path)
}

fn decompress(tool: &str, options: [&str; 2], packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut child = Command::new(tool)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut unpacked = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| stdin.map(|mut pipe| pipe.write_all(packed)));
        stdout.map(|pipe| pipe.take(1 << 30).read_to_end(&mut unpacked)).transpose()
    })?;
    match child.wait()?.success() {
        true => Ok(unpacked),
        false => Err(io::Error::other("it fails")),
    }
}
