// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reasons, each with its code, exit code, message and hint.

use std::io;

use bpfsign_format::{FormatError, bpf::BpfError};
use bpfsign_keys::{CertError, KeyError, SignerError};
use bpfsign_reasons::{io_hint, reasons};

use super::Disagreement;
use crate::ObjectCheck;

reasons! {
    /// Why a package cannot be built, read or signed.
    pub enum Reason {
        /// The system refuses to open, read or write the file.
        Io(error: io::Error) => "io", Failed, "{error}", { io_hint(error) }, error, from;
        /// The path is a directory, a device or a FIFO. Name a file.
        NotAFile => "not-a-file", NotAuthentic,
            "not a regular file",
            "give a package (.bpfpkg) or an object (.bpf.o)";
        /// `program.toml` is not TOML, or a key in it is unknown, missing or wrong. Correct it.
        ProgramFile(why: String) => "program-file", Failed,
            "refused: {why}",
            "`bpfsign new DIR` writes a program.toml to compare it with";
        /// `program.toml` and the compiled objects disagree. Change one of them.
        Declares(error: Disagreement) => { error.code() }, Failed,
            "program.toml and the object disagree: {error}",
            { error.hint() }, error, from;
        /// No program has the compiler's name. Install clang, or name another.
        NoCompiler => "no-compiler", Failed,
            "no compiler of this name is installed",
            "install clang (apt-get install clang, or dnf install clang), or give --clang PATH";
        /// The compiler refuses the source; what it printed says where. Correct the source.
        Compile(log: String) => "compile", Failed,
            { format!("does not compile\n{}", log.trim_end()) },
            "correct the source";
        /// libbpf's linker refuses what the compiler made; the text is libbpf's.
        Link(why: String) => "link", Failed,
            "libbpf cannot link the object: {why}",
            "build it with clang -g -target bpf";
        /// The file cannot be read as a BPF object. Build it again.
        Object(error: BpfError) => error;
        /// The file is not a well-formed package, index or trust update. Make it again.
        Format(error: FormatError) => { error.code() }, NotAuthentic,
            "{error}",
            {
                match error {
                    FormatError::OtherDocument { .. } => error.hint(),
                    _ => Some("make it again: bpfsign build DIR -o FILE".to_owned()),
                }
            }, error, from;
        /// The key cannot be made or used. Use another.
        Key(error: KeyError) => "key", Failed, "{error}", "use another key", error, from;
        /// The key, command or token that was asked to sign did not. Nothing was signed.
        Signer(error: SignerError) => { error.code() }, Failed,
            "{error}",
            "check the key, the command or the token; nothing was signed", error, from;
        /// The certificates that were given do not lead from this key to an authority.
        Certificate(error: CertError) => { error.code() }, Failed,
            "{error}",
            "give --chain the signer's certificate, then those above it", error, from;
        /// A target profile, or the name of a file with BTF of its kernels, is wrong.
        Target(why: String) => "target", Failed,
            "the target is refused: {why}",
            "correct the file; `bpfsign target show NAME` prints a profile";
        /// No target has this name. Name one of those that are known.
        UnknownTarget { name: String, known: Vec<String> } => "unknown-target", Failed,
            { format!("there is no target `{name}`; there are {}", known.join(", ")) },
            "`bpfsign target list` shows them";
        /// The file is not a kernel, or lacks what is needed of it; the text says what.
        KernelFile(why: String) => "kernel-file", Failed,
            "{why}",
            "give a vmlinux, a vmlinuz, or a file of raw BTF that pahole wrote";
        /// A program that the command runs is not installed.
        NoTool(tool: &'static str) => "no-tool", Failed,
            "`{tool}` is needed for this and is not installed",
            {
                let package = if *tool == "xz" { "xz-utils" } else { tool };
                Some(format!("install it: apt-get install {package}, or dnf install {package}"))
            };
        /// The BTF of a target's kernel is malformed. Add it again.
        TargetBtf => "target-btf", Failed,
            "is not well-formed BTF",
            "give a vmlinux, a vmlinuz, or a file of raw BTF that pahole wrote";
        /// An object asks for the kernel's type numbers, and the part of the BTF that a
        /// package carries has other numbers.
        CannotMinimise => "cannot-minimise", Failed,
            "an object asks for the kernel's type numbers, which BTF in a package cannot give",
            "leave out bpf_core_type_id_kernel(), or the target's BTF";
        /// The directory has no program for a test machine.
        NoGuest => "no-guest", Failed,
            "has no bpfsign-guest, which runs in the test machine",
            "make it with `make build`, or give --guest DIR";
        /// A program for a test machine needs libraries, and the machine has none.
        NotStatic => "not-static", Failed,
            "is not a static program, and a test machine has no libraries",
            "make it with `make build`, or give --guest DIR";
        /// The test machine did not end by itself; the text has its last lines.
        Machine(why: String) => "machine", Failed,
            "the machine failed: {why}",
            "check that the kernel boots in QEMU with a serial console";
        /// Objects would not load on targets that `program.toml` declares.
        CannotLoad(checks: Vec<ObjectCheck>) => "cannot-load", CannotRun,
            {
                let each: String = checks.iter().map(|check| format!("\n{check}")).collect();
                format!("would not load on every target that it is declared for{each}")
            },
            "change the program (BPFSIGN_HAS_* tells what a target has), or leave the target out";
        /// The directory's packages, or what was given, make no valid index.
        Index(why: String) => "index", Failed,
            "no index can be made: {why}",
            "the specification index-v1 says what an index may hold";
        /// The package's `provenance.json` is none, or does not fit its manifest.
        Provenance(why: String) => "provenance", NotAuthentic,
            "the provenance is refused: {why}",
            "have it built again with `bpfsign build`";
        /// The same file is named twice to be signed.
        Twice => "twice", Failed, "is named twice", "name each file once";
    }
}
