// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What errors of the author's side come to: a code, an exit code and what to do.

use bpfsign_host::{Failure, io_hint};
use bpfsign_verify::ExitCode;

/// An error that a verb may end with.
pub(crate) trait Explain {
    /// What to tell of it.
    fn explain(&self) -> Failure;
}

/// The verb fails where this is an error.
pub(crate) trait OrFailure<T> {
    fn or_failure(self) -> Result<T, Failure>;
}

impl<T, E: Explain> OrFailure<T> for Result<T, E> {
    fn or_failure(self) -> Result<T, Failure> {
        self.map_err(|error| error.explain())
    }
}

impl Explain for bpfsign_packaging::Error {
    fn explain(&self) -> Failure {
        let exit = match &*self.reason {
            bpfsign_packaging::Reason::CannotLoad(_) => ExitCode::CannotRun,
            reason if reason.is_malformed() => ExitCode::NotAuthentic,
            _ => ExitCode::Failed,
        };
        Failure::of(self, self.reason.code(), exit, packaging(&self.reason))
    }
}

impl Explain for bpfsign_registry::Error {
    fn explain(&self) -> Failure {
        let exit = match &self.reason {
            reason if reason.is_usage() => ExitCode::Usage,
            reason if reason.is_not_authentic() => ExitCode::NotAuthentic,
            _ => ExitCode::Failed,
        };
        Failure::of(self, self.reason.code(), exit, registry(&self.reason))
    }
}

impl Explain for bpfsign_keys::FileError {
    fn explain(&self) -> Failure {
        let (code, hint) = key_file(self);
        Failure::of(self, code, ExitCode::Failed, Some(hint))
    }
}

fn packaging(reason: &bpfsign_packaging::Reason) -> Option<String> {
    use bpfsign_packaging::Reason::*;
    Some(match reason {
        Io(error) => return io_hint(error).map(str::to_owned),
        NotAFile => "give a package (.bpfpkg) or an object (.bpf.o)".into(),
        Provenance(_) => "have it built again with `bpfsign build`".into(),
        Twice => "name each file once".into(),
        Index(_) => "the specification index-v1 says what an index may hold".into(),
        ProgramFile(_) => "`bpfsign new DIR` writes a program.toml to compare it with".into(),
        NoCompiler => {
            "install clang (apt-get install clang, or dnf install clang), or give --clang PATH"
                .into()
        }
        Compile(_) => "mend the source".into(),
        Link(_) | Object(_) => "build it with clang -g -target bpf".into(),
        Declares(_) => "change program.toml or the source".into(),
        Format(_) => "build the package again: bpfsign build DIR -o FILE".into(),
        Key(_) => "use another key".into(),
        Signer(_) => "check the key, the command or the token; nothing was signed".into(),
        Certificate(_) => "give --chain the signer's certificate, then those above it".into(),
        Target(_) => "mend the file; `bpfsign target show NAME` shows what a profile says".into(),
        UnknownTarget { .. } => "`bpfsign target list` shows them".into(),
        KernelFile(_) | TargetBtf => {
            "give a vmlinux, a vmlinuz, or a file of raw BTF that pahole wrote".into()
        }
        NoTool(tool) => format!(
            "install it: apt-get install {0}, or dnf install {0}",
            match *tool {
                "xz" => "xz-utils",
                other => other,
            }
        ),
        CannotMinimise => "leave out bpf_core_type_id_kernel(), or the target's BTF".into(),
        NoGuest | NotStatic => "make it with `make build`, or give --guest DIR".into(),
        Machine(_) => "check that the kernel boots in QEMU with a serial console".into(),
        CannotLoad(_) => {
            "change the program (BPFSIGN_HAS_* tells what a target has), or leave the target out"
                .into()
        }
        _ => return None,
    })
}

fn key_file(error: &bpfsign_keys::FileError) -> (&'static str, String) {
    use bpfsign_keys::{FileErrorReason::*, KeyError};
    let path = error.path.display();
    match &error.reason {
        Io(error) => ("io", io_hint(error).unwrap_or("check the file").to_owned()),
        Mode(_) => ("key-mode", format!("chmod 600 {path}")),
        Key(KeyError::PassphraseNeeded) => ("key-passphrase", "give --passphrase-file FILE".into()),
        Key(KeyError::CannotDecrypt) => {
            ("key-passphrase", "check the passphrase file; bpfsign reads PBES2 with AES".into())
        }
        _ => ("key", "give an SM2 key in PEM PKCS#8, as `bpfsign keygen` writes it".into()),
    }
}

fn registry(reason: &bpfsign_registry::Reason) -> Option<String> {
    use bpfsign_registry::Reason::*;
    Some(match reason {
        Reference(_) => "give REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:...".into(),
        PlainHttp => "give --plain-http if that is meant".into(),
        Authority(_) => "give --ca a file with certificates in PEM".into(),
        Setup(_) => return None,
        Credentials(_) | Denied => {
            "log in, for example with `skopeo login`: docker's config.json is read".into()
        }
        Unreachable(_) => "check the name, the network and the certificate (--ca)".into(),
        Deadline(_) => "run it again, with a longer --timeout".into(),
        NotFound => "`bpfsign tags REGISTRY/REPOSITORY` lists the tags".into(),
        Status { .. } | Push(_) => "check the registry, and run it again".into(),
        Redirect(_) => "if that is meant, name the host: --allow-redirect HOST".into(),
        TooLarge { .. } | Truncated { .. } | Digest { .. } | NotAPackage(_) => {
            "do not trust this registry; get the package another way".into()
        }
        _ => return None,
    })
}
