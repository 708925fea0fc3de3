// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a signature is for (§2.2 of policy-v1).

/// The role of a signer that is given none.
pub(super) const BUILD: &str = "build";
/// May sign trust updates, and nothing else by it.
pub(super) const TRUST: &str = "trust";
/// May sign the indices of repositories, and nothing else by it.
pub(super) const INDEX: &str = "index";

/// Whether a role is for packages.
pub(super) fn is_for_packages(role: &str) -> bool {
    role != TRUST && role != INDEX
}
