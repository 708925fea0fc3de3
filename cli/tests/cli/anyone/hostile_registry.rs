// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A registry or a web server that lies to verbs which need no host.

use crate::common::{
    bpfsign,
    double::{Answer, Body, serve},
    keygen, scratch, text,
};

/// A list of tags, and the answer to the first question, have a bound too.
#[test]
fn other_answers_have_bounds() {
    let dir = scratch();
    let endless = serve(|asked| match asked.path.as_str() {
        "/v2/" => Answer::ok("{}"),
        _ => Answer::of(Body::Endless),
    });
    bpfsign(["tags", &format!("{endless}/p")]).refused(3, "more than");
    let first = serve(|_| Answer::of(Body::Endless));
    bpfsign(["tags", &format!("{first}/p")]).refused(3, "more than");
    let round = serve(|_| Answer::with("302 Found", "Location: /v2/".to_owned()));
    bpfsign(["tags", &format!("{round}/p")]).refused(3, "again and again");
    let trust = text(keygen(dir.path(), "k").with_file_name("k.pub"));
    let fetch = ["fetch", "--trust", &trust, &format!("http://{endless}/stable")];
    bpfsign(fetch).refused(3, "more than");
    // One that says nothing ends at the deadline.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    bpfsign(["tags", "--timeout", "1", &format!("{address}/p")]).refused(1, "took longer than 1 s");
}
