// SPDX-License-Identifier: Apache-2.0 OR MIT
//! sched-latency against an independent measure of the same load: the
//! scheduler's own run-delay in /proc/PID/schedstat.

use std::{
    collections::BTreeMap,
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::common::{Host, alone, run};

const NAME: &str = "sched-latency";

/// Processes that fight for one CPU, stopped until they are told to run.
struct Load(Vec<Child>);

impl Load {
    fn start(processes: usize) -> Self {
        let spin = "kill -STOP $$; while :; do :; done";
        let child = |_| {
            let mut command = Command::new("taskset");
            command.args(["-c", "0", "sh", "-c", spin]).stdin(Stdio::null());
            command.spawn().unwrap()
        };
        let load = Self((0..processes).map(child).collect());
        load.wait_until_stopped();
        load
    }

    fn pids(&self) -> Vec<u32> {
        self.0.iter().map(Child::id).collect()
    }

    fn run_for(&self, time: Duration) {
        self.signal("-CONT");
        thread::sleep(time);
        self.signal("-STOP");
        self.wait_until_stopped();
    }

    fn signal(&self, signal: &str) {
        let pids: Vec<_> = self.pids().iter().map(u32::to_string).collect();
        run("sh", ["-c", &format!("kill {signal} {}", pids.join(" "))]);
    }

    fn wait_until_stopped(&self) {
        for pid in self.pids() {
            let stopped = || {
                let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
                stat.rsplit_once(") ").unwrap().1.starts_with('T')
            };
            while !stopped() {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Nanoseconds waited on a run queue, and how often it ran (fields 2 and 3 of
/// Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat").
fn schedstat(pid: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    let fields: Vec<u64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
    (fields[1], fields[2])
}

/// `sum_ns`, `count` and slots by process, from the map.
fn measured(host: &Host) -> BTreeMap<u64, (u64, u64, Vec<u64>)> {
    let json = host.bpfsign(&["maps", "--json", NAME, "latency"]).json();
    let entry = |e: &serde_json::Value| {
        let value = &e["value"];
        let slots = value["slots"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap());
        let numbers = (value["sum_ns"].as_u64().unwrap(), value["count"].as_u64().unwrap());
        (e["key"]["pid"].as_u64().unwrap(), (numbers.0, numbers.1, slots.collect()))
    };
    json["entries"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
#[ignore = "needs root: make test"]
fn waits_agree_with_the_schedulers_own_count_within_ten_percent() {
    let _alone = alone();
    let host = Host::new();
    host.load(&host.package()).ok();
    let load = Load::start(4);
    let before: Vec<_> = load.pids().into_iter().map(schedstat).collect();
    let start = measured(&host);
    load.run_for(Duration::from_secs(3));
    let end = measured(&host);
    let mut totals = (0, 0);
    for (pid, before) in load.pids().into_iter().zip(before) {
        let after = schedstat(pid);
        let (delay, runs) = (after.0 - before.0, after.1 - before.1);
        let zero = (0, 0, vec![0; 27]);
        let first = start.get(&u64::from(pid)).unwrap_or(&zero);
        let last = &end[&u64::from(pid)];
        let (sum, count) = (last.0 - first.0, last.1 - first.1);
        println!("pid {pid}: {sum} ns in {count} waits; schedstat {delay} ns in {runs} runs");
        assert_eq!(last.2.iter().sum::<u64>(), last.1, "each wait is in one slot");
        assert!(count.abs_diff(runs) * 100 <= runs, "{count} waits, {runs} runs");
        totals = (totals.0 + sum, totals.1 + delay);
    }
    // Four processes on one CPU: each waits for about three quarters of the time.
    assert!(totals.1 > 5_000_000_000, "the load did not fight for the CPU: {totals:?}");
    let ratio = totals.0 as f64 / totals.1 as f64;
    assert!((0.9..=1.1).contains(&ratio), "{totals:?}: ratio {ratio}");
    assert_slots_hold_the_sum(&load, &start, &end);
}

/// The histogram tells the same story as the sum: the sum lies between the
/// lower and upper bounds of the slots.
fn assert_slots_hold_the_sum(
    load: &Load,
    start: &BTreeMap<u64, (u64, u64, Vec<u64>)>,
    end: &BTreeMap<u64, (u64, u64, Vec<u64>)>,
) {
    for pid in load.pids().into_iter().map(u64::from) {
        let zero = (0, 0, vec![0; 27]);
        let (first, last) = (start.get(&pid).unwrap_or(&zero), &end[&pid]);
        let waits: Vec<u64> = last.2.iter().zip(&first.2).map(|(a, b)| a - b).collect();
        let bound = |i: usize| if i == 0 { 0 } else { 1000 << i };
        let low: u64 = waits.iter().enumerate().map(|(i, n)| n * bound(i)).sum();
        let high: u64 = waits.iter().enumerate().map(|(i, n)| n * bound(i + 1)).sum();
        let sum = last.0 - first.0;
        assert!(low <= sum && sum <= high, "{low} <= {sum} <= {high}");
    }
}

#[test]
#[ignore = "needs root: make test"]
fn the_metrics_text_is_a_prometheus_histogram_that_names_cannot_break() {
    let host = Host::new();
    host.load(&host.package()).ok();
    // A process that calls itself what would end a label.
    let evil = host.path("a\"},\\\nb");
    // By cp: a copy that this process has open for writing could not be run.
    run("cp", ["/bin/sleep".as_ref(), evil.as_os_str()]);
    let mut child = Command::new(&evil).arg("0.2").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    let text = host.bpfsign(&["metrics", NAME]).ok();
    assert!(text.contains(&format!("_count{{pid=\"{pid}\",comm=\"a_}},__b\"}} ")), "{text}");
    check_exposition(&text);
}

/// What the Prometheus text format asks of a histogram.
fn check_exposition(text: &str) {
    assert_eq!(text.matches("# TYPE bpfsign_sched_latency_seconds histogram").count(), 1);
    assert_eq!(text.matches("# TYPE bpfsign_sched_latency_dropped_total counter").count(), 1);
    let mut last: Option<(String, u64)> = None;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap();
        let (name, labels) = series.split_once('{').unwrap();
        assert!(labels.ends_with("\"}"), "{line}");
        match name {
            "bpfsign_sched_latency_seconds_bucket" => {
                let (who, le) = labels.split_once(",le=").unwrap();
                let count: u64 = value.parse().unwrap();
                if let Some((before, lower)) = &last
                    && before == who
                {
                    assert!(count >= *lower, "buckets are cumulative: {line}");
                }
                last = (le != "\"+Inf\"}").then(|| (who.to_owned(), count));
            }
            "bpfsign_sched_latency_seconds_sum" | "bpfsign_sched_latency_seconds_count" => {}
            "bpfsign_sched_latency_dropped_total" => {}
            other => panic!("unknown series {other}"),
        }
    }
}
