// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sleeping, running, and calling the kernel.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

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

/// Calls getpriority(2) so often in every millisecond, without end.
pub(super) fn pace(calls: usize) -> Outcome {
    const STEP: Duration = Duration::from_millis(1);
    let mut next = Instant::now();
    loop {
        for _ in 0..calls {
            getpriority_pgrp(None)?;
        }
        // A step that came late is made up for.
        next += STEP;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Two threads that wait for each other in turn.
pub(super) fn ping_pong(times: usize) -> Outcome {
    let ((ping, pinged), (pong, ponged)) = (mpsc::sync_channel(0), mpsc::sync_channel(0));
    let other = std::thread::spawn(move || while pinged.recv().is_ok() && pong.send(()).is_ok() {});
    for _ in 0..times {
        let turn = ping.send(()).is_ok() && ponged.recv().is_ok();
        assert!(turn, "the other thread is gone");
    }
    drop(ping);
    let _ = other.join();
    step(&json!({ "turns": times }))
}

/// Runs without end, once it is told to.
pub(super) fn burn() -> Outcome {
    step(&json!({ "pid": std::process::id() }))?;
    loop {
        std::hint::spin_loop();
    }
}
