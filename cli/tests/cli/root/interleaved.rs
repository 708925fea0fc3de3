// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two commands at once: one has read what it was given and waits at the lock while the
//! other runs to its end. What comes of it is what comes of one after the other.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    Host, Scratch, bpfsign, copy_program, index::index, keygen, program_dir, scratch, text,
};

/// How long the first command is kept from the lock, in microseconds.
const HELD: &str = "2500000";
const NAME: &str = "sched-latency";

/// Files that every host of this test gets: two releases, a repository with each, and a
/// trust update that revokes the newer.
struct Inputs {
    dir: Scratch,
}

impl Inputs {
    fn new() -> Self {
        let this = Self { dir: scratch() };
        let key = keygen(this.dir.path(), "shared.key");
        keygen(this.dir.path(), "spare.key");
        let newer =
            copy_program(&this.path("newer-src"), "program.toml", "sequence = 1", "sequence = 2");
        for (name, source) in [("older", program_dir()), ("newer", newer)] {
            let directory = this.path(&format!("{name}-repo"));
            fs::create_dir(&directory).unwrap();
            let file = directory.join(format!("{name}.bpfpkg"));
            crate::common::signed_package(&source, &file, &key);
            index(&key, &directory, &["--name", name]);
        }
        let shown = bpfsign([
            "verify",
            "--json",
            "--trust",
            &text(this.path("shared.key.pub")),
            &text(this.package("newer")),
        ]);
        let update = format!(
            "trust = 1\nsequence = 1\nissued = \"2026-01-31\"\nrevoked-packages = [{}]\n",
            shown.json()["sm3"]
        );
        fs::write(this.path("update.toml"), update).unwrap();
        let (from, to) = (text(this.path("update.toml")), text(this.path("update")));
        bpfsign(["trust", "build", &from, "-o", &to]).ok();
        bpfsign(["trust", "sign", "--key", &text(&key), &to]).ok();
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn package(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}-repo")).join(format!("{name}.bpfpkg"))
    }

    /// A host that trusts the key, with the older release loaded where that is asked for.
    fn host(&self, is_loaded: bool) -> Host {
        let host = Host::new();
        for key in ["shared.key.pub", "spare.key.pub"] {
            fs::copy(self.path(key), host.path(key)).unwrap();
        }
        host.write_policy(&["shared.key.pub", "spare.key.pub"], 1, &["tracing"]);
        for key in ["shared.key.pub", "spare.key.pub"] {
            host.give_roles(key, &["build", "trust"]);
        }
        fs::create_dir(host.path("to")).unwrap();
        if is_loaded {
            host.load(&self.package("older")).ok();
        }
        host
    }

    /// The arguments of a command on a host.
    fn command(&self, host: &Host, command: &str) -> Vec<String> {
        let words: Vec<String> = match command.split_once(' ') {
            Some(("load", release)) => vec!["load".to_owned(), text(self.package(release))],
            Some(("fetch", release)) => {
                let repository = text(self.path(&format!("{release}-repo")));
                vec!["fetch".to_owned(), repository, "--to".to_owned(), text(host.path("to"))]
            }
            _ if command == "apply" => ["trust", "apply"]
                .map(str::to_owned)
                .into_iter()
                .chain([text(self.path("update"))])
                .collect(),
            _ if command == "unload" => vec!["unload".to_owned(), NAME.to_owned()],
            _ => vec![command.to_owned()],
        };
        words
    }
}

/// What is to be seen of a host afterwards, besides how the commands ended.
fn seen(host: &Host) -> String {
    let number = |path: &str| fs::read_to_string(host.path(path)).unwrap_or_default();
    let mut fetched: Vec<_> =
        fs::read_dir(host.path("to")).unwrap().map(|e| e.unwrap().file_name()).collect();
    fetched.sort();
    format!(
        "{} loaded {:?} received {:?} indices {:?} {:?} fetched {fetched:?} {}",
        host.bpfsign(&["list"]).ok().trim(),
        number(&format!("state/sequence/{NAME}")),
        number(&format!("state/received/{NAME}")),
        number("state/index/older"),
        number("state/index/newer"),
        host.bpfsign(&["trust", "show", "--json"]).json()["sequence"],
    )
}

/// One after the other: their exit codes, and what is seen.
fn serial(inputs: &Inputs, is_loaded: bool, commands: [&str; 2]) -> (Vec<i32>, String) {
    let host = inputs.host(is_loaded);
    let run = |command: &str| {
        let words = inputs.command(&host, command);
        host.bpfsign(&words.iter().map(String::as_str).collect::<Vec<_>>()).exit()
    };
    (commands.map(run).to_vec(), seen(&host))
}

/// The first is held at the lock while the second runs to its end.
fn interleaved(inputs: &Inputs, is_loaded: bool, commands: [&str; 2]) -> (Vec<i32>, String) {
    let host = inputs.host(is_loaded);
    let [held, other] = commands.map(|command| inputs.command(&host, command));
    let trace = text(host.path("held.trace"));
    let inject = format!("inject=flock:delay_enter={HELD}:when=1");
    let options = ["-qq", "-o", &trace, "-e", "trace=flock", "-e", &inject];
    let (held, other) = thread::scope(|scope| {
        let held = scope.spawn(|| {
            let words: Vec<&str> = held.iter().map(String::as_str).collect();
            host.strace(&options, &words).exit()
        });
        wait_until_it_waits(&host);
        let words: Vec<&str> = other.iter().map(String::as_str).collect();
        let other = host.bpfsign(&words).exit();
        assert!(!held.is_finished(), "{commands:?}: the first was not held");
        (held.join().unwrap(), other)
    });
    (vec![held, other], seen(&host))
}

/// Until some process has opened the lock of the state directory, which it does right before
/// it takes it.
fn wait_until_it_waits(host: &Host) {
    let lock = host.path("state/.lock");
    let start = Instant::now();
    while !is_open(&lock) && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_open(file: &Path) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let descriptors = processes.filter_map(|p| fs::read_dir(p.path().join("fd")).ok()).flatten();
    descriptors.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == file))
}

#[test]
#[ignore = "needs root: make test"]
fn two_commands_at_once_are_one_after_the_other() {
    let inputs = Inputs::new();
    for (is_loaded, first, second) in [
        (false, "load older", "load newer"),
        (false, "load newer", "load older"),
        (false, "load newer", "apply"),
        (true, "load newer", "unload"),
        (true, "load newer", "reconcile"),
        (true, "unload", "load newer"),
        (true, "unload", "unload"),
        (true, "reconcile", "load newer"),
        (true, "reconcile", "apply"),
        (false, "apply", "load newer"),
        (false, "apply", "fetch newer"),
        (false, "apply", "apply"),
        (false, "fetch newer", "apply"),
        (false, "fetch older", "fetch newer"),
        (false, "fetch older", "load newer"),
        (false, "load older", "fetch newer"),
    ] {
        let came = interleaved(&inputs, is_loaded, [first, second]);
        let one = serial(&inputs, is_loaded, [first, second]);
        let (mut exits, other) = serial(&inputs, is_loaded, [second, first]);
        exits.reverse();
        let other = (exits, other);
        assert!(came == one || came == other, "{first}, {second}: {came:?}\n{one:?}\n{other:?}");
    }
}
