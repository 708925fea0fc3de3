// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Times of two things that take turns, so that both meet the same machine.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Result, command};

/// Runs of each before those that count.
const WARM_UP: usize = 3;

/// How long a command takes that must succeed.
pub fn timed(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    let took = start.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{command:?}: {status}").into()),
    }
}

/// The median times of two things in milliseconds, out of so many runs of each, in turn. What
/// must be done before a run is done outside of the time that it gives.
pub fn pair(
    runs: usize,
    mut ours: impl FnMut() -> Result<Duration>,
    mut theirs: impl FnMut() -> Result<Duration>,
) -> Result<(f64, f64)> {
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for run in 0..WARM_UP + runs.max(1) {
        let (our, their) = (ours()?, theirs()?);
        if run >= WARM_UP {
            our_times.push(milliseconds(our));
            their_times.push(milliseconds(their));
        }
    }
    Ok((median(our_times), median(their_times)))
}

/// The median of what something measures, out of so many runs.
pub fn single(runs: usize, mut measure: impl FnMut() -> Result<f64>) -> Result<f64> {
    let found: Result<Vec<f64>> = (0..runs.max(1)).map(|_| measure()).collect();
    Ok(median(found?))
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The middle one; of an even number, the upper of the two.
pub fn median(mut found: Vec<f64>) -> f64 {
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory that a command had in use, in KB, by time(1).
pub fn peak_memory(command: &Command) -> Result<f64> {
    let program = [command.get_program()];
    let inner = program.into_iter().chain(command.get_args());
    let mut timed = command::command("time", ["-f", "%M"]);
    let output = timed.args(inner).stdout(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match (output.status.success(), said.trim().lines().next_back().map(str::parse)) {
        (true, Some(Ok(kilobytes))) => Ok(kilobytes),
        _ => Err(format!("{command:?}: {said}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}
