// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL, tar and bpfsign understand each other's packages and signatures.

use std::{fs, path::Path};

use crate::common::{
    bare_object, bpfsign, keygen, program_dir, run, scratch, signed_package, text,
};

const ID: &str = "distid:1234567812345678";

#[test]
fn openssl_and_bpfsign_verify_each_others_package_signatures() {
    let dir = scratch();
    let d = dir.path();
    let key = keygen(d, "k");
    let package = signed_package(&program_dir(), &d.join("p.bpfpkg"), &key);
    let unpacked = d.join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    run("tar", ["xf", &text(&package), "-C", &text(&unpacked)]);
    let manifest = unpacked.join("manifest.toml");
    let entry = run("tar", ["tf", &text(&package)]);
    let entry = entry.lines().nth(1).unwrap();
    let signature = unpacked.join(entry);
    openssl_verify(&key.with_extension("pub"), &signature, &manifest);

    // The other way: OpenSSL's key and signature inside the package.
    let theirs = d.join("openssl.pem");
    run("openssl", ["genpkey", "-algorithm", "SM2", "-out", &text(&theirs)]);
    run("openssl", ["pkey", "-in", &text(&theirs), "-pubout", "-out", &text(d.join("o.pub"))]);
    run(
        "openssl",
        [
            "pkey",
            "-in",
            &text(&theirs),
            "-pubout",
            "-outform",
            "DER",
            "-out",
            &text(d.join("o.der")),
        ],
    );
    let id = run("openssl", ["dgst", "-sm3", "-r", &text(d.join("o.der"))]);
    let id = id.split_whitespace().next().unwrap();
    fs::remove_file(&signature).unwrap();
    let name = format!("signatures/{id}.sig");
    let out = text(unpacked.join(&name));
    run(
        "openssl",
        ["dgst", "-sm3", "-sign", &text(&theirs), "-sigopt", ID, "-out", &out, &text(&manifest)],
    );
    let repacked = d.join("repacked.bpfpkg");
    repack(
        &unpacked,
        &repacked,
        &["manifest.toml", &name, "objects/generic.bpf.o", "provenance.json", "schema.json"],
    );
    let verified =
        bpfsign(["verify", "--json", "--trust", &text(d.join("o.pub")), &text(&repacked)]);
    verified.ok();
    assert_eq!(verified.json()["signers"][0]["key"], id);
}

fn openssl_verify(public: &Path, signature: &Path, file: &Path) {
    let said = run(
        "openssl",
        [
            "dgst",
            "-sm3",
            "-verify",
            &text(public),
            "-sigopt",
            ID,
            "-signature",
            &text(signature),
            &text(file),
        ],
    );
    assert_eq!(said, "Verified OK\n");
}

/// GNU tar makes a valid package when it is told to.
fn repack(directory: &Path, package: &Path, entries: &[&str]) {
    let options = "--format=ustar --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -b1";
    let mut args: Vec<&str> = options.split(' ').collect();
    let (package, directory) = (text(package), text(directory));
    args.extend(["-cf", &package, "-C", &directory]);
    args.extend(entries);
    run("tar", args);
}

#[test]
fn openssl_and_bpfsign_verify_each_others_object_signatures() {
    let dir = scratch();
    let d = dir.path();
    let key = keygen(d, "k");
    let object = bare_object(d, &key);
    bpfsign(["sign", "--key", &text(&key), &text(&object)]).ok();
    let signature = d.join("sched-latency.bpf.o.sig");
    openssl_verify(&key.with_extension("pub"), &signature, &object);
    let verify = ["verify", "--trust", &text(key.with_extension("pub")), &text(&object)];
    bpfsign(verify).ok();

    let (signature, object) = (text(&signature), text(&object));
    let sign = |identifier: &[&str]| {
        let key = text(&key);
        let start = ["dgst", "-sm3", "-sign", &key];
        let end = ["-out", &signature, &object];
        run("openssl", [&start[..], identifier, &end].concat());
    };
    sign(&["-sigopt", ID]);
    bpfsign(verify).ok();
    sign(&[]);
    bpfsign(verify).refused(3, "empty signer identifier");
    fs::remove_file(&signature).unwrap();
    bpfsign(verify).refused(3, "no detached signature");
}
