// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The text of every package: from the kernel's iterators, from the holder where there are
//! none, and by HTTP.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use bpfsign_scenarios::PROGRAMS;

use crate::common::{
    Host, alone, exposition, go_program,
    http::{exchange, free_address, get},
    matrix, repository, run, signed_package, text,
};

/// What only iterators print: names of system calls, and a census of descriptors.
const ONLY_PRINTED: [&str; 1] = ["bpfsign_fd_open_descriptors"];
const ONLY_PRINTED_LABELS: [&str; 1] = ["name"];

fn program(name: &str) -> PathBuf {
    repository().join("programs").join(name)
}

fn load(host: &Host, name: &str, package: &Path, go: &Path) {
    let (package, binary) = (text(package), ["--binary", &text(go)]);
    let more: &[&str] = if name == "go-malloc" { &binary } else { &[] };
    host.bpfsign(&[&["load", &package], more].concat()).ok();
}

/// Has Prometheus itself judge a text.
fn judge(host: &Host, name: &str, metrics: &str) {
    let promtool = text(matrix::prepared("BPFSIGN_AGENTS").join("promtool"));
    let file = host.path("all.txt");
    fs::write(&file, metrics).unwrap();
    let check = format!("{promtool} check metrics <{} 2>&1", text(&file));
    let judged = Command::new("sh").args(["-c", &check]).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(judged.status.success() && said.is_empty(), "{name}: {said}");
}

/// HELP and TYPE lines, and for every sample its name with its labels' names.
fn shape(text: &str) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    for line in text.lines().filter(|l| ONLY_PRINTED.iter().all(|o| !l.contains(o))) {
        if line.starts_with('#') {
            shape.insert(line.to_owned());
            continue;
        }
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.trim_end_matches('}').split_once('{').unwrap_or((series, ""));
        let names: BTreeSet<&str> =
            labels.split("\",").filter_map(|l| Some(l.split_once('=')?.0)).collect();
        let names = names.iter().filter(|n| !ONLY_PRINTED_LABELS.contains(n));
        shape.insert(format!("{name} {:?}", names.collect::<Vec<_>>()));
    }
    shape
}

/// Every package's text as promtool reads it: one group of lines for each metric, HELP and
/// TYPE first, and names that say what is counted and in which unit. Where the kernel has
/// no iterators, the holder gives the same metrics.
#[test]
#[ignore = "needs what make test prepares"]
fn every_text_is_an_exposition() {
    // What other tests make happen would be in one of two texts that are compared.
    let _alone = alone();
    let host = Host::for_programs();
    let go = go_program(&host.path("gomalloc"), "");
    for name in PROGRAMS {
        let package = signed_package(&program(name), &host.path("p.bpfpkg"), &host.key());
        load(&host, name, &package, &go);
        let current = host.current(name);
        let pins = fs::read_dir(&current).unwrap().map(|e| e.unwrap().file_name());
        let pins = pins.map(|n| n.into_string().unwrap()).filter(|n| n.starts_with("metrics"));
        let read = |pin| fs::read_to_string(current.join(pin)).unwrap();
        pins.for_each(|pin| exposition::check(&read(pin)));
        let printed = host.bpfsign(&["metrics", name]).ok();
        judge(&host, name, &printed);
        host.bpfsign(&["unload", name]).ok();
        // The same without text of its own, as on kernels without iterators.
        let copy = text(host.path(&format!("{name}-without-text")));
        run("cp", ["-r", &text(program(name)), &copy]);
        let file = Path::new(&copy).join("program.toml");
        let toml = fs::read_to_string(&file).unwrap();
        fs::write(&file, toml.replace("\nmetrics = \"metrics\"\n", "\n")).unwrap();
        let without = signed_package(copy.as_ref(), &host.path("w.bpfpkg"), &host.key());
        load(&host, name, &without, &go);
        let record = host.bpfsign(&["status", "--json", name]).json();
        let record = &record["packages"][0];
        assert_eq!(record["metrics"], false, "{name}");
        assert!(record["served"].as_array().unwrap().contains(&"metrics".into()), "{name}");
        let served = host.bpfsign(&["metrics", name]).ok();
        exposition::check(&served);
        judge(&host, name, &served);
        // What did not happen meanwhile has no samples; what has is called the same.
        let (served, printed) = (shape(&served), shape(&printed));
        let only: Vec<_> = served.difference(&printed).collect();
        let quiet = |line: &&&String| !line.contains("_cfs_") && !line.contains("_memcg_");
        assert_eq!(only.iter().filter(quiet).count(), 0, "{name}: {only:?} of {printed:?}");
        // Counters of what was not counted are always there, in both.
        let mut always = printed.iter().filter(|line| line.contains("dropped_total"));
        assert!(always.all(|line| served.contains(line)), "{name}: {served:?}");
        host.bpfsign(&["unload", name]).ok();
    }
}

/// A holder that a test started.
struct Holder(Child);

impl Holder {
    fn start(host: &Host, name: &str, address: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bpfsign"));
        command.args(["hold", "--listen", address, name]).args(host.options());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// §7 of pins-v1: text in both formats on a loopback port, everything on the socket, and
/// every other request refused.
#[test]
#[ignore = "needs what make test prepares"]
fn a_holder_answers_by_http() {
    let host = Host::for_programs();
    let package = signed_package(&program("tcp-retransmit"), &host.path("p.bpfpkg"), &host.key());
    host.load(&package).ok();
    let address = free_address();
    // Events have a holder since the load; it listens as well.
    let asked = host.bpfsign(&["hold", "--listen", &address, "tcp-retransmit"]).ok();
    assert_eq!(asked, "ready\n");
    let ask = |request: &[u8]| exchange(TcpStream::connect(&address).unwrap(), request);
    let (head, body) = ask(&get("/metrics", "*/*"));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
    judge(&host, "tcp-retransmit", &body);
    assert!(body.contains("# TYPE bpfsign_tcp_retransmit_dropped_total counter\n"), "{body}");
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let (head, body) = ask(&get("/metrics", accept));
    assert!(head.contains("Content-Type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(body.contains("# TYPE bpfsign_tcp_retransmit_dropped counter\n"), "{body}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    // What is for the group is not for everybody on this machine.
    for path in ["/events", "/maps/peers", "/", "/metrics/"] {
        assert!(ask(&get(path, "*/*")).0.starts_with("HTTP/1.1 404 "), "{path}");
    }
    let long = format!("GET /metrics HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(10_000));
    for (request, code) in [
        (&b"POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n"[..], 405),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (long.as_bytes(), 431),
    ] {
        let (head, _) = ask(request);
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{head}");
    }
    let socket = host.path("run/tcp-retransmit/agents.sock");
    let on_socket = |path| exchange(UnixStream::connect(&socket).unwrap(), &get(path, "*/*"));
    let (_, map) = on_socket("/maps/drops");
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    assert_eq!(map, host.bpfsign(&["maps", "--json", "tcp-retransmit", "drops"]).json());
    assert!(on_socket("/maps/nothing").0.starts_with("HTTP/1.1 404 "));
    // Unloaded, it ends and takes its sockets along.
    host.bpfsign(&["unload", "tcp-retransmit"]).ok();
    assert!(!socket.exists());
}

/// A package that needs no holder gets one that gives its text, until it is unloaded; only
/// on this machine.
#[test]
#[ignore = "needs what make test prepares"]
fn hold_listens_for_any_package() {
    let host = Host::for_programs();
    host.load(&host.package()).ok();
    let (address, name) = (free_address(), "sched-latency");
    host.bpfsign(&["hold", "--listen", "0.0.0.0:9435", name])
        .refused(1, "is reached from other machines");
    let mut holder = Holder::start(&host, name, &address);
    let (_, body) = exchange(TcpStream::connect(&address).unwrap(), &get("/metrics", "*/*"));
    judge(&host, name, &body);
    assert!(body.contains("# TYPE bpfsign_sched_latency_seconds histogram\n"));
    // Others of the group are not asked for what is root's.
    let waiting = get("/maps/waiting", "*/*");
    let socket = host.path("run/sched-latency/agents.sock");
    let (head, _) = exchange(UnixStream::connect(&socket).unwrap(), &waiting);
    assert!(head.starts_with("HTTP/1.1 200 "), "root reads what is root's: {head}");
    let script = format!(
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect('{}'); \
         s.sendall(b'GET /maps/waiting HTTP/1.1\\r\\n\\r\\n'); print(s.makefile().readline())",
        text(&socket)
    );
    let said = host.as_agent(true, &["/usr/bin/python3", "-c", &script]).ok();
    assert!(said.starts_with("HTTP/1.1 403 "), "{said}");
    let outside = host.as_agent(false, &["/usr/bin/python3", "-c", &script]);
    assert_ne!(outside.exit(), 0);
    host.bpfsign(&["unload", name]).ok();
    assert!(holder.0.wait().unwrap().success());
}
