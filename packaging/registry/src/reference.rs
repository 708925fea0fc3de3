// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `REGISTRY/REPO:TAG` and `REGISTRY/REPO@DIGEST`.

use std::{fmt, net::IpAddr};

use bpfsign_format::oci::sha256;

use crate::{Error, Options, Reason, Result};

/// Where a package is in a registry.
#[derive(Debug, Clone)]
pub struct Reference(pub(crate) oci_client::Reference);

impl Reference {
    /// Parses a reference, which must name its registry. Without tag and digest the tag is
    /// `latest`, as everywhere.
    ///
    /// # Errors
    /// [`Reason::Reference`].
    pub fn parse(text: &str) -> Result<Self> {
        let fail = |why: &str| Error::new(text, Reason::Reference(why.to_owned()));
        let registry = text.split_once('/').map_or("", |(registry, _)| registry);
        if registry != "localhost" && !registry.contains(['.', ':']) {
            return Err(fail("it must begin with a registry, as in registry.example/repo:tag"));
        }
        let reference: oci_client::Reference =
            text.parse().map_err(|e: oci_client::ParseError| fail(&e.to_string()))?;
        match reference.digest() {
            Some(digest) if sha256(digest).is_none() => Err(fail("digests are sha256:…")),
            _ => Ok(Self(reference)),
        }
    }

    /// `registry.example:5000`.
    pub fn registry(&self) -> &str {
        self.0.registry()
    }

    /// The address of something in the repository: `manifests/TAG`, `blobs/DIGEST`.
    pub(crate) fn address(&self, options: &Options, tail: &str) -> String {
        let (registry, repository) = (self.registry(), self.0.repository());
        format!("{}://{registry}/v2/{repository}/{tail}", self.scheme(options))
    }

    /// `http` for loopback and where it was asked for.
    pub(crate) fn scheme(&self, options: &Options) -> &'static str {
        let loopback = options.authority.is_none() && is_loopback(self.registry());
        if options.plain_http || loopback { "http" } else { "https" }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether `HOST` or `HOST:PORT` is this machine.
pub(crate) fn is_loopback(registry: &str) -> bool {
    let host = match registry.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => registry,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Reference, is_loopback};

    #[test]
    fn a_registry_must_be_named() {
        for text in ["sched-latency", "probes/sched-latency:1", "r.example/", "", "r.example/A:1"] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        for text in ["r.example/a:1", "localhost/a", "127.0.0.1:5000/a/b:v1.2.3", "r.example:80/a"]
        {
            assert!(Reference::parse(text).is_ok(), "{text}");
        }
        let digest = format!("r.example/a@sha256:{}", "0".repeat(64));
        assert!(Reference::parse(&digest).is_ok());
        assert!(Reference::parse("r.example/a@sha512:00").is_err());
    }

    #[test]
    fn loopback_is_an_address_and_not_a_name_that_looks_like_one() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.8.8", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["127.0.0.1.example", "localhost.example:80", "10.0.0.1:5000", "[::2]:1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
