// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A loader of one's own: bpfsign verifies and approves, aya loads; no libbpf is linked.
//! `bpfsign-example-aya POLICY STATE-DIR RUN-DIR PACKAGE VARIANT` attaches every raw
//! tracepoint, says so, and keeps them until its input ends.
#![forbid(unsafe_code)]

use std::{error::Error, io, process::ExitCode};

use aya::{Ebpf, programs::RawTracePoint};
use bpfsign_verify::{Host, Sealed, Wait};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            // The documented codes, where bpfsign refused.
            let refused = error.downcast_ref::<bpfsign_verify::Error>();
            ExitCode::from(refused.map_or(1, |e| e.reason.exit_code() as u8))
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [policy, state, run, package, variant] = arguments else {
        return Err("give POLICY STATE-DIR RUN-DIR PACKAGE VARIANT".into());
    };
    let host = Host {
        policy: policy.into(),
        state_dir: state.into(),
        run_dir: run.into(),
        pin_root: Host::PIN_ROOT.into(),
        holder: None,
        wait: Wait::SILENT,
    };
    let object = load(host, package, variant)?;
    for (name, _) in object.maps() {
        println!("map {name}");
    }
    println!("ready");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// The host stays locked until the programs are attached, so that what was decided still
/// holds then.
fn load(host: Host, package: &str, variant: &str) -> Result<Ebpf, Box<dyn Error>> {
    let host = host.lock()?;
    let policy = host.policy()?;
    let admitted = policy.admit(Sealed::read(package.as_ref())?)?;
    let approved = admitted.approve_object(variant)?;
    approved.remember()?;
    // The bytes that were verified: nothing is read from the file again.
    let mut object = Ebpf::load(approved.object())?;
    for facts in &approved.facts().programs {
        let hook = facts.section.rsplit('/').next().unwrap_or_default();
        let program = object.program_mut(&facts.name).ok_or("aya finds no such program")?;
        let program: &mut RawTracePoint = program.try_into()?;
        program.load()?;
        program.attach(hook)?;
    }
    Ok(object)
}
