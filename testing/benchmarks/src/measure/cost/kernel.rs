// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel counts of programs.

use std::{collections::BTreeSet, fs};

use libbpf_rs::query::ProgInfoIter;

use super::{STATISTICS, set_statistics};
use crate::Result;

/// Makes the kernel count, until it is dropped.
pub(super) struct Statistics(String);

impl Statistics {
    pub(super) fn on() -> Result<Self> {
        let before = fs::read_to_string(STATISTICS)?.trim().to_owned();
        set_statistics("1")?;
        Ok(Self(before))
    }
}

impl Drop for Statistics {
    fn drop(&mut self) {
        let _ = set_statistics(&self.0);
    }
}

/// The numbers of all programs in the kernel.
pub(super) fn programs() -> BTreeSet<u32> {
    ProgInfoIter::default().map(|program| program.id).collect()
}

/// Runs of some programs, and their time.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) runs: u64,
    ns: u64,
}

impl Counted {
    /// Nanoseconds for each run; none for none.
    pub(super) fn each(&self) -> f64 {
        if self.runs == 0 { 0.0 } else { self.ns as f64 / self.runs as f64 }
    }
}

/// What these programs cost, but for those that print text.
pub(super) fn counted(programs: &[u32]) -> Counted {
    let mut all = Counted::default();
    for program in ProgInfoIter::default().filter(|p| programs.contains(&p.id)) {
        if !program.name.to_string_lossy().starts_with("metrics") {
            all.runs += program.run_cnt;
            all.ns += program.run_time_ns;
        }
    }
    all
}
