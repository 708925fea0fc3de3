// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign cert`.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bpfsign_files::{read_bounded, write_new};
use bpfsign_host::{Failure, Report, Run, verbs};
use bpfsign_keys::{CertError, Certificate, Issue, Request, SignerError, Subject, cert_limits};
use serde_json::json;

use crate::signers::KeyArgs;

/// Make, issue and show SM2 certificates.
#[derive(Debug, clap::Args)]
pub(crate) struct Cert {
    #[command(subcommand)]
    what: What,
}

verbs! {
    enum What {
        Root(Root),
        Csr(Csr),
        Issue(IssueVerb),
        Show(Show),
    }
}

/// Make the certificate of an authority, signed by itself.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign cert root --key ca.key --subject \"CN=Example CA\" --out ca.pem"
)]
struct Root {
    #[command(flatten)]
    key: KeyArgs,
    /// Its name, as in CN=Example CA,O=Example.
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// How many days it is valid from now.
    #[arg(long, value_name = "N", default_value_t = 3650)]
    days: u32,
    /// How many authorities may follow it in a chain; any number without.
    #[arg(long, value_name = "N")]
    path_length: Option<u8>,
    /// The certificate to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Make a request for a certificate (PKCS#10).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign cert csr --key release.key --subject CN=release --out release.csr"
)]
struct Csr {
    #[command(flatten)]
    key: KeyArgs,
    /// Whom the certificate is for.
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// The request to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Issue a certificate for a request: a signer's, for code signing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign cert issue --key ca.key --ca ca.pem --csr release.csr --out release.pem"
)]
struct IssueVerb {
    #[command(flatten)]
    key: KeyArgs,
    /// The certificate of the authority whose key it is.
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// The request.
    #[arg(long, value_name = "FILE")]
    csr: PathBuf,
    /// How many days it is valid from now.
    #[arg(long, value_name = "N", default_value_t = 365)]
    days: u32,
    /// Make it an authority's.
    #[arg(long)]
    authority: bool,
    /// How many authorities may follow it in a chain; any number without.
    #[arg(long, value_name = "N", requires = "authority")]
    path_length: Option<u8>,
    /// The certificate to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Show certificates, without trusting them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign cert show release.pem")]
struct Show {
    /// A file of certificates in PEM.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Run for Cert {
    fn run(self, json: bool) -> Result<Report, Failure> {
        self.what.run(json)
    }
}

impl Run for Root {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let subject = subject(&self.subject)?;
        let issue = Issue::new(&subject, key.public(), span(self.days)).authority(self.path_length);
        let pem = issue.sign(None, &*key).map_err(|e| key_failure(&self.key, &e))?;
        write(&self.out, &pem, "certificate")
    }
}

impl Run for Csr {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let pem = Request::make(&subject(&self.subject)?, &*key)
            .map_err(|e| key_failure(&self.key, &e))?;
        write(&self.out, &pem, "request")
    }
}

impl Run for IssueVerb {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let key = self.key.open()?;
        let authorities = read(&self.ca)?;
        let ca = match authorities.as_slice() {
            [ca] if ca.is_authority() => ca,
            _ => return Err(cert_failure(&self.ca, &CertError::NotAuthority)),
        };
        if ca.key() != key.public() {
            let message = format!("{}: is not of the key {}", self.ca.display(), self.key.name());
            let hint = "give the authority's own key".to_owned();
            return Err(Failure::new("cert-other-key", message, Some(hint)));
        }
        let text = fs::read_to_string(&self.csr).map_err(|e| Failure::io(&self.csr, &e))?;
        let request = Request::read(&text).map_err(|e| cert_failure(&self.csr, &e))?;
        let mut issue = Issue::requested(request, span(self.days));
        if self.authority {
            issue = issue.authority(self.path_length);
        }
        let pem = issue.sign(Some(ca), &*key).map_err(|e| key_failure(&self.key, &e))?;
        write(&self.out, &pem, "certificate")
    }
}

impl Run for Show {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let mut text = String::new();
        let mut json = Vec::new();
        for certificate in read(&self.file)? {
            let (from, until) = certificate.validity();
            let kind = if certificate.is_authority() { "authority" } else { "signer" };
            let _ =
                writeln!(text, "{}\n  {kind}, key {}", certificate.name(), certificate.key().id());
            let _ = writeln!(text, "  sm3 {}", certificate.sm3());
            let _ = writeln!(text, "  valid {} to {}", day(from), day(until));
            json.push(json!({
                "subject": certificate.name(),
                "kind": kind,
                "key_id": certificate.key().id().to_string(),
                "sm3": certificate.sm3(),
                "not_before": from.as_secs(),
                "not_after": until.as_secs(),
            }));
        }
        Report::new(text, &json!({ "certificates": json }))
    }
}

fn day(since_1970: Duration) -> bpfsign_format::Date {
    bpfsign_format::Date::of(SystemTime::UNIX_EPOCH + since_1970)
}

fn subject(text: &str) -> Result<Subject, Failure> {
    Subject::parse(text).map_err(|_| {
        let hint = "write it as CN=signer,O=example".to_owned();
        Failure::usage(format!("{text:?} is no subject's name"), hint)
    })
}

/// From now, for so many days.
fn span(days: u32) -> (Duration, Duration) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_secs(now.as_secs());
    (now, now + Duration::from_secs(u64::from(days) * 86_400))
}

fn read(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let bytes = read_bounded(path, cert_limits::PEM_BYTES).map_err(|e| match e {
        bpfsign_files::ReadError::Io(e) => Failure::io(path, &e),
        _ => cert_failure(path, &CertError::TooLarge),
    })?;
    Certificate::from_pem(&bytes).map_err(|e| cert_failure(path, &e))
}

fn write(path: &Path, pem: &str, what: &str) -> Result<Report, Failure> {
    write_new(path, pem.as_bytes(), 0o644).map_err(|e| Failure::io(path, &e))?;
    Report::new(format!("wrote the {what} {}", path.display()), &json!({ "file": path }))
}

fn cert_failure(path: &Path, error: &CertError) -> Failure {
    let hint = "`openssl x509 -text -in FILE` shows what is in it".to_owned();
    Failure::new(error.code(), format!("{}: {error}", path.display()), Some(hint))
}

fn key_failure(key: &KeyArgs, error: &SignerError) -> Failure {
    Failure::new("signer", format!("{}: {error}", key.name()), None)
}
