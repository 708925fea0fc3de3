// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Verifying a loaded package again, from what `load` kept of it.

use bpfsign_files::read_bounded;
use bpfsign_format::limits;
use bpfsign_verify::{Error, Host, Policy, Reason, Record, Result, SOURCE, Sealed};

use super::decisions;

/// Whether today's policy would let the package of a record in: its signers, and
/// what its object does.
///
/// # Errors
/// The reason why not; [`Reason::DamagedRecord`] when it was not kept.
pub(super) fn reverify(host: &Host, policy: &Policy, record: &Record) -> Result<()> {
    let directory = host.package_run(&record.name).join(format!("g{}", record.generation));
    let package = directory.join(SOURCE);
    let sealed = match read_bounded(&package, limits::PACKAGE_BYTES) {
        Ok(bytes) => Sealed::from_bytes(&package, bytes)?,
        Err(_) => Sealed::read(&directory.join(&record.object))?,
    };
    let verified = sealed.verify(&policy.trust)?;
    if verified.sm3() != record.sm3 {
        let why = "what was kept is not what was loaded".to_owned();
        return Err(Error::new(package, Reason::DamagedRecord(why)));
    }
    let decisions = decisions(&verified, policy)?;
    // A bare object's name has no suffix in the decisions.
    let chosen = decisions
        .into_iter()
        .find(|(object, _)| *object == record.object || format!("{object}.bpf.o") == record.object);
    let refusal = chosen.and_then(|(_, all)| all.into_iter().find_map(|d| d.refusal));
    refusal.map_or(Ok(()), |reason| Err(Error::new(package, reason)))
}
