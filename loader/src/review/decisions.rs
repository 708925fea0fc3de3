// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every decision of a policy on a package.

use bpfsign_format::{bpf::ObjectFacts, manifest::MapEntry};
use bpfsign_verify::{Decision, Error, Facts, Policy, Reason, Result, Verified};

/// Every decision of a policy on every object, by the object's name; nothing
/// of this kernel, and nothing is loaded.
///
/// # Errors
/// [`Reason::Object`]: an object that libbpf does not open.
pub fn decisions(verified: &Verified, policy: &Policy) -> Result<Vec<(String, Vec<Decision>)>> {
    let decide = |object: &str, maps: &[MapEntry], targets: &[String]| {
        let (_, facts) = ObjectFacts::open(verified.file(object))
            .map_err(|e| Error::new(verified.path().join(object), Reason::Object(e)))?;
        let facts = Facts { object: &facts, maps, targets };
        Ok((object.to_owned(), policy.decide(&facts)))
    };
    match verified.manifest() {
        None => Ok(vec![decide(verified.name(), &[], &[])?]),
        Some(m) => m.variants.iter().map(|v| decide(&v.object, &v.maps, &v.targets)).collect(),
    }
}
