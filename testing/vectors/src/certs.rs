// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §5.8: chains of certificates, most of them hostile.

mod forge;

use bpfsign_keys::SecretKey;
use der::{
    Decode,
    pem::{LineEnding, encode_string},
};
use forge::*;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::{
    Sample, Vector, accepted, refused,
    sample::signature_name,
    tar::{Entry, archive},
    untrusted,
};

const ROOT: &str = "CN=Root";

/// The authority that the vectors' host trusts, in PEM.
pub(crate) fn authority(sample: &Sample) -> String {
    Forged::authority(ROOT, &sample.root, ROOT, CA).sign(&sample.root)
}

/// A package that `sample.certified` signed, with these certificates.
fn package(sample: &Sample, chain: &[u8]) -> Vec<u8> {
    let mut entries = sample.entries();
    let manifest = entries[0].content.clone();
    entries[1] = sample.signature(&sample.certified, &manifest);
    let name = signature_name(&sample.certified).replace(".sig", ".pem");
    entries.insert(1, Entry::new(&name, chain));
    archive(&entries)
}

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let mut vectors = paths(sample);
    vectors.extend(signers(sample));
    vectors.extend(encodings(sample));
    vectors
}

/// Through an intermediate authority.
fn paths(sample: &Sample) -> Vec<Vector> {
    let (middle, other) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let leaf = Forged::signer("CN=signer", &sample.certified, "CN=Middle").sign(&middle);
    let through = |middle: String| package(sample, format!("{leaf}{middle}").as_bytes());
    let authority = |constraints| Forged::authority("CN=Middle", &middle, ROOT, constraints);
    let plain = |change: fn(&mut Forged)| authority(CA).with(change).sign(&sample.root);
    let deep = {
        let low = Forged::authority("CN=Low", &other, "CN=Middle", CA).sign(&middle);
        let leaf = Forged::signer("CN=signer", &sample.certified, "CN=Low").sign(&other);
        let middle = authority(CA_WITHOUT_CHILDREN).sign(&sample.root);
        package(sample, format!("{leaf}{low}{middle}").as_bytes())
    };
    let direct = Forged::signer("CN=signer", &sample.certified, ROOT).sign(&sample.root);
    let many = direct.repeat(5);
    // Issued by itself, and by the authority's name.
    let looping = Forged::authority(ROOT, &sample.root, ROOT, CA).sign(&sample.root);
    vec![
        accepted("valid-certificate", package(sample, direct.as_bytes())),
        accepted("valid-chain-of-two", through(authority(CA).sign(&sample.root))),
        untrusted("chain-is-longer-than-the-authority-allows", "5.8", "cert-path-length", deep),
        untrusted("chain-without-basic-constraints", "5.8", "cert-no-basic-constraints", {
            through(plain(|f| drop(f.tbs.extensions.remove(0))))
        }),
        untrusted("chain-through-a-signer", "5.8", "cert-not-authority", {
            through(authority(NO_CA).sign(&sample.root))
        }),
        untrusted("chain-through-an-authority-without-cert-sign", "5.8", "cert-key-usage", {
            through(plain(|f| f.tbs.extensions[1] = extension(KEY_USAGE, true, DIGITAL_SIGNATURE)))
        }),
        untrusted("chain-through-an-expired-authority", "5.8", "cert-expired", {
            through(plain(|f| f.tbs.validity = span("2015", "2020")))
        }),
        refused("chain-through-a-forged-authority", "5.8", "cert-signature", {
            through(authority(CA).sign(&other))
        }),
        untrusted("chain-is-a-loop", "5.8", "cert-loop", {
            let leaf = Forged::signer("CN=signer", &sample.certified, ROOT).sign(&sample.root);
            package(sample, format!("{leaf}{looping}").as_bytes())
        }),
        refused("chain-of-five", "5.8", "cert-too-many", package(sample, many.as_bytes())),
        untrusted("chain-to-another-authority", "5.4", "threshold", {
            let stranger = Forged::signer("CN=signer", &sample.certified, "CN=Else").sign(&other);
            package(sample, stranger.as_bytes())
        }),
        untrusted("chain-with-a-gap", "5.8", "cert-issuer", {
            let leaf = Forged::signer("CN=signer", &sample.certified, "CN=Gone").sign(&middle);
            package(sample, format!("{leaf}{}", authority(CA).sign(&sample.root)).as_bytes())
        }),
    ]
}

/// The signer's own certificate.
fn signers(sample: &Sample) -> Vec<Vector> {
    let forged = |change: &dyn Fn(&mut Forged)| {
        let mut leaf = Forged::signer("CN=signer", &sample.certified, ROOT);
        change(&mut leaf);
        package(sample, leaf.sign(&sample.root).as_bytes())
    };
    let of_another = Forged::signer("CN=signer", &sample.stranger, ROOT).sign(&sample.root);
    vec![
        untrusted("certificate-expired", "5.8", "cert-expired", {
            forged(&|f| f.tbs.validity = span("2015", "2020"))
        }),
        untrusted("certificate-not-yet-valid", "5.8", "cert-not-yet-valid", {
            forged(&|f| f.tbs.validity = span("2045", "2048"))
        }),
        untrusted("certificate-not-for-code-signing", "5.8", "cert-no-code-signing", {
            forged(&|f| f.tbs.extensions[2] = extension(EXTENDED_KEY_USAGE, false, SERVER_AUTH))
        }),
        untrusted("certificate-without-extended-key-usage", "5.8", "cert-no-code-signing", {
            forged(&|f| drop(f.tbs.extensions.pop()))
        }),
        untrusted("certificate-without-key-usage", "5.8", "cert-key-usage", {
            forged(&|f| drop(f.tbs.extensions.remove(1)))
        }),
        untrusted("certificate-of-an-authority-signs", "5.8", "cert-signer-is-authority", {
            forged(&|f| f.tbs.extensions[0] = extension(BASIC_CONSTRAINTS, true, CA))
        }),
        refused("certificate-signed-by-itself", "5.8", "cert-signature", {
            let leaf = Forged::signer("CN=signer", &sample.certified, ROOT);
            package(sample, leaf.sign(&sample.certified).as_bytes())
        }),
        refused("certificate-of-another-key", "5.8", "cert-other-key", {
            package(sample, of_another.as_bytes())
        }),
        refused("certificate-on-another-curve", "5.8", "cert-wrong-curve", {
            forged(&|f| f.tbs.key.algorithm = AlgorithmIdentifierOwned::from_der(P256).unwrap())
        }),
        refused(
            "certificate-of-version-1",
            "5.8",
            "cert-malformed",
            forged(&|f| f.tbs.version = 0),
        ),
        refused("certificate-of-version-2", "5.8", "cert-version", forged(&|f| f.tbs.version = 1)),
        refused("certificate-with-unknown-critical-extension", "5.8", "cert-unknown-critical", {
            forged(&|f| f.tbs.extensions.push(extension("1.2.3.4", true, &[5, 0])))
        }),
        accepted("valid-certificate-with-unknown-extension", {
            forged(&|f| f.tbs.extensions.push(extension("1.2.3.4", false, &[5, 0])))
        }),
        refused("certificate-with-extension-twice", "5.8", "cert-duplicate-extension", {
            forged(&|f| f.tbs.extensions.push(extension(KEY_USAGE, false, DIGITAL_SIGNATURE)))
        }),
        refused("certificate-with-malformed-extension", "5.8", "cert-malformed", {
            forged(&|f| f.tbs.extensions[0] = extension(BASIC_CONSTRAINTS, true, &[0x30, 9]))
        }),
        refused("certificate-with-ecdsa", "5.8", "cert-wrong-algorithm", {
            forged(&|f| {
                f.outer = algorithm("1.2.840.10045.4.3.2");
                f.tbs.signature = f.outer.clone();
            })
        }),
        refused("certificate-inner-and-outer-algorithm-differ", "5.8", "cert-algorithms-differ", {
            forged(&|f| f.outer = algorithm("1.2.840.10045.4.3.2"))
        }),
    ]
}

/// Bytes that are no certificate, or too many of them.
fn encodings(sample: &Sample) -> Vec<Vector> {
    let leaf = || Forged::signer("CN=signer", &sample.certified, ROOT);
    let good = leaf().sign(&sample.root);
    let named = |bytes: usize| {
        // subjectAltName: as many names as fill these bytes.
        leaf().with(|f| f.tbs.extensions.push(extension("2.5.29.17", false, &vec![0x82; bytes])))
    };
    let (_, der) = der::pem::decode_vec(good.as_bytes()).unwrap();
    let trailing =
        encode_string("CERTIFICATE", LineEnding::LF, &[&der[..], &[0]].concat()).unwrap();
    let cut = encode_string("CERTIFICATE", LineEnding::LF, &der[..der.len() - 1]).unwrap();
    let mut alone = sample.entries();
    let name = signature_name(&sample.certified).replace(".sig", ".pem");
    alone.insert(2, Entry::new(&name, good.as_bytes()));
    alone[1..3].sort_by_key(|e| e.header);
    vec![
        refused("certificate-is-no-pem", "5.8", "cert-not-pem", package(sample, b"hello")),
        refused("certificate-is-empty", "5.8", "cert-not-pem", package(sample, b"")),
        refused("certificate-is-a-key", "5.8", "cert-not-pem", {
            package(sample, sample.key.public().to_pem().unwrap().as_bytes())
        }),
        refused("certificate-cut-off", "5.8", "cert-malformed", package(sample, cut.as_bytes())),
        refused("certificate-with-trailing-byte", "5.8", "cert-malformed", {
            package(sample, trailing.as_bytes())
        }),
        refused("certificate-of-5-kib", "5.8", "cert-too-large", {
            package(sample, named(5_000).sign(&sample.root).as_bytes())
        }),
        refused("certificate-with-10000-names", "7.1", "entry-too-large", {
            package(sample, named(10_000 * 12).sign(&sample.root).as_bytes())
        }),
        refused("chain-without-signature", "3.2", "chain-alone", archive(&alone)),
    ]
}
