// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The configurations in packaging/agents, with the agents that they are for, on loopback.
//!

use std::{
    collections::BTreeSet,
    fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bpfsign_scenarios::PROGRAMS;
use serde_json::Value;

use crate::common::{
    Host, Ran, agent_configuration as configuration, go_program,
    http::{exchange, free_address, get},
    matrix, repository, run, signed_package, text,
};

/// How long an agent may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

fn agent(name: &str) -> PathBuf {
    matrix::prepared("BPFSIGN_AGENTS").join(name)
}

/// A host with all packages loaded, and a directory `agent` that an agent may write.
fn loaded() -> Host {
    let host = Host::for_programs();
    let go = text(go_program(&host.path("gomalloc"), ""));
    for name in PROGRAMS {
        let source = repository().join("programs").join(name);
        let package = text(signed_package(&source, &host.path("p.bpfpkg"), &host.key()));
        let more: &[&str] = if name == "go-malloc" { &["--binary", &go] } else { &[] };
        host.bpfsign(&[&["load", &package], more].concat()).ok();
    }
    run("install", ["-d", "-m", "0777", &text(host.path("agent"))]);
    host
}

/// An agent that runs, as a member of the group and nothing else, until it is dropped.
struct Agent(Child);

impl Agent {
    fn start(host: &Host, command: &[&str]) -> Self {
        let log = fs::File::create(host.path("agent/output")).unwrap();
        let mut child = Command::new("setpriv");
        child.args(["--reuid", "nobody", "--regid", &host.group, "--clear-groups", "--"]);
        child.args(command).current_dir(host.path("agent")).stdin(Stdio::null());
        Self(child.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer.
fn wait_for<T>(host: &Host, what: &str, ask: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Some(answer) => return answer,
            None if Instant::now() > end => {
                let output = fs::read_to_string(host.path("agent/output")).unwrap();
                panic!("no {what} after {PATIENCE:?}: {output}")
            }
            None => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The keys of the template that an agent answers: not those of dependent items.
fn agent_keys(template: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut before = "";
    for line in template.lines().map(str::trim) {
        if let Some(key) = line.strip_prefix("key: ").filter(|_| before != "type: DEPENDENT") {
            keys.push(key.trim_matches('\'').replace("''", "'"));
        }
        before = line;
    }
    // Masters are named again by those that depend on them.
    keys.sort();
    keys.dedup();
    keys.retain(|key| !key.starts_with("bpfsign.") || key == "bpfsign.status");
    keys
}

/// Zabbix Agent 2 answers every key of the template, discovery included, and the user
/// parameters.
#[test]
#[ignore = "needs what make test prepares"]
fn zabbix_agent_2_answers_the_keys_of_the_template() {
    let host = loaded();
    let pins = text(host.path("bpf/bpfsign"));
    let copy = text(host.path("bpfsign"));
    fs::copy(env!("CARGO_BIN_EXE_bpfsign"), &copy).unwrap();
    let parameters = configuration("zabbix/bpfsign.conf");
    let ours = |verb: &str| format!("{copy} {verb} {}", host.options().join(" "));
    let parameters = parameters
        .replace("bpfsign status", &ours("status"))
        .replace("bpfsign maps", &ours("maps"));
    fs::write(host.path("parameters.conf"), parameters).unwrap();
    let address = free_address();
    let (ip, port) = address.split_once(':').unwrap();
    let file = |name: &str| text(host.path(&format!("agent/{name}")));
    let settings = format!(
        "Server={ip}\nListenIP={ip}\nListenPort={port}\nHostname=test\nPidFile={}\nLogFile={}\n\
         ControlSocket={}\nPluginSocket={}\nInclude={}\n",
        file("pid"),
        file("log"),
        file("control"),
        file("plugin"),
        text(host.path("parameters.conf"))
    );
    fs::write(host.path("agent.conf"), settings).unwrap();
    let program = text(agent("zabbix_agent2"));
    let _agent = Agent::start(&host, &[&program, "-c", &text(host.path("agent.conf"))]);
    let ask = |key: &str| {
        let mut command = Command::new(agent("zabbix_get"));
        Ran(command.args(["-s", ip, "-p", port, "-k", key]).output().unwrap())
    };
    wait_for(&host, "Zabbix agent", || (ask("agent.ping").stdout() == "1\n").then_some(()));
    let answer = |key: &str| {
        let said = ask(key).ok();
        assert!(!said.starts_with("ZBX_NOTSUPPORTED"), "{key}: {said}");
        said
    };
    let keys = agent_keys(&configuration("zabbix/bpfsign.yaml"));
    let (discovery, items): (Vec<_>, Vec<_>) =
        keys.iter().partition(|k| k.starts_with("vfs.dir.get"));
    let found = answer(&discovery[0].replace("{$BPFSIGN.PINS}", &pins));
    let found: Value = serde_json::from_str(&found).unwrap();
    let found: BTreeSet<&str> =
        found.as_array().unwrap().iter().map(|d| d["basename"].as_str().unwrap()).collect();
    assert_eq!(found, PROGRAMS.into_iter().collect());
    for key in items {
        let key = key.replace("{$BPFSIGN.PINS}", &pins);
        let of = |name: &str| key.replace("{#PACKAGE}", name);
        let all: Vec<String> = match key.contains("{#PACKAGE}") {
            true => found.iter().map(|name| of(name)).collect(),
            false => vec![key],
        };
        for key in all {
            let said = answer(&key);
            let is_text = said.starts_with("# HELP ") || said.trim().is_empty();
            assert!(is_text || key == "bpfsign.status", "{key}: {said}");
        }
    }
    let status: Value = serde_json::from_str(&answer("bpfsign.status")).unwrap();
    assert_eq!(status["packages"].as_array().unwrap().len(), PROGRAMS.len());
    let map: Value = serde_json::from_str(&answer("bpfsign.map[syscall-count,calls]")).unwrap();
    assert_eq!(map["entries"].as_array().unwrap().len(), 512);
}

/// The answer of Prometheus to a query; `None` when it has none.
fn query(address: &str, expression: &str) -> Option<Vec<Value>> {
    let encoded: String = expression.bytes().map(|b| format!("%{b:02x}")).collect();
    let path = format!("/api/v1/query?query={encoded}");
    let stream = TcpStream::connect(address).ok()?;
    let request = String::from_utf8(get(&path, "*/*")).unwrap();
    let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let (_, body) = exchange(stream, request.as_bytes());
    // A body in chunks: the JSON is what begins and ends with braces.
    let json: String = body.lines().filter(|l| !is_chunk_size(l)).collect();
    let answer: Value = serde_json::from_str(&json).ok()?;
    assert_eq!(answer["status"], "success", "{expression}: {answer}");
    answer["data"]["result"].as_array().filter(|all| !all.is_empty()).cloned()
}

fn is_chunk_size(line: &str) -> bool {
    !line.is_empty() && line.len() <= 8 && line.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Prometheus scrapes node_exporter's textfile collector and a holder, and takes the rules
/// and every expression of the dashboard.
#[test]
#[ignore = "needs what make test prepares"]
fn prometheus_scrapes_both_ways() {
    let host = loaded();
    let (exporter, holder, server) = (free_address(), free_address(), free_address());
    host.bpfsign(&["hold", "--listen", &holder, "tcp-retransmit"]).ok();
    let texts = text(host.path("agent/texts"));
    fs::create_dir(&texts).unwrap();
    let link = text(repository().join("packaging/agents/prometheus/node_exporter.sh"));
    fs::write(host.path("agent/texts/other.prom"), "other 1\n").unwrap();
    run("sh", [&link, &texts, &text(host.path("bpf/bpfsign"))]);
    let node = text(agent("prometheus-node-exporter"));
    let listen = format!("--web.listen-address={exporter}");
    let from = format!("--collector.textfile.directory={texts}");
    let only = ["--collector.disable-defaults", "--collector.textfile"];
    let _node = Agent::start(&host, &[&[node.as_str(), &listen, &from], &only[..]].concat());
    let settings = configuration("prometheus/prometheus.yml")
        .replace("127.0.0.1:9100", &exporter)
        .replace("127.0.0.1:9435", &holder)
        .replace("15s", "1s");
    let settings = format!("{settings}\nrule_files: [bpfsign.rules.yml]\n");
    fs::write(host.path("prometheus.yml"), settings).unwrap();
    fs::write(host.path("bpfsign.rules.yml"), configuration("prometheus/bpfsign.rules.yml"))
        .unwrap();
    let file = text(host.path("prometheus.yml"));
    run(&text(agent("promtool")), ["check", "config", &file]);
    let prometheus = text(agent("prometheus"));
    let listen = format!("--web.listen-address={server}");
    let storage = format!("--storage.tsdb.path={}", text(host.path("agent/data")));
    let file = format!("--config.file={file}");
    let _prometheus = Agent::start(&host, &[&prometheus, &listen, &storage, &file]);
    wait_for(&host, "scrape", || query(&server, "sum(up)").filter(|all| all[0]["value"][1] == "2"));
    let has = |expression: &str| {
        wait_for(&host, expression, || query(&server, expression));
    };
    has("bpfsign_tcp_retransmit_dropped_total{job=\"bpfsign\"}");
    for name in ["sched_latency_seconds_bucket", "syscalls_total", "fd_open_descriptors"] {
        has(&format!("bpfsign_{name}{{job=\"node\"}}"));
    }
    has("node_textfile_scrape_error == 0");
    let board: Value = serde_json::from_str(&configuration("grafana/bpfsign.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|p| p["targets"].as_array()).flatten();
    let rules = configuration("prometheus/bpfsign.rules.yml");
    let rules = rules.lines().filter_map(|l| l.trim().strip_prefix("expr: "));
    let mut asked = 0;
    for expression in targets.map(|t| t["expr"].as_str().unwrap()).chain(rules) {
        let expression = expression.replace("$__rate_interval", "1m").replace("$instance", ".*");
        let _ = query(&server, &expression);
        asked += 1;
    }
    assert!(asked >= PROGRAMS.len(), "{asked}");
    // Of a package that is unloaded the link goes; what is not ours stays.
    host.bpfsign(&["unload", "off-cpu"]).ok();
    run("sh", [&link, &texts, &text(host.path("bpf/bpfsign"))]);
    let left: BTreeSet<String> = fs::read_dir(&texts)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.contains("other.prom") && left.contains("bpfsign-fd-leak-metrics.prom"));
    assert!(!left.contains("bpfsign-off-cpu-metrics.prom"), "{left:?}");
}
