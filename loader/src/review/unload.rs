// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Taking a package away.

use std::{fs, io::ErrorKind};

use bpfsign_format::is_package_name;
use bpfsign_verify::{Error, Event, Reason, Result, append};

use crate::{
    generation::{ReadyHost, remove_pins},
    holder::converge,
};

/// Detaches and removes a package. The highest sequence stays remembered.
///
/// # Errors
/// [`Reason::NotLoaded`], [`Reason::Io`].
pub fn unload(host: &ReadyHost<'_>, name: &str) -> Result<()> {
    let run = host.package_run(name);
    let known = is_package_name(name) && (host.package_pins(name).exists() || run.exists());
    if !known {
        return Err(Error::new(host.pin_root.join(name), Reason::NotLoaded));
    }
    let change = host.begin()?;
    remove_pins(host, name)?;
    // With nothing in force, the holder ends.
    converge(host, name)?;
    match fs::remove_dir_all(&run) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::new(&run, e)),
        _ => {}
    }
    append(host, Event::Unload { package: name.to_owned() })?;
    change.done();
    Ok(())
}
