// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages and hints that are more than one sentence with facts in it.

use bpfsign_format::Date;
use bpfsign_keys::KeyId;

pub(super) fn threshold_text(
    found: usize,
    needed: usize,
    unknown: &[KeyId],
    ignored: &[String],
) -> String {
    let mut text = format!("signed by {found} of the {needed} trusted keys that are needed");
    text.extend(ignored.iter().map(|why| format!("; {why}")));
    text.extend(unknown.iter().map(|id| format!("; not trusted: {id}")));
    text
}

pub(super) fn threshold_hint(unknown: &[KeyId], ignored: &[String]) -> &'static str {
    if !ignored.is_empty() {
        return "have a signer sign it that the policy lets sign this package today";
    }
    match unknown.is_empty() {
        true => "on the release side, have more of the trusted signers sign it",
        false => "if its signer is to be trusted, add the public key to the policy",
    }
}

/// Both in seconds since 1970.
pub(super) fn clock_behind(now: u64, floor: u64) -> String {
    format!(
        "the clock is behind: it says {}, and something of {} was accepted here",
        Date::of_seconds(now),
        Date::of_seconds(floor)
    )
}

/// A line for each variant, with what the kernel lacks for it.
pub(super) fn missing_of_each(refused: &[(String, Vec<String>)]) -> String {
    let line = |(name, missing): &(String, Vec<String>)| {
        format!("\n  {name} needs {}", missing.join("; "))
    };
    refused.iter().map(line).collect()
}
