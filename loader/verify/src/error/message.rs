// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What each reason says to people.

use std::fmt;

use bpfsign_format::Date;

use super::Reason;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Reason::*;
        match self {
            Io(error) => error.fmt(f),
            NotLoaded => f.write_str("no such package is loaded"),
            NoSuchMap(map) => write!(f, "the package pins no map `{map}`"),
            MapClosed => f.write_str("this kernel lets only root open maps"),
            NoMetrics => f.write_str("the package has no metrics"),
            NoHolder => f.write_str("the package's holder does not run"),
            NotLoopback => f.write_str("is reached from other machines"),
            NotBpffs => f.write_str("is not on a mounted bpffs"),
            NoPrivilege(what) => write!(f, "too little privilege: {what}"),
            NoGroup(group) => write!(f, "the group `{group}` that the policy names does not exist"),
            UnsafeDirectory => f.write_str("is writable by others than root"),
            Busy => f.write_str("another bpfsign is changing this host"),
            Held => f.write_str("another holder keeps the links of this package"),
            DamagedState => f.write_str("the remembered sequence is damaged"),
            DamagedRecord(why) => write!(f, "the record of what is loaded is damaged: {why}"),
            ObjectName => f.write_str("the file name gives no package name"),
            Audit(error) => write!(f, "the audit log cannot be written: {error}"),
            AuditBroken { line, why } => write!(f, "line {line} of the audit log: {why}"),
            NotInIndex(name) => write!(f, "the index lists no package `{name}`"),
            NotAFile => f.write_str("not a regular file"),
            NoPackageIn(why) => write!(f, "the directory holds no package: {why}"),
            IndexInvalid(why) => write!(f, "the index is refused: {why}"),
            IndexMismatch(what) => write!(f, "is not the file that the index lists, by its {what}"),
            Provenance(why) => write!(f, "the provenance is refused: {why}"),
            NotListed => f.write_str("the index does not list it"),
            IndexExpired(day) => write!(f, "the index is stale: its last day was {day}"),
            IndexRolledBack { sequence, seen } => {
                write!(f, "the index is stale: sequence {sequence}, but {seen} was seen before")
            }
            Format(error) => error.fmt(f),
            NoSignature(_) => f.write_str("the object has no detached signature"),
            Signature { signer, error } => write!(f, "{error} (signer {signer})"),
            Object(error) => error.fmt(f),
            Mismatch(what) => write!(f, "manifest and object disagree: {what}"),
            SchemaMismatch(map) => {
                write!(f, "schema.json does not describe map `{map}` as the object lays it out")
            }
            NoSuchVariant(name) => write!(f, "the package has no variant `{name}`"),
            Certificate { key, error } => write!(f, "{error} (signer {key})"),
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
            Revoked(what) => write!(f, "revoked: {what}"),
            ClockBehind { now, floor } => write!(
                f,
                "the clock is behind: it says {}, and something of {} was accepted here",
                Date::of_seconds(*now),
                Date::of_seconds(*floor)
            ),
            TrustRolledBack { sequence, seen } => {
                write!(f, "trust update {sequence} is not newer than {seen}, which was applied")
            }
            TrustUpdate(why) => write!(f, "the trust update is refused: {why}"),
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
