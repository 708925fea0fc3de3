// SPDX-License-Identifier: Apache-2.0 OR MIT
//! For `make bench`: how long it takes in process, on one core, to verify a package
//! that two of three signers signed with chains of two certificates, and how many SM2
//! signatures are verified in a second.
#![forbid(unsafe_code)]

use std::{error::Error, path::Path, time::Instant};

use bpfsign_format::Package;
use bpfsign_keys::{Certificate, Issue, SecretKey, Subject};
use bpfsign_verify::{Sealed, Trust};

const RUNS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let package = std::env::args().nth(1).ok_or("usage: verify-speed PACKAGE")?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let valid = (now, now + std::time::Duration::from_secs(86_400));
    let [root, middle] = [SecretKey::generate()?, SecretKey::generate()?];
    let (root_name, middle_name) = (Subject::parse("CN=Root")?, Subject::parse("CN=Middle")?);
    let root_pem =
        Issue::new(&root_name, root.public(), valid).authority(None).sign(None, &root)?;
    let root_cert = Certificate::from_pem(root_pem.as_bytes())?.remove(0);
    let middle_pem = Issue::new(&middle_name, middle.public(), valid)
        .authority(None)
        .sign(Some(&root_cert), &root)?;
    let middle_cert = Certificate::from_pem(middle_pem.as_bytes())?.remove(0);

    let mut parts = Package::parse(std::fs::read(&package)?)?.to_parts();
    (parts.signatures, parts.chains) = Default::default();
    for name in ["CN=One", "CN=Two"] {
        let key = SecretKey::generate()?;
        let subject = Subject::parse(name)?;
        let leaf = Issue::new(&subject, key.public(), valid).sign(Some(&middle_cert), &middle)?;
        parts.signatures.insert(key.public().id(), key.sign(&parts.manifest)?);
        parts.chains.insert(key.public().id(), format!("{leaf}{middle_pem}").into_bytes());
    }
    let bytes = parts.encode();
    let trust = Trust::new(Vec::new(), 2).with_authority("root", root_cert);

    let mut times = Vec::new();
    for _ in 0..RUNS {
        let copy = bytes.clone();
        let start = Instant::now();
        let verified = Sealed::from_bytes(Path::new(&package), copy)?.verify(&trust)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(verified.signers().len(), 2);
    }
    times.sort_by(f64::total_cmp);
    println!("verify 2-of-3 with chains, in process: {:.2} ms (median of {RUNS})", times[RUNS / 2]);

    let message = [7_u8; 32];
    let signature = root.sign(&message)?;
    let start = Instant::now();
    for _ in 0..2000 {
        root.public().verify(&message, &signature)?;
    }
    println!("SM2 verifications: {:.0} a second", 2000.0 / start.elapsed().as_secs_f64());
    Ok(())
}
