// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys that are encrypted as GmSSL does, hedged, or elsewhere.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::common::{
    self, Scratch, bpfsign, built_package, double_of_a_token, keygen, program_dir, run, scratch,
    text,
};

struct Place {
    dir: Scratch,
    package: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = scratch();
        let package = built_package(&program_dir(), &dir.path().join("p.bpfpkg"));
        Self { dir, package }
    }

    fn path(&self, name: &str) -> String {
        text(self.dir.path().join(name))
    }

    /// Signs a fresh copy of the package.
    fn sign(&self, args: &[&str]) -> (common::Ran, Vec<u8>) {
        let copy = self.path("copy.bpfpkg");
        fs::copy(&self.package, &copy).unwrap();
        let ran = bpfsign(["sign"].iter().chain(args).chain([&copy.as_str()]));
        (ran, fs::read(copy).unwrap())
    }

    fn verifies(&self, public: &str) {
        let copy = self.path("copy.bpfpkg");
        bpfsign(["verify", "--trust", &self.path(public), &copy]).ok();
    }
}

/// One DER element.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..128 => vec![tag, length as u8],
        128..256 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&head[..], content].concat()
}

/// PKCS#8 with PBES2 over PBKDF2 with HMAC-SM3 and SM4-CBC, as GmSSL writes it: the
/// key derived and the content encrypted by OpenSSL, whose own pkcs8 knows no
/// HMAC-SM3, and put together here.
fn encrypt(plain: &str, sealed: &str) {
    let at = |suffix: &str| format!("{sealed}.{suffix}");
    let (salt, iv) = ("0011223344556677", "00112233445566778899aabbccddeeff");
    let options = ["digest:SM3", "pass:geheim", "iter:65536"];
    let mut kdf = vec!["kdf".to_owned(), "-keylen".into(), "16".into()];
    for option in options.iter().map(|o| (*o).to_owned()).chain([format!("hexsalt:{salt}")]) {
        kdf.extend(["-kdfopt".to_owned(), option]);
    }
    let key = run("openssl", kdf.iter().map(String::as_str).chain(["PBKDF2"]));
    let key = key.trim().replace(':', "");
    let (content, data) = (at("der"), at("enc"));
    run(
        "openssl",
        ["pkcs8", "-topk8", "-nocrypt", "-in", plain, "-outform", "DER", "-out", &content],
    );
    let cipher = ["enc", "-sm4-cbc", "-K", &key, "-iv", iv, "-in", &content, "-out", &data];
    run("openssl", cipher);
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    };
    let oid = |text: &str| der(6, &hex(text));
    let function = der(0x30, &[oid("2a811ccf5501831102"), vec![5, 0]].concat());
    let parameters = [der(4, &hex(salt)), der(2, &[1, 0, 0]), function].concat();
    let derivation = der(0x30, &[oid("2a864886f70d01050c"), der(0x30, &parameters)].concat());
    let cipher = der(0x30, &[oid("2a811ccf55016802"), der(4, &hex(iv))].concat());
    let scheme = der(0x30, &[derivation, cipher].concat());
    let algorithm = der(0x30, &[oid("2a864886f70d01050d"), scheme].concat());
    let whole = der(0x30, &[algorithm, der(4, &fs::read(data).unwrap())].concat());
    fs::write(at("p8"), whole).unwrap();
    let base64 = run("openssl", ["base64", "-in", &at("p8")]);
    let label = "ENCRYPTED PRIVATE KEY";
    fs::write(sealed, format!("-----BEGIN {label}-----\n{base64}-----END {label}-----\n")).unwrap();
}

#[test]
fn a_key_under_sm4_and_hmac_sm3_signs() {
    let place = Place::new();
    let (plain, sealed, public) = (place.path("k.pem"), place.path("e.pem"), place.path("k.pub"));
    run("openssl", ["genpkey", "-algorithm", "SM2", "-out", &plain]);
    run("openssl", ["pkey", "-in", &plain, "-pubout", "-out", &public]);
    encrypt(&plain, &sealed);
    let pass = place.path("pass");
    for (file, content) in [(&sealed, None), (&pass, Some("geheim\n"))] {
        if let Some(content) = content {
            fs::write(file, content).unwrap();
        }
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let with_pass = ["--key", sealed.as_str(), "--passphrase-file", pass.as_str()];
    let (ran, signed) = place.sign(&with_pass);
    ran.ok();
    place.verifies("k.pub");
    // The same key, the same bytes, however it is kept.
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o600)).unwrap();
    let (ran, again) = place.sign(&["--key", &plain]);
    ran.ok();
    assert!(signed == again);
    fs::write(&pass, "falsch\n").unwrap();
    place.sign(&with_pass).0.refused(1, "wrong passphrase");
    place.sign(&["--key", &sealed]).0.refused(1, "give --passphrase-file");
}

#[test]
fn hedged_signatures_differ_and_verify() {
    let place = Place::new();
    let key = text(keygen(place.dir.path(), "k"));
    let signed = |args: &[&str]| {
        let (ran, bytes) = place.sign(args);
        ran.ok();
        place.verifies("k.pub");
        bytes
    };
    let plain = ["--key", key.as_str()];
    assert!(signed(&plain) == signed(&plain));
    let hedged = ["--key", key.as_str(), "--hedged"];
    assert!(signed(&hedged) != signed(&hedged));
}

/// A device that is a script over OpenSSL: it gets e, and gives r and s.
#[test]
fn a_command_signs_what_it_is_given() {
    let place = Place::new();
    let (key, public) = (place.path("k.pem"), place.path("k.pub"));
    run("openssl", ["genpkey", "-algorithm", "SM2", "-out", &key]);
    run("openssl", ["pkey", "-in", &key, "-pubout", "-out", &public]);
    // OpenSSL signs a digest as it is when it is told that it is one.
    let device = place.path("device");
    let script = format!(
        "#!/bin/sh\nset -e\nread -r e\necho \"$e\" | sed 's/../\\\\x&/g' | xargs -0 printf '%b' | \
         head -c 32 > {0}.e\nopenssl pkeyutl -sign -inkey {key} -in {0}.e -out {0}.sig\n\
         openssl asn1parse -inform DER -in {0}.sig | sed -n 's/.*INTEGER *:/0000000000000000/p' | \
         sed 's/.*\\(.\\{{64\\}}\\)$/\\1/'\n",
        device
    );
    fs::write(&device, script).unwrap();
    fs::set_permissions(&device, fs::Permissions::from_mode(0o755)).unwrap();
    let signer = format!("exec:{device}");
    let (ran, bytes) = place.sign(&["--signer", &signer, "--public", &public]);
    ran.ok();
    place.verifies("k.pub");
    assert!(bytes.len() > fs::read(&place.package).unwrap().len());

    // What a device gives is not taken on trust, and what fails is told.
    let other = text(keygen(place.dir.path(), "other").with_extension("pub"));
    let unsigned = fs::read(&place.package).unwrap();
    for (signer, public, message) in [
        (signer.as_str(), other.as_str(), "is not a signature by this public key"),
        ("exec:false", &public, "`false` ends with exit status: 1"),
        ("exec:echo hello", &public, "does not answer with two lines"),
        ("exec:echo x; echo y", &public, "r and s are not 64 hexadecimal digits"),
    ] {
        let (ran, bytes) = place.sign(&["--signer", signer, "--public", public]);
        ran.refused(1, message);
        assert!(bytes == unsigned, "{signer}");
    }
    place.sign(&["--signer", "token", "--public", &public]).0.refused(2, "no signer \"token\"");
    assert_eq!(place.sign(&["--signer", &signer]).0.exit(), 2);
    assert_eq!(place.sign(&[]).0.exit(), 2);
}

/// A token by PKCS#11 and a device by SDF.
#[test]
fn keys_in_tokens_sign() {
    use bpfsign_doubles::{INDEX, LABEL, MECHANISM, PIN};
    let place = Place::new();
    let key = text(keygen(place.dir.path(), "token"));
    let (public, pin, wrong) = (format!("{key}.pub"), place.path("pin"), place.path("wrong"));
    for (file, content) in [(&pin, PIN), (&wrong, "0000")] {
        fs::write(file, content).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let sign = |signer: &str, pin: &str| {
        let copy = place.path("copy.bpfpkg");
        fs::copy(&place.package, &copy).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bpfsign"));
        command.args(["sign", "--signer", signer, "--public", &public, "--passphrase-file", pin]);
        common::Ran(command.arg(&copy).env("BPFSIGN_DOUBLE_KEY", &key).output().unwrap())
    };
    let library = double_of_a_token();
    let token = |label: &str, mechanism: u64| format!("pkcs11:{library},{label},{mechanism:#x}");
    let device = |index: u32| format!("sdf:{library},{index}");
    for signer in [token(LABEL, MECHANISM), device(INDEX)] {
        sign(&signer, &pin).ok();
        place.verifies("token.pub");
        let (ran, by_file) = place.sign(&["--key", &key]);
        ran.ok();
        sign(&signer, &pin).ok();
        let copy = fs::read(place.path("copy.bpfpkg")).unwrap();
        assert!(copy == by_file, "the same key gives other bytes");
    }
    for (signer, pin, message) in [
        (token(LABEL, MECHANISM), &wrong, "PIN"),
        (token("other", MECHANISM), &pin, "no token has a private key `other`"),
        (token(LABEL, MECHANISM + 1), &pin, "MECHANISM"),
        (token(LABEL, 1), &pin, "0x80000000 or above"),
        (device(INDEX), &wrong, "SDF_GetPrivateKeyAccessRight gives 0x01000006"),
        (device(INDEX + 1), &pin, "SDF_GetPrivateKeyAccessRight gives 0x01000008"),
        ("sdf:/no/such/library.so,1".to_owned(), &pin, "no/such/library.so"),
        ("pkcs11:/no/such/library.so,x,0x80000001".to_owned(), &pin, "no/such/library.so"),
    ] {
        let ran = sign(&signer, pin);
        assert_eq!(ran.exit(), 1, "{signer}: {}", ran.stderr());
        let said = ran.stderr().to_lowercase();
        assert!(said.contains(&message.to_lowercase()), "want {message:?} in {said}");
    }
    sign("pkcs11:x", &pin).refused(2, "there is no signer");
}
