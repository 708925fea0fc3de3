// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a key or a signature is refused.

use bpfsign_reasons::reasons;

reasons! {
    /// Why key material was refused.
    #[derive(Clone, PartialEq, Eq)]
    pub enum KeyError {
        /// The text is not a PEM block with this label. Give a file that has one.
        NotPem(label: &'static str) => "key", Failed,
            "not a PEM file with a `{label}` block",
            "give an SM2 key in PEM";
        /// The PEM block does not hold well-formed DER of a key. Give another key.
        Malformed => "key", Failed,
            "the PEM block does not hold a well-formed key",
            "give an SM2 key in PEM";
        /// The key is not an elliptic-curve key, or is on another curve. Give an SM2 key.
        WrongCurve => "key", Failed, "the key is not on the SM2 curve", "give an SM2 key in PEM";
        /// The public point is not on the curve, or is the point at infinity. The key is
        /// damaged or made to be weak; do not use it.
        InvalidPoint => "key", Failed,
            "the public point is not on the SM2 curve",
            "do not use this key; get it again from who made it";
        /// The private scalar is n-1, for which 1+d has no inverse. Make another key.
        WeakScalar => "key", Failed, "the private key n-1 cannot sign", "make another key";
        /// The private key is encrypted and no passphrase was given. Give one.
        PassphraseNeeded => "key-passphrase", Failed,
            "the private key is encrypted",
            "give --passphrase-file FILE";
        /// The passphrase is wrong, or the key is encrypted in a way that is not supported.
        CannotDecrypt => "key-passphrase", Failed,
            "wrong passphrase, or an unsupported encryption scheme",
            "check the passphrase file; bpfsign reads PBES2 with AES";
        /// The system gave no randomness for a new key or a hedged signature.
        NoRandomness => "key", Failed,
            "the system gave no randomness",
            "run it where getrandom(2) works";
    }
}

reasons! {
    /// Why a signature was refused.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum SignatureError {
        /// 64 bytes of r and s, where DER is wanted (GM/T 0009, 7.3). Whoever signed must
        /// encode them.
        RawNotDer => "signature-raw", NotAuthentic,
            "the signature is raw r||s, not DER",
            "have it signed again, with the signature in DER";
        /// Not a strict DER `SEQUENCE { INTEGER r, INTEGER s }` with r, s in 1..n.
        NotDer => "signature-not-der", NotAuthentic,
            "the signature is not strict DER",
            "have it signed again, with the signature in DER";
        /// A valid signature, but made with the empty signer identifier. Whoever signed must
        /// use the default identifier.
        EmptyIdentifier => "signature-empty-identifier", NotAuthentic,
            "the signature was made with the empty signer identifier",
            "have it signed again, with the identifier 1234567812345678";
        /// Does not verify with this key over these bytes: they were changed, or the key is
        /// another.
        Invalid => "signature-invalid", NotAuthentic,
            "the signature does not match these bytes and this key",
            "do not load it; get it again, and check that the policy holds the author's key";
    }
}
