// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sleeping, running, and calling the kernel.

use std::time::{Duration, Instant};

use rustix::process::getpriority_pgrp;
use serde_json::json;

use crate::{Outcome, step};

/// Sleeps. The independent source: the clock.
pub(super) fn sleep(times: usize, ms: usize) -> Outcome {
    let mut slept = Duration::ZERO;
    for _ in 0..times {
        let start = Instant::now();
        std::thread::sleep(Duration::from_millis(ms as u64));
        slept += start.elapsed();
    }
    step(&json!({ "pid": std::process::id(), "slept_ns": slept.as_nanos() as u64 }))
}

/// Calls getpriority(2), which hardly anything else does.
pub(super) fn calls(times: usize) -> Outcome {
    for _ in 0..times {
        getpriority_pgrp(None)?;
    }
    step(&json!({ "calls": times }))
}

/// Runs without end, once it is told to.
pub(super) fn burn() -> Outcome {
    step(&json!({ "pid": std::process::id() }))?;
    loop {
        std::hint::spin_loop();
    }
}
