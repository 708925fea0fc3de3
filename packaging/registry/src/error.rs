// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why nothing was transferred.

use std::fmt;

use bpfsign_reasons::reasons;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a transfer failed, and of what.
#[derive(Debug)]
pub struct Error {
    /// The reference or address.
    pub what: String,
    /// The reason.
    pub reason: Reason,
}

reasons! {
    /// Why a transfer failed: first the command line's fault, then that of the environment,
    /// then what a server sent that is not what was asked for.
    pub enum Reason {
        /// What was given is not a reference or an address; the text says why. Correct it.
        Reference(why: String) => "reference", Usage,
            "is not a reference: {why}",
            "give REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:...";
        /// The host would be reached by HTTP without TLS, and is not this machine.
        PlainHttp => "plain-http", Usage,
            "would be reached by HTTP without TLS",
            "give --plain-http if that is meant";
        /// The file of a certificate authority cannot be read, or holds none.
        Authority(why: String) => "registry-authority", Failed,
            "no certificate authority can be read: {why}",
            "give --ca a file with certificates in PEM";
        /// No client for HTTP or TLS can be made; the text is the library's.
        Setup(why: String) => "network", Failed,
            "no connection can be set up: {why}",
            "check the system's certificate authorities, or give --ca FILE";
        /// docker's configuration, or a helper that it names, gives no name and password that
        /// can be used. Log in again.
        Credentials(why: String) => "registry-credentials", Failed,
            "no credentials for it: {why}",
            "log in, for example with `skopeo login`: docker's config.json is read";
        /// The server cannot be reached, or the connection ended; the text is the library's.
        Unreachable(why: String) => "registry-unreachable", Failed,
            "cannot be reached: {why}",
            "check the name, the network and the certificate (--ca)";
        /// The transfer was not done in the time that was given for it.
        Deadline(seconds: u64) => "registry-deadline", Failed,
            "took longer than {seconds} s",
            "run it again, with a longer --timeout";
        /// The server wants other credentials, or the account may not do this.
        Denied => "registry-denied", Failed,
            "the server denies access",
            "log in, for example with `skopeo login`: docker's config.json is read";
        /// The server has no such repository, tag or file.
        NotFound => "registry-not-found", Failed,
            "the server does not have it",
            "`bpfsign tags REGISTRY/REPOSITORY` lists the tags";
        /// The server answers with a status that means neither success nor what is above.
        Status { code: u16, said: String } => "registry-status", Failed,
            "the server answered {code}: {said}",
            "check the registry, and run it again";
        /// The registry does not take the package; the text is the library's.
        Push(why: String) => "registry-push", Failed,
            "the registry did not take it: {why}",
            "check the registry, and run it again";
        /// The server redirects to another host, which was not named.
        Redirect(to: String) => "registry-redirect", NotAuthentic,
            "the server redirects to {to}",
            "if that is meant, name the host: --allow-redirect HOST";
        /// The server redirects, and does not say to where.
        RedirectNowhere => "registry-redirect", NotAuthentic,
            "the server redirects and names no address",
            "check the registry, and run it again";
        /// The server redirects again and again.
        RedirectLoop => "registry-redirect", NotAuthentic,
            "the server redirects again and again",
            "check the registry, and run it again";
        /// The server sends more than may be read.
        TooLarge { most: u64 } => "registry-too-large", NotAuthentic,
            "the server sends more than {most} bytes",
            "do not trust this registry; get the package another way";
        /// The server sent less than it announced.
        Truncated { expected: u64, got: u64 } => "registry-truncated", NotAuthentic,
            "the server sent {got} of {expected} bytes",
            "do not trust this registry; get the package another way";
        /// The server sent bytes with another digest.
        Digest { expected: String, got: String } => "registry-digest", NotAuthentic,
            "the server sent something else: {got} in place of {expected}",
            "do not trust this registry; get the package another way";
        /// The server sent an artifact, or a list, that is not what bpfsign puts there.
        NotAPackage(why: String) => "registry-not-a-package", NotAuthentic,
            "is not a bpfsign package: {why}",
            "do not trust this registry; get the package another way";
    }
}

impl Error {
    pub(crate) fn new(what: impl fmt::Display, reason: Reason) -> Self {
        Self { what: what.to_string(), reason }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

/// Says what a result is about.
pub(crate) trait At<T> {
    /// The result, with the reference or address in its error.
    fn at(self, what: impl fmt::Display) -> Result<T>;
}

impl<T> At<T> for Result<T, Reason> {
    fn at(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|reason| Error::new(what, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_code_is_documented() {
        let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/cli-v1.md");
        let spec = std::fs::read_to_string(spec).unwrap();
        for code in Reason::codes() {
            assert!(spec.contains(&format!("`{code}`")), "{code}");
        }
    }
}
