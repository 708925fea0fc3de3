// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every reason to refuse, its exit code and what to do about it.

use std::{fmt, io, path::PathBuf};

use bpfsign_format::{FormatError, bpf::BpfError};
use bpfsign_keys::{KeyError, KeyId, SignatureError};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused or failed, and for which file.
#[derive(Debug)]
pub struct Error {
    /// The file, directory or package concerned.
    pub path: PathBuf,
    /// The reason. Boxed, so that results stay small.
    pub reason: Box<Reason>,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: impl Into<PathBuf>, reason: Reason) -> Self {
        Self { path: path.into(), reason: Box::new(reason) }
    }

    /// For `map_err` on input and output.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::new(path, Reason::Io(error))
    }
}

/// The documented exit codes (docs/spec/cli-v1.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Input, output or another failure of the environment.
    Failed = 1,
    /// The command line.
    Usage = 2,
    /// Not authentic: signature, digest, malformed package.
    NotAuthentic = 3,
    /// Not trusted: signer, threshold, expired, rolled back.
    NotTrusted = 4,
    /// Refused by policy, or the policy itself cannot be trusted.
    Policy = 5,
    /// This host cannot run it.
    CannotRun = 6,
    /// The kernel refused to load or attach it.
    LoadFailed = 7,
}

/// Why something was refused or failed.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Display says what each one means")]
pub enum Reason {
    // The environment.
    Io(io::Error),
    NotLoaded,
    NoSuchMap(String),
    MapClosed,
    NoMetrics,
    NotBpffs,
    NoPrivilege(&'static str),
    NoGroup(String),
    UnsafeDirectory,
    Busy,
    Held,
    DamagedState,
    DamagedRecord(String),
    ObjectName,
    // Not authentic.
    NotAFile,
    Format(FormatError),
    NoSignature(PathBuf),
    Signature { signer: String, error: SignatureError },
    Object(BpfError),
    Mismatch(String),
    SchemaMismatch(String),
    // Not trusted.
    Threshold { found: usize, needed: usize, unknown: Vec<KeyId>, ignored: Vec<String> },
    Role(String),
    Expired(String),
    RolledBack { sequence: u64, seen: u64 },
    TrustedKey(KeyError),
    // Policy.
    PolicyMissing,
    PolicyWritable(PathBuf),
    PolicyInvalid(String),
    ProgramType { program: String, program_type: String },
    AttachPoint { program: String, attach: String },
    Helper { program: String, helper: String },
    MapType { map: String, map_type: String },
    MapTooLarge { map: String, bytes: u64, most: u64 },
    Memory { bytes: u64, most: u64 },
    Readers(String),
    Target(String),
    // Cannot run.
    LoaderTooOld(String),
    NoVariant { kernel: String, refused: Vec<(String, Vec<String>)> },
    LinkNotPinnable(String),
    // Load failed.
    Load { log: String, error: String },
    Attach { program: String, error: String },
    Pin { what: String, error: String },
    Holder(String),
}

impl Reason {
    /// The exit code that tells this kind of reason apart.
    pub fn exit_code(&self) -> ExitCode {
        use Reason::*;
        match self {
            Io(_) | NotLoaded | NoSuchMap(_) | MapClosed | NoMetrics | NotBpffs
            | NoPrivilege(_) | NoGroup(_) | UnsafeDirectory | Busy | Held | DamagedState
            | DamagedRecord(_) | ObjectName => ExitCode::Failed,
            NotAFile
            | Format(_)
            | NoSignature(_)
            | Signature { .. }
            | Object(_)
            | Mismatch(_)
            | SchemaMismatch(_) => ExitCode::NotAuthentic,
            Threshold { .. } | Role(_) | Expired(_) | RolledBack { .. } | TrustedKey(_) => {
                ExitCode::NotTrusted
            }
            PolicyMissing
            | PolicyWritable(_)
            | PolicyInvalid(_)
            | ProgramType { .. }
            | AttachPoint { .. }
            | Helper { .. }
            | MapType { .. }
            | MapTooLarge { .. }
            | Memory { .. }
            | Readers(_)
            | Target(_) => ExitCode::Policy,
            LoaderTooOld(_) | NoVariant { .. } | LinkNotPinnable(_) => ExitCode::CannotRun,
            Load { .. } | Attach { .. } | Pin { .. } | Holder(_) => ExitCode::LoadFailed,
        }
    }

    /// A stable name for `--json`, scripts and test vectors.
    pub fn code(&self) -> &'static str {
        use Reason::*;
        match self {
            Io(_) => "io",
            NotLoaded => "not-loaded",
            NoSuchMap(_) => "no-such-map",
            MapClosed => "map-closed",
            NoMetrics => "no-metrics",
            NotBpffs => "bpffs-not-mounted",
            NoPrivilege(_) => "no-privilege",
            NoGroup(_) => "no-group",
            UnsafeDirectory => "unsafe-directory",
            Busy => "busy",
            Held => "held",
            DamagedState => "damaged-state",
            DamagedRecord(_) => "damaged-record",
            ObjectName => "object-name",
            NotAFile => "not-a-file",
            Format(error) => error.code(),
            NoSignature(_) => "no-signature",
            Signature { error, .. } => match error {
                SignatureError::RawNotDer => "signature-raw",
                SignatureError::NotDer => "signature-not-der",
                SignatureError::EmptyIdentifier => "signature-empty-identifier",
                _ => "signature-invalid",
            },
            Object(BpfError::PinsItself(_)) => "object-pins-itself",
            Object(_) => "bad-object",
            Mismatch(_) => "object-manifest-mismatch",
            SchemaMismatch(_) => "schema-mismatch",
            Threshold { .. } => "threshold",
            Role(_) => "role",
            Expired(_) => "expired",
            RolledBack { .. } => "rolled-back",
            TrustedKey(_) => "trusted-key",
            PolicyMissing => "policy-missing",
            PolicyWritable(_) => "policy-writable",
            PolicyInvalid(_) => "policy-invalid",
            ProgramType { .. } => "program-type",
            AttachPoint { .. } => "attach-point",
            Helper { .. } => "helper",
            MapType { .. } => "map-type",
            MapTooLarge { .. } => "map-too-large",
            Memory { .. } => "memory",
            Readers(_) => "readers",
            Target(_) => "target",
            LoaderTooOld(_) => "loader-too-old",
            NoVariant { .. } => "no-variant",
            LinkNotPinnable(_) => "link-not-pinnable",
            Load { .. } => "load",
            Attach { .. } => "attach",
            Pin { .. } => "pin",
            Holder(_) => "holder",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Reason::*;
        match self {
            Io(error) => error.fmt(f),
            NotLoaded => f.write_str("no such package is loaded"),
            NoSuchMap(map) => write!(f, "the package pins no map `{map}`"),
            MapClosed => f.write_str("this kernel lets only root open maps"),
            NoMetrics => f.write_str("the package pins no metrics"),
            NotBpffs => f.write_str("is not on a mounted bpffs"),
            NoPrivilege(what) => write!(f, "too little privilege: {what}"),
            NoGroup(group) => write!(f, "the group `{group}` that the policy names does not exist"),
            UnsafeDirectory => f.write_str("is writable by others than root"),
            Busy => f.write_str("another bpfsign is changing this host"),
            Held => f.write_str("another holder keeps the links of this package"),
            DamagedState => f.write_str("the remembered sequence is damaged"),
            DamagedRecord(why) => write!(f, "the record of what is loaded is damaged: {why}"),
            ObjectName => f.write_str("the file name gives no package name"),
            NotAFile => f.write_str("not a regular file"),
            Format(error) => error.fmt(f),
            NoSignature(_) => f.write_str("the object has no detached signature"),
            Signature { signer, error } => write!(f, "{error} (signer {signer})"),
            Object(error) => error.fmt(f),
            Mismatch(what) => write!(f, "manifest and object disagree: {what}"),
            SchemaMismatch(map) => {
                write!(f, "schema.json does not describe map `{map}` as the object lays it out")
            }
            Role(role) => write!(f, "nobody signed it in role `{role}`, as this package needs"),
            Threshold { found, needed, unknown, ignored } => {
                write!(f, "signed by {found} of the {needed} trusted keys that are needed")?;
                ignored.iter().try_for_each(|why| write!(f, "; {why}"))?;
                unknown.iter().try_for_each(|id| write!(f, "; not trusted: {id}"))
            }
            Expired(day) => write!(f, "expired: the last day to load it was {day}"),
            RolledBack { sequence, seen } => {
                write!(f, "rolled back: sequence {sequence}, but {seen} was loaded here before")
            }
            TrustedKey(error) => write!(f, "no usable public key: {error}"),
            PolicyMissing => f.write_str("there is no policy"),
            PolicyWritable(path) => {
                write!(f, "{} can be changed by others than root", path.display())
            }
            PolicyInvalid(why) => write!(f, "the policy is refused: {why}"),
            ProgramType { program, program_type } => {
                write!(f, "the policy does not allow type {program_type} (program `{program}`)")
            }
            AttachPoint { program, attach } => {
                write!(f, "the policy does not allow the hook `{attach}` (program `{program}`)")
            }
            Helper { program, helper } => {
                write!(f, "the policy does not allow helper {helper} (program `{program}`)")
            }
            MapType { map, map_type } => {
                write!(f, "the policy does not allow maps of type {map_type} (map `{map}`)")
            }
            MapTooLarge { map, bytes, most } => {
                write!(f, "map `{map}` takes {bytes} bytes, and the policy allows {most}")
            }
            Memory { bytes, most } => {
                write!(f, "its maps take {bytes} bytes, and the policy allows {most}")
            }
            Readers(map) => write!(f, "the policy does not allow the readers of map `{map}`"),
            Target(targets) => write!(f, "the policy does not allow objects for {targets}"),
            LoaderTooOld(version) => {
                write!(f, "needs bpfsign {version}; this is {}", crate::VERSION)
            }
            NoVariant { kernel, refused } => {
                write!(f, "holds no object that this kernel ({kernel}) can run")?;
                let mut each = refused.iter();
                each.try_for_each(|(name, missing)| {
                    write!(f, "\n  {name} needs {}", missing.join("; "))
                })
            }
            LinkNotPinnable(program) => {
                write!(
                    f,
                    "this kernel cannot pin the attachment of program `{program}`, and no holder can keep it"
                )
            }
            Load { log, error } => write!(f, "the kernel refused to load it: {error}{log}"),
            Attach { program, error } => write!(f, "program `{program}` does not attach: {error}"),
            Pin { what, error } => write!(f, "cannot pin {what}: {error}"),
            Holder(why) => write!(f, "no holder keeps what cannot be pinned: {why}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for Error {}

/// The system's error below libbpf-rs's context lines.
pub(crate) fn root_cause(error: &libbpf_rs::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
