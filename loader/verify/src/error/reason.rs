// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reasons, each with its code, exit code, message and hint. In a hint, `{path}` stands
//! for the file that the error is about.

use std::{io, path::PathBuf};

use bpfsign_format::{FormatError, bpf::BpfError};
use bpfsign_keys::{CertError, KeyError, KeyId, SignatureError};
use bpfsign_reasons::{ExitCode, io_hint, reasons};

use super::{
    Mismatch, PolicyRefusal,
    texts::{clock_behind, missing_of_each, threshold_hint, threshold_text},
};

reasons! {
    /// Why something was refused or failed on a host.
    pub enum Reason {
        /// The system refuses to open, read or write the file.
        Io(error: io::Error) => "io", Failed, "{error}", { io_hint(error) }, error, from;
        /// No package of that name is loaded.
        NotLoaded => "not-loaded", Failed,
            "no such package is loaded",
            "`bpfsign list` shows what is loaded";
        /// The loaded package has no map that is pinned under this name.
        NoSuchMap(map: String) => "no-such-map", Failed,
            "the package pins no map `{map}`",
            "`bpfsign maps NAME` shows the package's maps";
        /// The kernel lets only root open maps (`kernel.unprivileged_bpf_disabled`), and no
        /// holder serves this one.
        MapClosed => "map-closed", Failed,
            "this kernel lets only root open maps",
            "read current/metrics instead, or run as root";
        /// The loaded package gives no metrics text.
        NoMetrics => "no-metrics", Failed,
            "the package has no metrics",
            "read its maps instead: `bpfsign maps NAME MAP`";
        /// The holder that serves the package's events does not run.
        NoHolder => "no-holder", Failed,
            "the package's holder does not run",
            "as root, `bpfsign status NAME` starts it again";
        /// The address to serve metrics at can be reached from other machines.
        NotLoopback => "not-loopback", Failed,
            "is reached from other machines",
            "give a loopback address, such as 127.0.0.1:9435";
        /// The directory for pins is not on a mounted bpffs.
        NotBpffs => "bpffs-not-mounted", Failed,
            "is not on a mounted bpffs",
            "mount one: mount -t bpf bpf /sys/fs/bpf";
        /// This process lacks a capability; the text says which.
        NoPrivilege(what: &'static str) => "no-privilege", Failed,
            "too little privilege: {what}",
            "run it as root, outside a container that drops capabilities";
        /// The policy names a group for agents that /etc/group does not have.
        NoGroup(group: String) => "no-group", Failed,
            "the group `{group}` that the policy names does not exist",
            "create it: groupadd --system {group}";
        /// Others than root could write to a directory of bpfsign's.
        UnsafeDirectory => "unsafe-directory", Failed,
            "is writable by others than root",
            "chown root {{path}} && chmod go-w {{path}}";
        /// Another process has had the host's lock for that many seconds.
        Busy { waited: u64 } => "busy", Failed,
            "another bpfsign is changing this host, and was not done within {waited} s",
            "run it again when that is done, or with a longer --wait";
        /// Another holder keeps the links of this package.
        Held => "held", Failed,
            "another holder keeps the links of this package",
            "`bpfsign status NAME` shows which process it is";
        /// A file in the state directory is not what bpfsign wrote.
        DamagedState => "damaged-state", Failed,
            "the remembered sequence is damaged",
            "restore {{path}} from a backup, or remove it knowing what it guards";
        /// Schema, record or package of a loaded package are not what bpfsign wrote.
        DamagedRecord(why: String) => "damaged-record", Failed,
            "the record of what is loaded is damaged: {why}",
            "load the package again";
        /// A bare object is called by its file's name, which is no package name.
        ObjectName => "object-name", Failed,
            "the file name gives no package name",
            "name the file after its package: lower case letters, digits and -, then .bpf.o";
        /// The audit log cannot be written, so nothing is done.
        Audit(error: io::Error) => "audit", Failed,
            "the audit log cannot be written: {error}",
            "make room and check the state directory; nothing is loaded unlogged",
            error;
        /// A line of the audit log was changed, left out or put in.
        AuditBroken { line: usize, why: String } => "audit-broken", NotAuthentic,
            "line {line} of the audit log: {why}",
            "somebody changed the log: keep a copy, and find out who could write it";
        /// The index lists no package of that name.
        NotInIndex(name: String) => "not-in-index", Failed,
            "the index lists no package `{name}`",
            "`bpfsign repo verify` lists what is in it";

        /// The path is a directory, a device or a FIFO.
        NotAFile => "not-a-file", NotAuthentic,
            "not a regular file",
            "give a package (.bpfpkg) or an object (.bpf.o)";
        /// The directory does not hold one package, as an OCI tool copies it.
        NoPackageIn(why: String) => "no-package-in-directory", NotAuthentic,
            "the directory holds no package: {why}",
            "give a directory to which an OCI tool copied one package";
        /// The text of an index that was signed is no index.
        IndexInvalid(why: String) => "index-invalid", NotAuthentic,
            "the index is refused: {why}",
            "do not use it; get it again from its author";
        /// A file is not the one that the index lists; the fact says by what it differs.
        IndexMismatch(what: &'static str) => "index-mismatch", NotAuthentic,
            "is not the file that the index lists, by its {what}",
            "copy the whole repository again, index and packages together";
        /// A package lies in a repository whose index does not list it.
        NotListed => "index-not-listed", NotAuthentic,
            "the index does not list it",
            "copy the whole repository again, index and packages together";
        /// What a package says it was made from is not about this package.
        Provenance(why: String) => "provenance", NotAuthentic,
            "the provenance is refused: {why}",
            "on the release side, have it built again";
        /// The file is no well-formed signed document.
        Format(error: FormatError) => error;
        /// A bare object lies there without its signature.
        NoSignature(beside: PathBuf) => "no-signature", NotAuthentic,
            "the object has no detached signature",
            { Some(format!("put its signature beside it, as {}", beside.display())) };
        /// A signature by a trusted key does not hold.
        Signature { signer: String, error: SignatureError } => { error.code() }, NotAuthentic,
            "{error} (signer {signer})",
            "do not load it; get it again, and check that the policy holds the author's key",
            error;
        /// The object cannot be loaded.
        Object(error: BpfError) => { error.code() }, NotAuthentic,
            "{error}",
            "do not load it; get it again from its author",
            error, from;
        /// Manifest and object disagree.
        Mismatch(error: Mismatch) => error;
        /// The schema does not describe a map as the object lays it out.
        SchemaMismatch(map: String) => "schema-mismatch", NotAuthentic,
            "schema.json does not describe map `{map}` as the object lays it out",
            "do not load it; get it again from its author";
        /// The package has no variant of that name.
        NoSuchVariant(name: String) => "no-such-variant", NotAuthentic,
            "the package has no variant `{name}`",
            "`bpfsign verify FILE` shows its objects";
        /// A trust update is no well-formed one, or not for this host.
        TrustUpdate(why: String) => "trust-update", NotAuthentic,
            "the trust update is refused: {why}",
            "do not apply it; get it again from who made it";

        /// Fewer trusted keys signed than are needed. `unknown` signed and are not trusted;
        /// `ignored` says why signatures of trusted keys do not count.
        Threshold { found: usize, needed: usize, unknown: Vec<KeyId>, ignored: Vec<String> }
            => "threshold", NotTrusted,
            { threshold_text(*found, *needed, unknown, ignored) },
            { Some(threshold_hint(unknown, ignored).to_owned()) };
        /// Nobody who signed has a role that the package needs.
        Role(role: String) => "role", NotTrusted,
            "nobody signed it in role `{role}`, as this package needs",
            "on the release side, have a signer in role `{role}` sign it";
        /// A signer's certificates do not lead to the authority that the policy trusts.
        Certificate { key: KeyId, error: CertError } => { error.code() },
            { match error.is_malformed() { true => ExitCode::NotAuthentic, false => ExitCode::NotTrusted } },
            "{error} (signer {key})",
            "have it signed with a certificate that the policy's authority issued",
            error;
        /// The last day on which the package may be loaded is over.
        Expired(last: String) => "expired", NotTrusted,
            "expired: the last day to load it was {last}",
            "get a newer release of the package";
        /// A newer release was loaded or received here before.
        RolledBack { sequence: u64, seen: u64 } => "rolled-back", NotTrusted,
            "rolled back: sequence {sequence}, but {seen} was loaded here before",
            "load the newest release; an older one is not taken back";
        /// A key, a certificate or the package itself counts no more.
        Revoked(what: String) => "revoked", NotTrusted,
            "revoked: {what}",
            "do not load it; get a release that is signed by others";
        /// The clock is behind what was accepted before; both in seconds since 1970.
        ClockBehind { now: u64, floor: u64 } => "clock-behind", NotTrusted,
            { clock_behind(*now, *floor) },
            "set the clock; it must not go back";
        /// The policy's own file names nobody in role `trust`, so nobody may change trust.
        NoTrustRole => "no-trust-role", NotTrusted,
            "this host takes no trust updates: its policy names nobody in role `trust`",
            "name a signer with roles = [\"trust\"] in the policy's own file";
        /// A trust update brings in or changes a signer in a role that nobody who signed has.
        NotVouched { signer: String, role: String } => "not-vouched", NotTrusted,
            "nobody in role `{role}` signed for `{signer}`, whom the update brings into that role",
            "on the release side, have a signer in role `{role}` sign the update as well";
        /// After the trust update, a threshold could be met by nobody.
        Unreachable(what: String) => "threshold-unreachable", NotTrusted,
            "after this update {what}",
            "on the release side, name new signers in the same update";
        /// The sequence of a trust update is further ahead than updates come.
        TrustJump { sequence: u64, seen: u64, most: u64 } => "trust-jump", NotTrusted,
            "trust update {sequence} is more than {most} ahead of {seen}, the last that was applied",
            "if it is right, apply it as root with --allow-jump";
        /// A trust update that was applied before is not authentic by the policy as it is now.
        KeptUpdate { why: Box<Reason> } => "kept-update", NotTrusted,
            "this trust update was applied before, and is refused now: {why}",
            "if the policy's own file was changed, put its signers in role `trust` back; otherwise restore {{path}} from a backup";
        /// A newer trust update was applied before.
        TrustRolledBack { sequence: u64, seen: u64 } => "trust-rolled-back", NotTrusted,
            "trust update {sequence} is not newer than {seen}, which was applied",
            "get the newest trust update";
        /// A file that should hold a public key does not.
        TrustedKey(error: KeyError) => "trusted-key", NotTrusted,
            "no usable public key: {error}",
            "give an SM2 public key in PEM: BEGIN PUBLIC KEY is its first line",
            error;
        /// The index's last day is over.
        IndexExpired(last: String) => "index-expired", NotTrusted,
            "the index is stale: its last day was {last}",
            "get the newest index; if this is it, have a new one built and signed";
        /// A newer index of its name was accepted before.
        IndexRolledBack { sequence: u64, seen: u64 } => "index-rolled-back", NotTrusted,
            "the index is stale: sequence {sequence}, but {seen} was seen before",
            "get the newest index; if this is it, have a new one built and signed";

        /// There is no policy file.
        PolicyMissing => "policy-missing", Policy,
            "there is no policy",
            "write {{path}}; /usr/share/bpfsign/policy.toml is a start";
        /// Others than root could change the policy, or a directory above it.
        PolicyWritable(path: PathBuf) => "policy-writable", Policy,
            { format!("{} can be changed by others than root", path.display()) },
            { Some(match path.is_dir() {
                true => "keep the policy where only root can write, as in /etc/bpfsign".to_owned(),
                false => format!("chown root {0} && chmod go-w {0}", path.display()),
            }) };
        /// The policy's text is refused.
        PolicyInvalid(why: String) => "policy-invalid", Policy,
            "the policy is refused: {why}",
            "mend {{path}}; /usr/share/bpfsign/policy.toml shows every key";
        /// The policy does not allow what the package does.
        Refused(error: PolicyRefusal) => error;

        /// The package needs a newer loader.
        LoaderTooOld(needed: String) => "loader-too-old", CannotRun,
            { format!("needs bpfsign {needed}; this is {}", crate::VERSION) },
            "install a newer bpfsign on this host";
        /// No object of the package can run on this kernel; with what each of them lacks.
        NoVariant { kernel: String, refused: Vec<(String, Vec<String>)> }
            => "no-variant", CannotRun,
            { format!("holds no object that this kernel ({kernel}) can run{}", missing_of_each(refused)) },
            "on the release side, add the BTF of this kernel to a target, and build it again";
        /// The kernel cannot pin the attachment, and no holder can keep it.
        LinkNotPinnable(program: String) => "link-not-pinnable", CannotRun,
            "this kernel cannot pin the attachment of program `{program}`, and no holder can keep it",
            "use a hook that this kernel can pin: raw_tp, tp_btf, fentry, iter";

        /// The kernel refused to load it; `log` is the end of what it said.
        Load { log: String, error: String } => "load", LoadFailed,
            "the kernel refused to load it: {error}{log}",
            "on the release side, inspect it: it needs what this kernel lacks";
        /// A program does not attach.
        Attach { program: String, error: String } => "attach", LoadFailed,
            "program `{program}` does not attach: {error}",
            "check that this kernel has the hook; tracepoints and probes need tracefs: mount -t tracefs tracefs /sys/kernel/tracing";
        /// A program, map or link cannot be pinned.
        Pin { what: String, error: String } => "pin", LoadFailed,
            "cannot pin {what}: {error}",
            "check the bpffs below --pin-root, and that you are root";
        /// The holder did not start, or did not do what it was told.
        Holder(why: String) => "holder", LoadFailed,
            "no holder keeps what cannot be pinned: {why}",
            "`bpfsign hold NAME` in a terminal shows why it ends";
    }
}
