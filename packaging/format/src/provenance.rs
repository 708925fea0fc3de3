// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `provenance.json` (docs/spec/provenance-v1.md): what a package was made from, and with
//! what, as an in-toto statement (<https://in-toto.io/Statement/v1>) with the SLSA predicate
//! (<https://slsa.dev/provenance/v1>). Sentences of the specification are cited as `§2.1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digests, Manifest, PROVENANCE, sm3_hex};

/// The type of the statement (§1.1).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of its predicate (§1.1).
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// How it was built: §3 of the specification.
pub const BUILD_TYPE: &str = "urn:bpfsign:build:v1";
/// The builder: `bpfsign build`, on any machine. The signatures say who ran it.
pub const BUILDER: &str = "urn:bpfsign:builder:v1";
/// What the name of a source file begins with, among the dependencies.
pub const SOURCE: &str = "source/";
/// What the name of a header that comes with bpfsign, or that it makes, begins with.
pub const INCLUDE: &str = "include/";
/// What the name of a kernel's BTF begins with.
pub const BTF: &str = "btf/";
/// The dependency that stands for all sources (§2.3).
pub const ALL_SOURCES: &str = "source";

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Provenance {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// Every payload file but the provenance, in order of name.
    pub subject: Vec<Resource>,
    /// [`PREDICATE_TYPE`].
    pub predicate_type: String,
    /// How the subjects were made.
    pub predicate: Predicate,
}

/// Something with digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The payload's name, or one that begins with [`SOURCE`], [`INCLUDE`] or [`BTF`].
    pub name: String,
    /// Its digests.
    pub digest: ResourceDigests,
}

/// The two digests, as in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDigests {
    /// SHA-256, 64 lowercase hexadecimal digits.
    pub sha256: String,
    /// SM3, 64 lowercase hexadecimal digits.
    pub sm3: String,
}

/// The predicate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Predicate {
    /// What was built from what.
    pub build_definition: BuildDefinition,
    /// What built it.
    pub run_details: RunDetails,
}

/// What was built from what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BuildDefinition {
    /// [`BUILD_TYPE`].
    pub build_type: String,
    /// What the person who built it chose.
    pub external_parameters: ExternalParameters,
    /// What follows from that and from the program.
    pub internal_parameters: InternalParameters,
    /// Sources, headers and kernels' BTF, in order of name.
    pub resolved_dependencies: Vec<Resource>,
}

/// What the person who built it chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalParameters {
    /// The package's name.
    pub program: String,
    /// The targets that it was built for, in order.
    pub targets: Vec<String>,
}

/// What follows from the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternalParameters {
    /// The compiler's flags for every object.
    pub flags: Vec<String>,
    /// For each object, the flags that it was compiled with besides.
    pub objects: BTreeMap<String, Vec<String>>,
}

/// What built it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDetails {
    /// The builder.
    pub builder: Builder,
}

/// The builder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Builder {
    /// [`BUILDER`].
    pub id: String,
    /// `bpfsign` and `clang`, by their versions.
    pub version: BTreeMap<String, String>,
}

impl Resource {
    /// Of some bytes.
    pub fn of(name: impl Into<String>, bytes: &[u8]) -> Self {
        let Digests { sm3, sha256 } = Digests::of(bytes);
        Self { name: name.into(), digest: ResourceDigests { sha256, sm3 } }
    }
}

impl Provenance {
    /// Parses the provenance of a package, and checks that it is about this package (§2.1,
    /// §2.2). Its bytes must be authentic.
    ///
    /// # Errors
    /// What does not hold.
    pub fn parse(bytes: &[u8], manifest: &Manifest) -> Result<Self, String> {
        let this: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let build = &this.predicate.build_definition;
        for (what, is, must) in [
            ("_type", &this.statement_type, STATEMENT_TYPE),
            ("predicateType", &this.predicate_type, PREDICATE_TYPE),
            ("buildType", &build.build_type, BUILD_TYPE),
        ] {
            if is != must {
                return Err(format!("`{what}` is {is:?} and not {must}"));
            }
        }
        let listed = manifest.files.iter().filter(|f| f.name != PROVENANCE).map(|f| Resource {
            name: f.name.clone(),
            digest: ResourceDigests { sha256: f.sha256.clone(), sm3: f.sm3.clone() },
        });
        if !this.subject.iter().cloned().eq(listed) {
            return Err("its subjects are not the package's files".to_owned());
        }
        let mut objects = manifest.variants.iter().map(|v| &v.object);
        match objects.find(|object| !build.internal_parameters.objects.contains_key(*object)) {
            Some(object) => Err(format!("it does not say how {object} was compiled")),
            None => Ok(this),
        }
    }

    /// The dependencies whose name begins with `prefix`.
    pub fn dependencies<'p>(&'p self, prefix: &'p str) -> impl Iterator<Item = &'p Resource> {
        let all = &self.predicate.build_definition.resolved_dependencies;
        all.iter().filter(move |resource| resource.name.starts_with(prefix))
    }
}

/// The digest of all sources (§2.3): of the lines that `sha256sum` and `sm3sum` print for
/// them, in order of name. `sources` are without their prefix.
pub fn all_sources(sources: &[Resource]) -> Resource {
    let list = |digest: fn(&Resource) -> &str| -> String {
        sources.iter().map(|s| format!("{}  {}\n", digest(s), s.name)).collect()
    };
    let sha256 = Digests::of(list(|s| &s.digest.sha256).as_bytes()).sha256;
    let sm3 = sm3_hex(list(|s| &s.digest.sm3).as_bytes());
    Resource { name: ALL_SOURCES.to_owned(), digest: ResourceDigests { sha256, sm3 } }
}
