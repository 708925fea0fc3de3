// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whatever signs: a key in a file, or one that never leaves its token.

use std::{
    fmt,
    io::Write,
    process::{Command, Stdio},
};

use bpfsign_reasons::reasons;
use sm2::dsa::Signature;

use crate::{KeyError, PublicKey, SecretKey, digest::from_hex};

reasons! {
    /// Why nothing was signed.
    #[derive(Clone, PartialEq, Eq)]
    pub enum SignerError {
        /// The key itself cannot sign.
        Key(error: KeyError) => error;
        /// The command or token failed; the text is its own.
        Failed(why: String) => "signer", Failed,
            "the signer failed: {why}",
            "check the command or the token; nothing was signed";
        /// The command or token gave something that the public key which was named for it does
        /// not verify. Name the public key of what signs.
        WrongSignature => "signer", Failed,
            "the signer's answer is not a signature by this public key",
            "check that --public is the key that the command or token signs with";
    }
}

/// Something that signs with one key.
pub trait Signer: fmt::Debug {
    /// Its public key.
    fn public(&self) -> &PublicKey;

    /// Signs `message`: DER, 70 to 72 bytes.
    ///
    /// # Errors
    /// [`SignerError`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// This signer for several threads at once; `None` where only one may ask at a time, as
    /// with a token.
    fn shared(&self) -> Option<&(dyn Signer + Sync)> {
        None
    }
}

impl Signer for SecretKey {
    fn public(&self) -> &PublicKey {
        self.public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.sign(message)?)
    }

    fn shared(&self) -> Option<&(dyn Signer + Sync)> {
        Some(self)
    }
}

/// A key in a file whose nonces take the system's randomness as well.
#[derive(Debug)]
pub struct Hedged(pub SecretKey);

impl Signer for Hedged {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign_hedged(message)?)
    }

    fn shared(&self) -> Option<&(dyn Signer + Sync)> {
        Some(self)
    }
}

/// A command that signs: it gets e in hexadecimal as a line on its standard input,
/// and answers with r and s, each 64 hexadecimal digits on a line of its own.
#[derive(Debug)]
pub struct ExternalCommand {
    public: PublicKey,
    command: String,
}

impl ExternalCommand {
    /// A command for the shell, and the public key of what it signs with.
    pub fn new(command: impl Into<String>, public: PublicKey) -> Self {
        Self { public, command: command.into() }
    }

    fn ask(&self, e: &[u8; 32]) -> Result<(String, String), String> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", &self.command])
            .env("BPFSIGN_KEY_ID", self.public.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let line: String = e.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read fails below.
            let _ = stdin.write_all(format!("{line}\n").as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("`{}` ends with {}", self.command, output.status));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines().map(|line| line.trim().to_owned());
        match (lines.next(), lines.next(), lines.next()) {
            (Some(r), Some(s), None) => Ok((r, s)),
            _ => Err(format!("`{}` does not answer with two lines", self.command)),
        }
    }
}

impl Signer for ExternalCommand {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let e = self.public.digest(message)?;
        let (r, s) = self.ask(&e).map_err(SignerError::Failed)?;
        let numbers = from_hex(&r).zip(from_hex(&s));
        let (r, s) = numbers.ok_or_else(|| {
            SignerError::Failed("r and s are not 64 hexadecimal digits each".to_owned())
        })?;
        from_numbers(&self.public, message, r, s)
    }
}

/// DER of r and s, after verifying them: a token may hold another key than it should.
pub(crate) fn from_numbers(
    public: &PublicKey,
    message: &[u8],
    r: [u8; 32],
    s: [u8; 32],
) -> Result<Vec<u8>, SignerError> {
    let signature =
        Signature::from_scalars(r, s).map_err(|_| SignerError::WrongSignature)?.to_der();
    let der = signature.as_bytes().to_vec();
    public.verify(message, &der).map_err(|_| SignerError::WrongSignature)?;
    Ok(der)
}
