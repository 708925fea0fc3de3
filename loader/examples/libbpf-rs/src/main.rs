// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A loader of one's own: bpfsign verifies and approves, plain libbpf-rs loads.
//! `bpfsign-example-libbpf-rs POLICY STATE-DIR RUN-DIR PACKAGE VARIANT` attaches every
//! program, says so, and keeps them until its input ends.
#![forbid(unsafe_code)]

use std::{error::Error, io, process::ExitCode};

use bpfsign_verify::{Host, Sealed, Wait};
use libbpf_rs::{Link, MapCore, Object, ObjectBuilder};

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
    let (object, _links) = load(host, package, variant)?;
    for map in object.maps() {
        println!("map {}", map.name().to_string_lossy());
    }
    println!("ready");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// The host stays locked until the programs are attached, so that what was decided still
/// holds then.
fn load(host: Host, package: &str, variant: &str) -> Result<(Object, Vec<Link>), Box<dyn Error>> {
    let host = host.lock()?;
    let policy = host.policy()?;
    let admitted = policy.admit(Sealed::read(package.as_ref())?)?;
    let approved = admitted.approve_object(variant)?;
    approved.remember()?;
    // The bytes that were verified: nothing is read from the file again.
    let mut object = ObjectBuilder::default().open_memory(approved.object())?.load()?;
    let links = attach(&mut object)?;
    Ok((object, links))
}

fn attach(object: &mut Object) -> libbpf_rs::Result<Vec<Link>> {
    object.progs_mut().map(|program| program.attach()).collect()
}
