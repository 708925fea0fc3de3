// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The holder's own side.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bpfsign_files::write_volatile;
use bpfsign_format::is_package_name;
use bpfsign_verify::{At, Error, Host, Reason, Record, Result, Wait, generation_number, take_lock};
use libbpf_rs::Program;
use rustix::{
    event::{PollFd, PollFlags, poll},
    net::accept,
};

use super::{Origin, Service, process};
use crate::{
    cause::root_cause,
    holder::{AGENTS, Identity, LOCK, SOCKET, WHO, listen as ask_to_listen},
    kernel::{Hook, attach},
    read,
};

/// How long the other side may be silent while it has the holder's ear.
const PATIENCE: Duration = Duration::from_secs(60);
/// A command and its number, in bytes.
const COMMAND: u64 = 64;

/// Keeps the links of package `name` that cannot be pinned, and serves agents, until
/// there is nothing to keep or to serve. Calls `ready` when it has attached what is in
/// force and listens. With an address it gives text there as well; where a holder runs
/// already, that one does.
///
/// # Errors
/// [`Reason::NotLoopback`]; [`Reason::Held`] when another holder has the package;
/// [`Reason::Attach`]; [`Reason::Io`].
pub fn hold(
    host: &Host,
    name: &str,
    address: Option<SocketAddr>,
    ready: impl FnOnce(),
) -> Result<()> {
    if !is_package_name(name) {
        return Err(Error::new(host.pin_root.join(name), Reason::NotLoaded));
    }
    host.check_attach_privilege()?;
    let run = host.package_run(name);
    run.metadata().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::new(&run, Reason::NotLoaded),
        _ => Error::new(&run, e),
    })?;
    process::detach().at(&run)?;
    // Never two for one package.
    let _lock = match (take_lock(run.join(LOCK), Wait::NONE, Reason::Held), address) {
        (Err(e), Some(address)) if matches!(*e.reason, Reason::Held) => {
            ask_to_listen(&run, address)?;
            ready();
            return Ok(());
        }
        (lock, _) => lock?,
    };
    let service = Service::new(host, name);
    let mut held = Held { host, name, generations: BTreeMap::new(), loopback: None };
    if let Some(address) = address {
        held.listen(address)?;
    }
    held.converge()?;
    let control = listen(&run)?;
    let agents = super::listen(&run.join(AGENTS)).at(run.join(AGENTS))?;
    let who = serde_json::to_vec(&Identity::own()?)
        .map_err(|e| Error::new(&run, Reason::Io(e.into())))?;
    let path = run.join(WHO);
    // For all who get into the directory: as a service, a holder may not give
    // files away.
    write_volatile(&path, &who, 0o444, 0).at(path)?;
    process::notify_ready().at("NOTIFY_SOCKET")?;
    ready();
    process::release_code();
    held.run(&control, &agents, &service).at(&run)
}

fn listen(run: &Path) -> Result<UnixListener> {
    let path = run.join(SOCKET);
    // One that a holder left which was killed; the lock is ours.
    match fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::new(&path, e)),
        _ => {}
    }
    UnixListener::bind(&path).at(path)
}

/// What is held.
struct Held<'h> {
    host: &'h Host,
    name: &'h str,
    /// Links by generation.
    generations: BTreeMap<u64, Vec<OwnedFd>>,
    /// Where text is given to whoever is on this machine.
    loopback: Option<OwnedFd>,
}

impl Held<'_> {
    /// Waits for whoever connects, until nothing is left to hold or to serve.
    fn run(
        &mut self,
        control: &UnixListener,
        agents: &UnixListener,
        service: &Arc<Service>,
    ) -> std::io::Result<()> {
        loop {
            let loopback = self.loopback.as_ref().map(AsFd::as_fd);
            let all = [Some(control.as_fd()), Some(agents.as_fd()), loopback];
            let mut fds: Vec<_> = all
                .into_iter()
                .flatten()
                .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
                .collect();
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => continue,
                polled => polled?,
            };
            let is_ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            // A client that has disconnected by now needs no answer.
            if is_ready[1]
                && let Ok((stream, _)) = agents.accept()
            {
                service.serve(stream.into(), Origin::Agent);
            }
            if let (Some(true), Some(loopback)) = (is_ready.get(2), &self.loopback)
                && let Ok(stream) = accept(loopback)
            {
                service.serve(stream, Origin::Loopback);
            }
            if is_ready[0]
                && let Ok((stream, _)) = control.accept()
            {
                // Whatever goes wrong with one connection, the links are kept.
                let _ = self.serve(&stream);
                // What is in force is attached already, or was a moment ago.
                if self.converge().is_ok() && self.generations.is_empty() {
                    return Ok(());
                }
            }
        }
    }

    /// Gives text at a loopback address.
    fn listen(&mut self, address: SocketAddr) -> Result<()> {
        if !address.ip().is_loopback() {
            return Err(Error::new(address.to_string(), Reason::NotLoopback));
        }
        let listener = super::listen_at(address).at(address.to_string())?;
        self.loopback = Some(listener);
        Ok(())
    }

    /// Does what a connection asks, until it closes.
    fn serve(&mut self, stream: &UnixStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut answers = stream;
        loop {
            let mut line = String::new();
            let read = BufReader::with_capacity(COMMAND as usize, stream.take(COMMAND))
                .read_line(&mut line)?;
            if read == 0 {
                return Ok(());
            }
            let done = match line.trim_end().split_once(' ') {
                Some(("attach", number)) => number.parse().ok().map(|n| self.attach(n)),
                Some(("listen", address)) => address.parse().ok().map(|a| self.listen(a)),
                _ => None,
            };
            let answer = match done {
                Some(Ok(())) => "ok\n".to_owned(),
                Some(Err(error)) => format!("{}\n", error.reason.to_string().replace('\n', " ")),
                None => "unknown command\n".to_owned(),
            };
            answers.write_all(answer.as_bytes())?;
        }
    }

    /// Attaches what a generation's record says is held.
    fn attach(&mut self, number: u64) -> Result<()> {
        if self.generations.contains_key(&number) {
            return Ok(());
        }
        let generation = PathBuf::from(format!("g{number}"));
        let record = read::record_of(self.host, self.name, &generation)?;
        let pins = self.host.package_pins(self.name).join(&generation).join("programs");
        let links = held_programs(&record)
            .map(|(program, hook)| {
                let pin = pins.join(program);
                let attached = match (hook, Program::fd_from_pinned_path(&pin)) {
                    (Some(hook), Ok(fd)) => attach(&fd, &hook).map_err(|e| e.to_string()),
                    (None, _) => Err("a holder cannot keep this kind of hook".to_owned()),
                    (_, Err(error)) => Err(root_cause(&error)),
                };
                attached.map_err(|error| {
                    let program = program.to_owned();
                    Error::new(pin, Reason::Attach { program, error })
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.generations.insert(number, links.into_iter().flatten().collect());
        Ok(())
    }

    /// Keeps what is in force, and lets go of everything else.
    fn converge(&mut self) -> Result<()> {
        let in_force = self.host.generation_in_force(self.name);
        let number = in_force.as_deref().and_then(generation_number);
        let needs_holder = |number| {
            let record = read::record_of(self.host, self.name, Path::new(&format!("g{number}")))?;
            Ok(record.needs_holder() || self.loopback.is_some())
        };
        if let Some(number) = number
            && needs_holder(number)?
        {
            self.attach(number)?;
        }
        self.generations.retain(|generation, _| Some(*generation) == number);
        Ok(())
    }
}

fn held_programs(record: &Record) -> impl Iterator<Item = (&str, Option<Hook>)> {
    let held = record.programs.iter().filter(|p| p.link.is_none());
    held.map(|p| (p.name.as_str(), Hook::parse(&p.attach)))
}
