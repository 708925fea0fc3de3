// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `REGISTRY/REPO:TAG` and `REGISTRY/REPO@DIGEST`.

use std::{fmt, net::IpAddr};

use bpfsign_format::oci::sha256;

use crate::{Options, Reason, Result, error::At};

/// Where a package is in a registry.
#[derive(Debug, Clone)]
pub struct Reference(pub(crate) oci_client::Reference);

impl Reference {
    /// Parses a reference, which must name its registry. Without tag and digest the tag is
    /// `latest`, as everywhere. The grammar is that of the OCI distribution specification,
    /// "Pulling manifests"; by hand, since the usual regular expressions take longer to
    /// compile than a package to pull.
    ///
    /// # Errors
    /// [`Reason::Reference`].
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |why: &str| Err(Reason::Reference(why.to_owned())).at(text);
        let (registry, rest) = text.split_once('/').unwrap_or_default();
        if registry != "localhost" && !registry.contains(['.', ':']) {
            return refused("it must begin with a registry, as in registry.example/repo:tag");
        }
        if !is_registry(registry) {
            return refused("its registry must be HOST or HOST:PORT");
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if repository.len() > 255 || !repository.split('/').all(is_component) {
            return refused("its repository must be of [a-z0-9], with . _ - between them, and /");
        }
        if !tag.is_none_or(is_tag) {
            return refused("its tag must be of [A-Za-z0-9_.-], at most 128 bytes");
        }
        if digest.is_some_and(|digest| sha256(digest).is_none()) {
            return refused("its digest must be sha256:...");
        }
        let (registry, repository) = (registry.to_owned(), repository.to_owned());
        Ok(Self(match digest {
            Some(digest) => {
                oci_client::Reference::with_digest(registry, repository, digest.to_owned())
            }
            None => {
                let tag = tag.unwrap_or("latest").to_owned();
                oci_client::Reference::with_tag(registry, repository, tag)
            }
        }))
    }

    /// The registry's host: `registry.example:5000`; for `docker.io`, the host that answers for it.
    pub fn registry(&self) -> &str {
        self.0.resolve_registry()
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

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let in_brackets = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let is_name = |host: &str| {
        !host.is_empty()
            && !host.starts_with(['.', '-'])
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    };
    let good_host = match in_brackets {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    good_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let between =
        |run: &str| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|b| b == b'-');
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.split(alphanumeric).all(between)
}

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
fn is_tag(text: &str) -> bool {
    !text.starts_with(['.', '-'])
        && (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Whether `HOST` or `HOST:PORT` is this machine.
#[must_use]
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
    fn a_reference_has_the_usual_grammar() {
        let long = "a".repeat(129);
        for text in [
            "sched-latency",
            "probes/sched-latency:1",
            "r.example/",
            "",
            "r.example/A:1",
            "/a:1",
            "r.example/a//b",
            "r.example/a/../b",
            "r.example/a:",
            "r.example/a:.b",
            ":5000/a",
            "r.example:x/a",
            "r.example:99999/a",
            "[::g]:1/a",
            "r.ex ample/a",
            "r.example/a_",
            "r.example/a..b",
            "r.example/a___b",
            "r.example/a@",
            "r.example/a@sha512:00",
            "r.example/a:b:c",
            "u@r.example/a",
            "r.example/a?b",
            "r.example/a#b",
            &format!("r.example/a:{long}"),
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        for text in [
            "r.example/a:1",
            "localhost/a:latest",
            "127.0.0.1:5000/a/b:v1.2.3_x-Y",
            "r.example:80/a.b/c__d/e---f:1",
            "[::1]:5000/a:1",
        ] {
            assert_eq!(Reference::parse(text).map(|r| r.to_string()).ok().as_deref(), Some(text));
        }
        let digest = format!("r.example/a@sha256:{}", "0".repeat(64));
        for text in [&digest, &digest.replace('@', ":tag@")] {
            assert_eq!(Reference::parse(text).map(|r| r.to_string()).ok(), Some(digest.clone()));
        }
        let latest = Reference::parse("r.example/a").map(|r| r.to_string());
        assert_eq!(latest.ok().as_deref(), Some("r.example/a:latest"));
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
