// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A registry that lies: everything is refused, and nothing is written.

use std::{fs, path::Path, sync::Mutex};

use bpfsign_format::oci::{digest_of, encode};

use crate::common::{
    Host, Ran,
    double::{Answer, Asked, Body, serve},
    keygen, listing, program_dir, signed_package, text,
};

/// What it answers for the manifest, and for the package.
type Answers = fn(&Artifact) -> (Answer, Answer);

struct Artifact {
    package: Vec<u8>,
    manifest: Vec<u8>,
}

impl Artifact {
    fn of(package: &Path) -> Self {
        let package = fs::read(package).unwrap();
        let digest = digest_of(&package);
        let manifest = encode(&digest, package.len() as u64, "p.bpfpkg", "0.1.0");
        Self { package, manifest }
    }
}

/// An endless, wrong or cut-off answer for each thing that is asked for.
const LIES: [(&str, i32, &str, Answers); 12] = [
    ("another package", 3, "sent something else", |a| {
        let mut other = a.package.clone();
        other[600] ^= 1;
        (Answer::ok(a.manifest.clone()), Answer::ok(other))
    }),
    ("cut off", 3, "bytes", |a| {
        let (half, whole) = (a.package[..a.package.len() / 2].to_vec(), a.package.len() as u64);
        (Answer::ok(a.manifest.clone()), Answer::of(Body::CutOff(half, whole)))
    }),
    ("shorter", 3, "bytes", |a| {
        (Answer::ok(a.manifest.clone()), Answer::ok(a.package[..9].to_vec()))
    }),
    ("longer", 3, "more than", |a| {
        let longer = [a.package.clone(), vec![0; 10_240]].concat();
        (Answer::ok(a.manifest.clone()), Answer::ok(longer))
    }),
    ("100 GB announced", 3, "more than", |a| {
        (Answer::ok(a.manifest.clone()), Answer::of(Body::CutOff(vec![0; 99], 100_000_000_000)))
    }),
    ("a package without an end", 3, "more than", |a| {
        (Answer::ok(a.manifest.clone()), Answer::of(Body::Endless))
    }),
    ("a manifest without an end", 3, "more than", |_| (Answer::of(Body::Endless), Answer::ok(""))),
    ("a manifest of 100 GB", 3, "more than any package", |a| {
        let digest = digest_of(&a.package);
        (Answer::ok(encode(&digest, 100_000_000_000, "p", "0.1.0")), Answer::of(Body::Endless))
    }),
    ("an error without an end", 1, "answered 500", |a| {
        let body = Body::Endless;
        let error = Answer { status: "500 Oops", headers: Vec::new(), body };
        (Answer::ok(a.manifest.clone()), error)
    }),
    ("sent elsewhere", 3, "redirects to http://127.0.0.2:1", |a| {
        let location = "Location: http://127.0.0.2:1/blob".to_owned();
        (Answer::ok(a.manifest.clone()), Answer::with("307 Temporary Redirect", location))
    }),
    ("sent elsewhere for the manifest", 3, "redirects to https://", |_| {
        let location = "Location: https://elsewhere.invalid/".to_owned();
        (Answer::with("301 Moved Permanently", location), Answer::ok(""))
    }),
    ("something else than a package", 3, "is not a bpfsign package", |a| {
        (
            Answer::ok("{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"),
            Answer::ok(a.package.clone()),
        )
    }),
];

#[test]
#[ignore = "needs root: make test"]
fn every_lie_of_a_registry_is_refused_and_nothing_is_written() {
    let host = Host::new();
    let package = host.package();
    let to = host.path("to");
    fs::create_dir(&to).unwrap();
    for (what, exit, message, answers) in LIES {
        let artifact = Artifact::of(&package);
        let address = serve(move |asked| {
            let (manifest, blob) = answers(&artifact);
            match asked.path.as_str() {
                "/v2/" => Answer::ok("{}"),
                path if path.contains("/manifests/") => manifest,
                _ => blob,
            }
        });
        let before = (listing(&to), host.effects());
        let ran = pull(&host, &to, &format!("{address}/p:1"));
        assert!(ran.stderr().contains(message), "{what}: {}", ran.stderr());
        assert_eq!((ran.exit(), ran.stdout()), (exit, String::new()), "{what}");
        assert!(ran.stderr().len() < 1000, "{what}: {}", ran.stderr());
        assert_eq!((listing(&to), host.effects()), before, "{what}");
    }
}

/// Consistent digests do not make a package signed.
#[test]
#[ignore = "needs root: make test"]
fn a_package_of_a_stranger_is_refused() {
    let host = Host::new();
    let stranger = keygen(&host.path(""), "stranger.key");
    let package = signed_package(&program_dir(), &host.path("s.bpfpkg"), &stranger);
    let artifact = Artifact::of(&package);
    let to = host.path("to");
    fs::create_dir(&to).unwrap();
    let address = serve(move |asked| match asked.path.as_str() {
        "/v2/" => Answer::ok("{}"),
        path if path.contains("/manifests/") => Answer::ok(artifact.manifest.clone()),
        _ => Answer::ok(artifact.package.clone()),
    });
    let before = (listing(&to), host.effects());
    pull(&host, &to, &format!("{address}/p:1")).refused(4, "signed by 0 of the 1 trusted keys");
    let other = format!("{address}/p@{}", digest_of(b"another manifest"));
    pull(&host, &to, &other).refused(3, "sent something else");
    assert_eq!((listing(&to), host.effects()), before);
}

/// A password goes to whom it is for, and a token only to the registry.
#[test]
#[ignore = "needs root: make test"]
fn credentials_do_not_follow_a_redirect() {
    let host = Host::new();
    let artifact = Artifact::of(&host.package());
    let seen: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let elsewhere = serve(move |asked| {
        seen.lock().unwrap().push(format!("elsewhere {:?}", asked.authorization));
        Answer::ok("")
    });
    let answer = move |asked: &Asked, host: &str| match asked.path.split('?').next().unwrap() {
        "/token" => {
            let scope = asked.path.contains("scope=repository%3Ap%3Apull");
            assert!(scope && asked.path.contains("service=test"), "{}", asked.path);
            seen.lock().unwrap().push(format!("token {:?}", asked.authorization));
            Answer::ok("{\"token\":\"one-two\"}")
        }
        "/v2/" => {
            let challenge =
                format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"test\"");
            Answer::with("401 Unauthorized", challenge)
        }
        path => {
            seen.lock().unwrap().push(format!("{:?}", asked.authorization));
            match path.contains("/manifests/") {
                true => Answer::ok(artifact.manifest.clone()),
                false => {
                    let location = format!("Location: http://{elsewhere}/blob");
                    Answer::with("307 Temporary Redirect", location)
                }
            }
        }
    };
    // The address is known when it listens.
    let address: &'static Mutex<String> = Box::leak(Box::default());
    *address.lock().unwrap() = serve(move |asked| {
        let own = address.lock().unwrap().clone();
        answer(asked, &own)
    });
    let own = address.lock().unwrap().clone();
    let config = host.path("docker");
    fs::create_dir(&config).unwrap();
    let auths = format!("{{\"auths\":{{\"{own}\":{{\"auth\":\"YWdlbnQ6c2VjcmV0\"}}}}}}");
    fs::write(config.join("config.json"), auths).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bpfsign"));
    command.args(["pull", &format!("{own}/p:1")]).args(host.options());
    let ran = Ran(command.env("DOCKER_CONFIG", &config).output().unwrap());
    ran.refused(3, "redirects to");
    let seen = seen.lock().unwrap();
    let bearer = "Some(\"Bearer one-two\")";
    assert_eq!(*seen, ["token Some(\"Basic YWdlbnQ6c2VjcmV0\")", bearer, bearer]);
    assert!(!ran.stderr().contains("secret") && !ran.stderr().contains("one-two"));
}

fn pull(host: &Host, to: &Path, reference: &str) -> Ran {
    host.bpfsign(&["pull", "-o", &text(to.join("p.bpfpkg")), reference])
}
