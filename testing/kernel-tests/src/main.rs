// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel tests: the same on every kernel of the matrix, as its first
//! process. Each says from which kernel on it must run; whoever booted the
//! kernel refuses a skip on a newer one.
#![forbid(unsafe_code)]

mod context;
mod data;
mod holder;
mod pins;
mod programs;
mod refusals;

use std::os::unix::process::CommandExt;

use bpfsign_guest::{Kernel, power_off, say, set_up};
use context::{Context, Outcome};
use serde_json::json;

/// A test: its name, the first kernel that it runs on, and what it does.
type Test = (&'static str, (u32, u32), fn(&Context) -> Outcome);

const TESTS: [Test; 36] = [
    ("the first variant that fits is loaded", (4, 19), data::variant),
    ("every hook counts every call", (4, 19), data::exact_counts),
    ("latency agrees with the scheduler", (4, 19), data::latency),
    ("an upgrade keeps data and misses no call", (4, 19), data::upgrade),
    ("links are pinned or held, as the kernel can", (4, 19), data::links),
    ("modes and owners are exact", (4, 19), pins::modes),
    ("agents read the metrics everywhere", (4, 19), pins::metrics),
    ("agents read maps as the kernel or a holder lets them", (4, 19), pins::agents),
    ("agents get events", (4, 19), pins::events),
    ("maps are frozen", (5, 2), pins::frozen),
    ("unload leaves nothing", (4, 19), pins::unload),
    ("a holder is small, alone and of one thread", (4, 19), holder::process),
    ("status starts a killed holder again", (4, 19), holder::killed),
    ("load starts a killed holder again", (4, 19), holder::killed_before_load),
    ("what is not authentic or trusted is refused", (4, 19), refusals::signatures),
    ("what the kernel cannot run is refused", (4, 19), refusals::kernel),
    ("what is foreign or changed is named", (4, 19), pins::live),
    ("BTF of another build is not used", (4, 19), refusals::wrong_build),
    ("off-cpu agrees with the clock", (4, 19), programs::off_cpu),
    ("syscall-count is exact", (4, 19), programs::syscall_count),
    ("cfs-throttle agrees with cpu.stat", (4, 19), programs::cfs_throttle),
    ("fd-leak agrees with /proc", (4, 19), programs::fd_leak),
    ("mem-reclaim counts every major fault", (4, 19), programs::major_faults),
    ("mem-reclaim agrees with the trace", (4, 19), programs::direct_reclaim),
    ("memcg-pressure agrees with the group", (4, 19), programs::memcg_pressure),
    ("tcp-rcvq-drops counts full UDP queues", (4, 19), programs::udp_queue),
    ("tcp-rcvq-drops counts TCP without memory", (4, 19), programs::tcp_memory),
    ("tcp-rcvq-drops counts closed windows", (5, 17), programs::tcp_window),
    ("tcp-retransmit agrees when a receiver drops", (4, 19), programs::retransmit),
    ("tcp-retransmit tells of every packet", (4, 19), programs::retransmit_events),
    ("tcp-retransmit agrees on a lossy network", (4, 19), programs::lossy_network),
    ("qdisc-drops agrees with tc", (4, 19), programs::qdisc_drops),
    ("sockstat starts from a census", (4, 19), programs::sockstat),
    ("go-malloc agrees with Go's profile", (4, 19), programs::go_malloc),
    ("all packages load together", (4, 19), programs::whole_set),
    ("agents read and change nothing, with any setting", (4, 19), pins::unprivileged),
];

fn main() {
    // The tests' own helpers: this program is the only one besides bpfsign.
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "busy"] => loop {
            std::hint::spin_loop();
        },
        [_, "cat", path] => return cat(path),
        [_, "try-to-change", pin] => {
            let worked = pins::try_to_change(pin.as_ref());
            println!("{worked:?}");
            std::process::exit(i32::from(!worked.is_empty()))
        }
        [_, "as-service", program, ref arguments @ ..] => return as_service(program, arguments),
        _ => {}
    }
    set_up();
    let kernel = Kernel::running();
    let context = Context::new(&kernel);
    say(&json!({ "kernel": {
        "release": kernel.release,
        "vendor": kernel.vendor,
        "model": kernel.model,
    }}));
    if let Err(why) = programs::prepare() {
        say(&json!({ "test": "preparation", "min": [0, 0], "outcome": { "failed": why } }));
    }
    for (name, min, test) in TESTS {
        let outcome = match kernel.version() >= min {
            true => context.run(test),
            false => json!("skipped"),
        };
        say(&json!({ "test": name, "min": [min.0, min.1], "outcome": outcome }));
    }
    say(&context.row());
    say(&json!({ "done": TESTS.len() }));
    power_off()
}

fn cat(path: &str) {
    let copied = std::fs::File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut std::io::stdout()));
    if let Err(error) = copied {
        eprintln!("{path}: {error}");
        std::process::exit(1);
    }
}

/// Becomes a program with the capabilities of bpfsign-hold@.service, and no way
/// to more.
fn as_service(program: &str, arguments: &[&str]) {
    use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set, set_no_new_privs};
    let kept = CapabilitySet::SYS_ADMIN | CapabilitySet::BPF | CapabilitySet::PERFMON;
    for capability in CapabilitySet::all().difference(kept).iter() {
        // An old kernel does not know the newest, and cannot give them either.
        let _ = remove_capability_from_bounding_set(capability);
    }
    let _ = set_no_new_privs(true);
    let error = std::process::Command::new(program).args(arguments).exec();
    eprintln!("{program}: {error}");
    std::process::exit(1);
}
