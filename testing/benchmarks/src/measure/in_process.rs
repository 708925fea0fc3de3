// SPDX-License-Identifier: Apache-2.0 OR MIT
//! On one core, by the library: a package that two of three signers signed with chains of two
//! certificates, and SM2 signatures beside `openssl speed`.

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bpfsign_format::Package;
use bpfsign_keys::{Certificate, Issue, SecretKey, Subject};
use bpfsign_verify::{Sealed, Trust};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::{
    Result,
    command::run,
    figure::{Figure, Unit},
    place::Place,
    report::Report,
    timing::{milliseconds, single},
};

/// Packages that are verified.
const PACKAGES: usize = 300;
/// Signatures that are verified.
const SIGNATURES: u32 = 2000;

/// Keeps this thread on the first CPU until it is dropped.
struct OneCpu(CpuSet);

impl OneCpu {
    fn new() -> Result<Self> {
        let before = sched_getaffinity(None)?;
        let mut first = CpuSet::new();
        first.set(0);
        sched_setaffinity(None, &first)?;
        Ok(Self(before))
    }
}

impl Drop for OneCpu {
    fn drop(&mut self) {
        let _ = sched_setaffinity(None, &self.0);
    }
}

pub(super) fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let (ours, by_chains) = {
        let _one = OneCpu::new()?;
        (signatures()?, chains(&place.standard_package())?)
    };
    let speed = ["-c", "0", "openssl", "speed", "-seconds", "2", "sm2"];
    let said = run("taskset", speed)?;
    let line = said.lines().find(|l| l.contains("CurveSM2")).ok_or("openssl speed: no SM2")?;
    let theirs = line.split_whitespace().next_back().and_then(|n| n.parse().ok());
    report.add(
        Figure::new("SM2 verifications on one CPU", Unit::PerSecond, ours)
            .beside("openssl speed", theirs.ok_or("openssl speed: no number")?),
    )?;
    report.add(Figure::new("a package, 2 of 3 with chains", Unit::Milliseconds, by_chains))
}

/// Verifications a second.
fn signatures() -> Result<f64> {
    let (key, message) = (SecretKey::generate()?, [7_u8; 32]);
    let signature = key.sign(&message)?;
    let start = Instant::now();
    for _ in 0..SIGNATURES {
        key.public().verify(&message, &signature)?;
    }
    Ok(f64::from(SIGNATURES) / start.elapsed().as_secs_f64())
}

/// Milliseconds for one package.
fn chains(package: &Path) -> Result<f64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let valid = (now, now + Duration::from_secs(86_400));
    let [root, middle] = [SecretKey::generate()?, SecretKey::generate()?];
    let (root_name, middle_name) = (Subject::parse("CN=Root")?, Subject::parse("CN=Middle")?);
    let root_pem =
        Issue::new(&root_name, root.public(), valid).authority(None).sign(None, &root)?;
    let root_cert = Certificate::from_pem(root_pem.as_bytes())?.remove(0);
    let middle_pem = Issue::new(&middle_name, middle.public(), valid)
        .authority(None)
        .sign(Some(&root_cert), &root)?;
    let middle_cert = Certificate::from_pem(middle_pem.as_bytes())?.remove(0);

    let mut parts = Package::parse(std::fs::read(package)?)?.to_parts();
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
    single(PACKAGES, || {
        let copy = bytes.clone();
        let start = Instant::now();
        let verified = Sealed::from_bytes(package, copy)?.verify(&trust)?;
        let took = start.elapsed();
        match verified.signers().len() {
            2 => Ok(milliseconds(took)),
            other => Err(format!("{other} signers").into()),
        }
    })
}
