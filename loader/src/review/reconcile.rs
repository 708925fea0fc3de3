// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Taking away what is trusted no more.

use bpfsign_verify::{Error, Host, HostPolicy, Policy, Result};

use super::{reverify::reverify, unload};
use crate::{
    generation::ReadyHost,
    read::{packages, status},
};

/// Why today's policy would refuse a loaded package; `None` when it would not.
///
/// # Errors
/// [`NotLoaded`](bpfsign_verify::Reason::NotLoaded) and what else `status` finds.
pub fn refused_today(host: &Host, policy: &Policy, name: &str) -> Result<Option<Error>> {
    let found = status(host, name)?;
    Ok(reverify(host, policy, &found.record).err())
}

/// Unloads every package that today's policy would refuse; their names and why.
///
/// # Errors
/// What keeps one from being unloaded.
pub fn reconcile(host: &ReadyHost<'_>, policy: &HostPolicy<'_>) -> Result<Vec<(String, Error)>> {
    let mut unloaded = Vec::new();
    for name in packages(host)? {
        if let Some(why) = refused_today(host, policy, &name)? {
            unload(host, &name)?;
            unloaded.push((name, why));
        }
    }
    Ok(unloaded)
}
