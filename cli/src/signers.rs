// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The options that say with which key to sign.

use std::path::{Path, PathBuf};

use bpfsign_files::read_bounded;
use bpfsign_host::Failure;
use bpfsign_keys::{
    ExternalCommand, Hedged, Pkcs11Key, PublicKey, SdfKey, Signer, SignerError, read_passphrase,
    read_secret_key,
};

use crate::errors::OrFailure;

/// The largest public key file that is read, in bytes.
const MAX_KEY: usize = 16 * 1024;

/// With which key to sign.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Key")]
pub(crate) struct KeyArgs {
    /// The private key, PKCS#8 PEM, readable by its owner only.
    #[arg(long, value_name = "FILE", required_unless_present = "signer")]
    key: Option<PathBuf>,
    /// The first line of this file decrypts the key, or opens the token.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Take the system's randomness into each nonce; signatures then differ each
    /// time.
    #[arg(long, requires = "key")]
    hedged: bool,
    /// Sign elsewhere. `exec:COMMAND` gets the digest e in hexadecimal as a line, and
    /// answers with r and s, each 64 hexadecimal digits on a line.
    /// `pkcs11:LIBRARY,LABEL,MECHANISM` is a key in a token, with the vendor's number
    /// for SM2 over e, as 0x80008102. `sdf:LIBRARY,INDEX` is a key in a device with
    /// an SDF library (GM/T 0018).
    #[arg(long, value_name = "SPEC", conflicts_with = "key", requires = "public")]
    signer: Option<String>,
    /// The public key of that signer.
    #[arg(long, value_name = "PUB", requires = "signer")]
    public: Option<PathBuf>,
}

impl KeyArgs {
    /// The file or program that is named, for messages.
    pub(crate) fn name(&self) -> String {
        match (&self.key, &self.signer) {
            (Some(key), _) => key.display().to_string(),
            (None, signer) => signer.clone().unwrap_or_default(),
        }
    }

    /// What signs.
    pub(crate) fn open(&self) -> Result<Box<dyn Signer>, Failure> {
        if let Some(key) = &self.key {
            let passphrase =
                self.passphrase_file.as_deref().map(read_passphrase).transpose().or_failure()?;
            let key =
                read_secret_key(key, passphrase.as_ref().map(|p| p.as_bytes())).or_failure()?;
            return Ok(if self.hedged { Box::new(Hedged(key)) } else { Box::new(key) });
        }
        let public = read_public(self.public.as_deref().unwrap_or(Path::new("")))?;
        let pin = self.passphrase_file.as_deref().map(read_passphrase).transpose().or_failure()?;
        let pin = pin.as_ref().map(|p| p.as_str());
        let spec = self.signer.as_deref().unwrap_or_default();
        let parts = spec.split_once(':').map(|(kind, rest)| (kind, rest, rest.split(',')));
        let fail = |error: SignerError| Failure::new("signer", format!("{spec}: {error}"), None);
        match parts.map(|(kind, rest, fields)| (kind, rest, fields.collect::<Vec<_>>())) {
            Some(("exec", command, _)) => Ok(Box::new(ExternalCommand::new(command, public))),
            Some(("pkcs11", _, fields)) if fields.len() == 3 => {
                let mechanism = number(fields[2]).ok_or_else(|| unknown(spec))?;
                let library = Path::new(fields[0]);
                let key = Pkcs11Key::open(library, fields[1], mechanism, pin, public);
                Ok(Box::new(key.map_err(fail)?))
            }
            Some(("sdf", _, fields)) if fields.len() == 2 => {
                let index = fields[1].parse().map_err(|_| unknown(spec))?;
                let key = SdfKey::open(Path::new(fields[0]), index, pin, public);
                Ok(Box::new(key.map_err(fail)?))
            }
            _ => Err(unknown(spec)),
        }
    }
}

fn unknown(spec: &str) -> Failure {
    let hint = "write it as exec:COMMAND, pkcs11:LIBRARY,LABEL,MECHANISM or sdf:LIBRARY,INDEX";
    Failure::usage(format!("there is no signer {spec:?}"), hint.to_owned())
}

/// A number as `0x80008102` or in decimal.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    let refuse = |why: String| {
        let hint = "give an SM2 public key in PEM, as `bpfsign keygen` writes it".to_owned();
        Failure::new("key", format!("{}: {why}", path.display()), Some(hint))
    };
    let bytes = read_bounded(path, MAX_KEY).map_err(|e| match e {
        bpfsign_files::ReadError::Io(e) => Failure::io(path, &e),
        e => refuse(e.to_string()),
    })?;
    let text = str::from_utf8(&bytes).map_err(|e| refuse(e.to_string()))?;
    PublicKey::from_pem(text).map_err(|e| refuse(e.to_string()))
}
