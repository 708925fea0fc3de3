// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What to do about each reason.

use std::io::ErrorKind;

use bpfsign_loader::{Error, Reason};

pub(crate) fn io(error: &std::io::Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::NotFound => Some("check the path"),
        ErrorKind::PermissionDenied => {
            Some("run as root, or for reading as a member of the agents' group")
        }
        ErrorKind::StorageFull => Some("make room on the file system and run it again"),
        ErrorKind::AlreadyExists => Some("choose another name, or move the file away first"),
        _ => None,
    }
}

pub(crate) fn loader(error: &Error) -> Option<String> {
    use Reason::*;
    let path = error.path.display();
    Some(match &*error.reason {
        Io(error) => return io(error).map(str::to_owned),
        NotLoaded => "`bpfsign list` shows what is loaded".into(),
        NoSuchVariant(_) => "`bpfsign verify FILE` shows its objects".into(),
        NoSuchMap(_) => "`bpfsign maps NAME` shows the package's maps".into(),
        MapClosed => "read current/metrics instead, or run as root".into(),
        NoMetrics => "read its maps instead: `bpfsign maps NAME MAP`".into(),
        NotBpffs => "mount one: mount -t bpf bpf /sys/fs/bpf".into(),
        NoPrivilege(_) => "run it as root, outside a container that drops capabilities".into(),
        NoGroup(group) => format!("create it: groupadd --system {group}"),
        UnsafeDirectory => format!("chown root {path} && chmod go-w {path}"),
        NoHolder => "as root, `bpfsign status NAME` starts it again".into(),
        NotLoopback => "give a loopback address, such as 127.0.0.1:9435".into(),
        Held => "`bpfsign status NAME` shows which process it is".into(),
        Busy => "run it again when that is done".into(),
        DamagedState => {
            format!("restore {path} from a backup, or remove it knowing what it guards")
        }
        DamagedRecord(_) => "load the package again".into(),
        ObjectName => {
            "name the file after its package: lower case letters, digits and -, then .bpf.o".into()
        }
        NotInIndex(_) => "`bpfsign repo verify` lists what is in it".into(),
        NotAFile => "give a package (.bpfpkg) or an object (.bpf.o)".into(),
        NoPackageIn(_) => "give a directory to which an OCI tool copied one package".into(),
        IndexInvalid(_) => "do not use it; get it again from its author".into(),
        Provenance(_) => "have it built again with `bpfsign build`".into(),
        IndexMismatch(_) | NotListed => {
            "copy the whole repository again, index and packages together".into()
        }
        IndexExpired(_) | IndexRolledBack { .. } => {
            "get the newest index; if this is it, have a new one built and signed".into()
        }
        Format(_) | Mismatch(_) | SchemaMismatch(_) | Object(_) => {
            "do not load it; get it again from its author".into()
        }
        NoSignature(beside) => {
            format!("put its signature beside it, as {}", beside.display())
        }
        Signature { .. } => {
            "do not load it; get it again, and check that the policy holds the author's key".into()
        }
        Certificate { .. } => {
            "have it signed with a certificate that the policy's authority issued".into()
        }
        Role(role) => format!("have a signer in role `{role}` sign it: bpfsign sign"),
        Threshold { ignored, .. } if !ignored.is_empty() => {
            "have a signer sign it that the policy lets sign this package today".into()
        }
        Threshold { unknown, .. } if unknown.is_empty() => {
            "have more of the trusted signers sign it: bpfsign sign --key KEY FILE".into()
        }
        Threshold { .. } => {
            "if its signer is to be trusted, add the public key to the policy".into()
        }
        Expired(_) => "get a newer release of the package".into(),
        Revoked(_) => "do not load it; get a release that is signed by others".into(),
        ClockBehind { .. } => "set the clock; it must not go back".into(),
        TrustRolledBack { .. } => "get the newest trust update".into(),
        TrustUpdate(_) => "do not apply it; get it again from who made it".into(),
        RolledBack { .. } => "load the newest release; an older one is not taken back".into(),
        TrustedKey(_) => "give an SM2 public key in PEM, as `bpfsign keygen` writes it".into(),
        PolicyMissing => format!("write {path}: docs/examples/policy.toml is a start"),
        PolicyWritable(what) if what.is_dir() => {
            "keep the policy where only root can write, as in /etc/bpfsign".into()
        }
        PolicyWritable(what) => {
            let what = what.display();
            format!("chown root {what} && chmod go-w {what}")
        }
        PolicyInvalid(_) => format!("mend {path}; docs/examples/policy.toml shows every key"),
        ProgramType { program_type, .. } => {
            format!("to allow it, add \"{program_type}\" to program-types in the policy")
        }
        AttachPoint { attach, .. } => {
            format!("to allow it, add \"{attach}\" to `attach` in the policy")
        }
        Helper { helper, .. } => format!("to allow it, list \"{helper}\" in `helpers`"),
        MapType { map_type, .. } => format!("to allow it, add \"{map_type}\" to `map-types`"),
        MapTooLarge { .. } => "raise `max-map-bytes` in the policy, or get a smaller one".into(),
        Memory { .. } => "raise `max-memory` in the policy, or get a smaller package".into(),
        Readers(_) => "change `readers` in the policy, or get another package".into(),
        Target(_) => "change `targets` in the policy, or get another package".into(),
        LoaderTooOld(_) => "install a newer bpfsign on this host".into(),
        NoVariant { .. } => {
            "have it built for this kernel: bpfsign target add-btf, then build".into()
        }
        LinkNotPinnable(_) => {
            "use a hook that this kernel can pin: raw_tp, tp_btf, fentry, iter".into()
        }
        Load { .. } => "`bpfsign inspect FILE` shows what the object needs of the kernel".into(),
        Attach { .. } => {
            "check that this kernel has the hook; tracepoints and probes need tracefs: \
             mount -t tracefs tracefs /sys/kernel/tracing"
                .into()
        }
        Audit(_) => "make room and check the state directory; nothing is loaded unlogged".into(),
        AuditBroken { .. } => {
            "somebody changed the log: keep a copy, and find out who could write it".into()
        }
        Holder(_) => "`bpfsign hold NAME` in a terminal shows why it ends".into(),
        Pin { .. } => "check the bpffs below --pin-root, and that you are root".into(),
        _ => return None,
    })
}
