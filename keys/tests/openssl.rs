// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL and this crate understand each other's keys and signatures.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(feature = "sign")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use bpfsign_keys::{
    FileError, KeyError, PublicKey, SecretKey, SignatureError, read_passphrase, read_secret_key,
};

const ID: &str = "distid:1234567812345678";

fn openssl(directory: &Path, args: &[&str]) -> Output {
    Command::new("openssl").current_dir(directory).args(args).output().expect("openssl is there")
}

fn must(directory: &Path, args: &[&str]) {
    let output = openssl(directory, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn openssl_verifies_our_signature_and_we_are_deterministic() {
    let dir = tempfile::tempdir().unwrap();
    let key = SecretKey::generate().unwrap();
    let signature = key.sign(b"content").unwrap();
    assert_eq!(signature, key.sign(b"content").unwrap());
    key.public().verify(b"content", &signature).unwrap();
    fs::write(dir.path().join("k.pub"), key.public().to_pem().unwrap()).unwrap();
    fs::write(dir.path().join("m.sig"), &signature).unwrap();
    fs::write(dir.path().join("m"), b"content").unwrap();
    let verify = ["dgst", "-sm3", "-verify", "k.pub", "-sigopt", ID, "-signature", "m.sig", "m"];
    must(dir.path(), &verify);
    fs::write(dir.path().join("m"), b"contenT").unwrap();
    assert!(!openssl(dir.path(), &verify).status.success());
}

#[test]
fn we_verify_openssls_signature_and_notice_its_empty_identifier() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    must(d, &["genpkey", "-algorithm", "SM2", "-out", "k.pem"]);
    must(d, &["pkey", "-in", "k.pem", "-pubout", "-out", "k.pub"]);
    fs::write(d.join("m"), b"content").unwrap();
    must(d, &["dgst", "-sm3", "-sign", "k.pem", "-sigopt", ID, "-out", "m.sig", "m"]);
    must(d, &["dgst", "-sm3", "-sign", "k.pem", "-out", "empty.sig", "m"]);
    let key = PublicKey::from_pem(&fs::read_to_string(d.join("k.pub")).unwrap()).unwrap();
    key.verify(b"content", &fs::read(d.join("m.sig")).unwrap()).unwrap();
    let empty = fs::read(d.join("empty.sig")).unwrap();
    assert_eq!(key.verify(b"content", &empty), Err(SignatureError::EmptyIdentifier));

    fs::set_permissions(d.join("k.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    let secret = read_secret_key(&d.join("k.pem"), None).unwrap();
    assert_eq!(*secret.public(), key);
}

#[test]
fn the_key_id_is_what_the_documentation_says() {
    let dir = tempfile::tempdir().unwrap();
    let key = SecretKey::generate().unwrap();
    fs::write(dir.path().join("k.pub"), key.public().to_pem().unwrap()).unwrap();
    must(dir.path(), &["pkey", "-pubin", "-in", "k.pub", "-outform", "DER", "-out", "k.der"]);
    let output = openssl(dir.path(), &["dgst", "-sm3", "-r", "k.der"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.split_whitespace().next().unwrap(), key.public().id().to_string());
}

#[test]
fn encrypted_keys_travel_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    let key = SecretKey::generate().unwrap();
    let pem = key.to_pem(Some(b"correct horse")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    write_private(&d.join("ours.pem"), &pem);
    must(d, &["pkey", "-in", "ours.pem", "-passin", "pass:correct horse", "-noout"]);

    must(d, &["genpkey", "-algorithm", "SM2", "-out", "k.pem"]);
    let pass = ["-passout", "pass:correct horse"];
    must(d, &[&["pkcs8", "-topk8", "-in", "k.pem", "-out", "theirs.pem"][..], &pass[..]].concat());
    fs::set_permissions(d.join("theirs.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    read_secret_key(&d.join("theirs.pem"), Some(b"correct horse")).unwrap();

    let refused = |passphrase: Option<&[u8]>| match read_secret_key(&d.join("ours.pem"), passphrase)
    {
        Err(FileError::Key { error, .. }) => error,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    };
    assert_eq!(refused(Some(b"wrong")), KeyError::CannotDecrypt);
    assert_eq!(refused(None), KeyError::PassphraseNeeded);
}

#[test]
fn secrets_that_others_can_read_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.pem");
    write_private(&path, &SecretKey::generate().unwrap().to_pem(None).unwrap());
    for mode in [0o640, 0o604, 0o660, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = read_secret_key(&path, None).unwrap_err();
        assert!(matches!(error, FileError::Mode { mode: m, .. } if m == mode), "{error}");
        assert!(read_passphrase(&path).is_err());
    }
}

#[test]
fn keys_that_cannot_sign_sm2_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    must(d, &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "p"]);
    let p256 = fs::read_to_string(d.join("p")).unwrap();
    assert_eq!(SecretKey::from_pem(&p256, None).unwrap_err(), KeyError::WrongCurve);

    // d = n-1: RFC 5915 inside PKCS#8, as `openssl asn1parse` shows it.
    let mut der = vec![0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07];
    der.extend([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
    der.extend([0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d]);
    der.extend([0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20]);
    der.extend([0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    der.extend([0xff, 0xff, 0xff, 0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b]);
    der.extend([0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x22]);
    let pem = pkcs8::SecretDocument::try_from(der).unwrap();
    let pem = pem.to_pem("PRIVATE KEY", pkcs8::LineEnding::LF).unwrap();
    assert_eq!(SecretKey::from_pem(&pem, None).unwrap_err(), KeyError::WeakScalar);
}

#[test]
fn debug_output_holds_no_secret() {
    let key = SecretKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), format!("SecretKey({})", key.public().id()));
}
