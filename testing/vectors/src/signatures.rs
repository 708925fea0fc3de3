// SPDX-License-Identifier: Apache-2.0 OR MIT
//! §5: signatures.

use bpfsign_keys::SecretKey;
use sm2::{
    dsa::{Signature, SigningKey, signature::Signer},
    elliptic_curve::Generate,
    pkcs8::DecodePrivateKey,
};

use crate::{
    Sample, Vector, refused,
    sample::signature_name,
    tar::{Entry, archive},
    untrusted,
};

pub(crate) fn vectors(sample: &Sample) -> Vec<Vector> {
    let entries = sample.entries();
    let manifest = &entries[0].content;
    let der = &entries[1].content;
    // A signature in the trusted key's name.
    let named = |signature: &[u8]| {
        let mut entries = entries.clone();
        entries[1] = Entry::new(&signature_name(&sample.key), signature);
        archive(&entries)
    };
    let mut flipped = der.clone();
    flipped[20] ^= 1;
    let stranger = sample.stranger.sign(manifest).unwrap();
    let other_bytes = sample.key.sign(&manifest[1..]).unwrap();
    let mut vectors = vec![
        refused("signature-over-other-bytes", "5.1", "signature-invalid", named(&other_bytes)),
        refused("signature-over-the-object", "5.1", "signature-invalid", {
            named(&sample.key.sign(&entries[2].content).unwrap())
        }),
        refused("signature-by-another-key", "5.3", "signature-invalid", named(&stranger)),
        refused("signature-bit-flipped", "5.1", "signature-invalid", named(&flipped)),
        refused("signature-with-empty-identifier", "5.1", "signature-empty-identifier", {
            named(sign_otherwise(&sample.key, "", manifest).to_der().as_bytes())
        }),
        refused("signature-with-other-identifier", "5.1", "signature-invalid", {
            named(sign_otherwise(&sample.key, "ALICE123@YAHOO.COM", manifest).to_der().as_bytes())
        }),
        refused("signature-raw", "5.2", "signature-raw", {
            named(&sign_otherwise(&sample.key, bpfsign_keys::SIGNER_ID, manifest).to_bytes())
        }),
    ];
    vectors.extend(
        encodings(der)
            .into_iter()
            .map(|(name, signature)| refused(name, "5.2", "signature-not-der", named(&signature))),
    );
    vectors.extend(trust(sample, &entries));
    vectors
}

/// Not strict DER (ITU-T X.690, clause 10), or r or s out of range.
fn encodings(der: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let body = &der[2..];
    let sequence = |content: &[u8]| [&[0x30, content.len() as u8], content].concat();
    let s = &body[2 + usize::from(body[1])..];
    vec![
        ("signature-empty", Vec::new()),
        ("signature-cut", der[..der.len() - 1].to_vec()),
        ("signature-trailing-byte", [der, &[0]].concat()),
        ("signature-long-length", [&[0x30, 0x81, body.len() as u8], body].concat()),
        ("signature-is-a-set", [&[0x31], &der[1..]].concat()),
        ("signature-r-zero", sequence(&[&[2, 1, 0], s].concat())),
        ("signature-r-negative", sequence(&[&[2, 1, 0xff], s].concat())),
        ("signature-r-padded", sequence(&[&[2, 2, 0, 1], s].concat())),
        ("signature-one-integer", sequence(s)),
        ("signature-three-integers", sequence(&[2, 1, 1, 2, 1, 1, 2, 1, 1])),
    ]
}

/// §5.4: who signed.
fn trust(sample: &Sample, entries: &[Entry]) -> Vec<Vector> {
    let mut unsigned = entries.to_vec();
    unsigned.remove(1);
    let mut stranger = unsigned.clone();
    stranger.insert(1, sample.signature(&sample.stranger, &entries[0].content));
    let mut renamed = entries.to_vec();
    renamed[1] = Entry::new(&signature_name(&sample.stranger), &entries[1].content);
    vec![
        untrusted("unsigned", "5.4", "threshold", archive(&unsigned)),
        untrusted("signed-by-a-stranger", "5.4", "threshold", archive(&stranger)),
        untrusted("signature-in-a-strangers-name", "5.4", "threshold", archive(&renamed)),
    ]
}

/// A signature that `SecretKey::sign` does not make.
fn sign_otherwise(key: &SecretKey, identifier: &str, message: &[u8]) -> Signature {
    let key = sm2::SecretKey::from_pkcs8_pem(&key.to_pem(None).unwrap())
        .unwrap_or_else(|_| sm2::SecretKey::generate());
    SigningKey::new(identifier, &key).unwrap().sign(message)
}
