// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The process that reads events for all readers.

use std::{error::Error, fs, path::Path};

/// The holder of a package, by the host's run directory.
pub(crate) fn holder(run_dir: &Path, package: &str) -> Result<u64, Box<dyn Error>> {
    let who = fs::read(run_dir.join(package).join("holder.json"))?;
    let who: serde_json::Value = serde_json::from_slice(&who)?;
    Ok(who["pid"].as_u64().ok_or("no process")?)
}

/// Seconds that a process ran (proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms).
pub(crate) fn cpu_time(pid: u64) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(") ").map(|(_, rest)| rest.split(' ').skip(11).take(2));
    fields.into_iter().flatten().filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}
