// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Applying a trust update (§3 of trust-v1).

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path};

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::{Date, limits};

use crate::{
    AppliedUpdate, At, Error, Event, HostPolicy, Reason, Result, append,
    policy::{Judged, Moment, file_name},
    state,
};

/// How far the sequence of an update may be ahead of the last: more is a mistake, or is meant
/// to keep all others out.
const MOST_AHEAD: u64 = 1000;

/// How an update is applied.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplyOptions {
    /// Whether its sequence may be ahead by any number.
    pub allow_jump: bool,
}

/// Checks a trust update as [`apply_update`] does, and gives what it says; nothing changes.
///
/// # Errors
/// As [`apply_update`].
pub fn check_update(
    policy: &HostPolicy<'_>,
    path: &Path,
    options: ApplyOptions,
) -> Result<AppliedUpdate> {
    let now = Moment::now();
    let Judged { update, signers, sm3, .. } = judge(policy, path, options, now)?.1;
    Ok(AppliedUpdate { update, signers, sm3, applied: now.0 })
}

/// Applies a trust update to the host whose policy this is.
///
/// # Errors
/// The one reason, with exit code 3 or 4; the host is then as it was.
pub fn apply_update(
    policy: &HostPolicy<'_>,
    path: &Path,
    options: ApplyOptions,
) -> Result<AppliedUpdate> {
    let (host, now) = (policy.host(), Moment::now());
    let (bytes, judged) = judge(policy, path, options, now)?;
    let Judged { update, signers, sm3, .. } = judged;
    let sequence = update.sequence;
    append(host, Event::TrustUpdate { sequence, sm3: sm3.clone(), signers: signers.clone() })?;
    let directory = host.trust_updates();
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).at(&directory)?;
    let kept = directory.join(file_name(sequence, now.0));
    write_whole(&kept, &bytes, 0o600).at(&kept)?;
    let issued = Date::parse(&update.issued).map_or(0, |day| day.seconds());
    // A day of tomorrow or later would keep everything out until then.
    host.raise_clock(issued.min(now.0))?;
    Ok(AppliedUpdate { update, signers, sm3, applied: now.0 })
}

fn judge(
    policy: &HostPolicy<'_>,
    path: &Path,
    options: ApplyOptions,
    now: Moment,
) -> Result<(Vec<u8>, Judged)> {
    let bytes = read_bounded(path, limits::PACKAGE_BYTES).at(path)?;
    let judged = policy.trust.judge(bytes.clone(), now).at(path)?;
    let (sequence, seen) = (judged.update.sequence, policy.newest_update());
    if sequence <= seen {
        return Err(Error::new(path, Reason::TrustRolledBack { sequence, seen }));
    }
    if sequence - seen > MOST_AHEAD && !options.allow_jump {
        return Err(Error::new(path, Reason::TrustJump { sequence, seen, most: MOST_AHEAD }));
    }
    policy.trust.check_reach(&judged.after, now).at(path)?;
    // What takes trust away never waits for a clock.
    if !judged.update.revokes() {
        policy.host().check_clock()?;
        let issued = Date::parse(&judged.update.issued).map_or(0, |day| day.seconds());
        state::check_not_ahead(path, issued)?;
    }
    Ok((bytes, judged))
}
