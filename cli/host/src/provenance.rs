// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a package was made from, for people.

use bpfsign_format::provenance::{ALL_SOURCES, BTF, Provenance, Resource};

/// Lines of a provenance.
pub(crate) fn text(provenance: &Provenance) -> String {
    let build = &provenance.predicate.build_definition;
    let builder = &provenance.predicate.run_details.builder;
    let mut text = format!("provenance {}\n  builder {}\n", provenance.predicate_type, builder.id);
    for (tool, version) in &builder.version {
        text += &format!("  {tool} {version}\n");
    }
    text += &format!("  targets {}\n", build.external_parameters.targets.join(", "));
    text += &format!("  flags {}\n", build.internal_parameters.flags.join(" "));
    for (object, flags) in &build.internal_parameters.objects {
        text += &format!("  {object} with {}\n", flags.join(" "));
    }
    let line = |resource: &Resource| format!("  {} sm3 {}\n", resource.name, resource.digest.sm3);
    // All sources together, then each: the names of those begin with that of all.
    let sources = provenance.dependencies(ALL_SOURCES);
    text + &sources.chain(provenance.dependencies(BTF)).map(line).collect::<String>()
}
