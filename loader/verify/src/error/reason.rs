// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reasons, with their codes.

use std::{io, path::PathBuf};

use bpfsign_format::{FormatError, bpf::BpfError};
use bpfsign_keys::{CertError, KeyError, KeyId, SignatureError};

use super::ExitCode;

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
    NotInIndex(String),
    NoHolder,
    NotLoopback,
    NotBpffs,
    NoPrivilege(&'static str),
    NoGroup(String),
    UnsafeDirectory,
    Busy,
    Held,
    DamagedState,
    DamagedRecord(String),
    ObjectName,
    Audit(io::Error),
    // Not authentic.
    NotAFile,
    NoPackageIn(String),
    IndexInvalid(String),
    IndexMismatch(String),
    NotListed,
    Provenance(String),
    Format(FormatError),
    NoSignature(PathBuf),
    AuditBroken { line: usize, why: String },
    Signature { signer: String, error: SignatureError },
    Object(BpfError),
    Mismatch(String),
    SchemaMismatch(String),
    NoSuchVariant(String),
    // Not trusted.
    Threshold { found: usize, needed: usize, unknown: Vec<KeyId>, ignored: Vec<String> },
    Role(String),
    Certificate { key: KeyId, error: CertError },
    Expired(String),
    RolledBack { sequence: u64, seen: u64 },
    Revoked(String),
    ClockBehind { now: u64, floor: u64 },
    TrustRolledBack { sequence: u64, seen: u64 },
    TrustUpdate(String),
    TrustedKey(KeyError),
    IndexExpired(String),
    IndexRolledBack { sequence: u64, seen: u64 },
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
            Io(_) | NotLoaded | NoSuchMap(_) | MapClosed | NoMetrics | NotInIndex(_) | NoHolder
            | NotLoopback | NotBpffs | NoPrivilege(_) | NoGroup(_) | UnsafeDirectory | Busy
            | Held | DamagedState | DamagedRecord(_) | ObjectName | Audit(_) => ExitCode::Failed,
            NotAFile
            | NoPackageIn(_)
            | IndexInvalid(_)
            | IndexMismatch(_)
            | NotListed
            | Provenance(_)
            | Format(_)
            | NoSignature(_)
            | Signature { .. }
            | Object(_)
            | Mismatch(_)
            | SchemaMismatch(_)
            | NoSuchVariant(_)
            | AuditBroken { .. }
            | TrustUpdate(_) => ExitCode::NotAuthentic,
            Certificate { error, .. } if error.is_malformed() => ExitCode::NotAuthentic,
            Certificate { .. } => ExitCode::NotTrusted,
            Threshold { .. }
            | Role(_)
            | Expired(_)
            | RolledBack { .. }
            | Revoked(_)
            | ClockBehind { .. }
            | TrustRolledBack { .. }
            | TrustedKey(_)
            | IndexExpired(_)
            | IndexRolledBack { .. } => ExitCode::NotTrusted,
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
            NoHolder => "no-holder",
            NotLoopback => "not-loopback",
            NotBpffs => "bpffs-not-mounted",
            NoPrivilege(_) => "no-privilege",
            NoGroup(_) => "no-group",
            UnsafeDirectory => "unsafe-directory",
            Busy => "busy",
            Held => "held",
            DamagedState => "damaged-state",
            DamagedRecord(_) => "damaged-record",
            ObjectName => "object-name",
            Audit(_) => "audit",
            AuditBroken { .. } => "audit-broken",
            NotAFile => "not-a-file",
            NoPackageIn(_) => "no-package-in-directory",
            IndexInvalid(_) => "index-invalid",
            IndexMismatch(_) => "index-mismatch",
            Provenance(_) => "provenance",
            NotListed => "index-not-listed",
            IndexExpired(_) => "index-expired",
            IndexRolledBack { .. } => "index-rolled-back",
            NotInIndex(_) => "not-in-index",
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
            NoSuchVariant(_) => "no-such-variant",
            SchemaMismatch(_) => "schema-mismatch",
            Threshold { .. } => "threshold",
            Role(_) => "role",
            Certificate { error, .. } => error.code(),
            Expired(_) => "expired",
            RolledBack { .. } => "rolled-back",
            Revoked(_) => "revoked",
            ClockBehind { .. } => "clock-behind",
            TrustRolledBack { .. } => "trust-rolled-back",
            TrustUpdate(_) => "trust-update",
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
