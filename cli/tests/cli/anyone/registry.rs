// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is asked of a registry's address.

use crate::common::{bpfsign, keygen, program_dir, scratch, text};

/// Not over the network in the clear, unless asked to.
#[test]
fn plain_http_is_for_loopback() {
    let package = text(program_dir());
    for (reference, exit, message) in [
        ("sched-latency:1", 2, "must begin with a registry"),
        ("registry.invalid/a@sha512:00", 2, "is not a reference"),
        // No such name (RFC 6761); what matters is that it is asked by HTTPS.
        ("registry.invalid/a:1", 1, "https://registry.invalid"),
    ] {
        bpfsign(["tags", reference]).refused(exit, message);
    }
    bpfsign(["push", &package, "registry.invalid/a:1"]).refused(3, "not a regular file");
    let key = scratch();
    let trust = text(keygen(key.path(), "k").with_file_name("k.pub"));
    bpfsign(["fetch", "--trust", &trust, "http://registry.invalid/r"]).refused(2, "without TLS");
    bpfsign(["fetch", "--trust", &trust, "ftp://registry.invalid/r"]).refused(2, "neither http");
}
