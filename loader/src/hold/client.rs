// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The side of `load`, `status` and `unload`.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use bpfsign_format::{is_package_name, read_bounded};
use serde::{Deserialize, Serialize};

use super::{SOCKET, WHO};
use crate::{Error, Host, LockedHost, Reason, Result, host::entries, read};

/// How long a holder may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where systemd's presence shows (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

/// Who holds: a process, told apart from a later one with the same number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Identity {
    pid: u32,
    /// In clock ticks since boot (proc_pid_stat(5), field 22).
    start: u64,
}

impl Identity {
    pub(super) fn own() -> Result<Self> {
        let pid = std::process::id();
        let start = start_of(pid).ok_or_else(|| {
            Error::new("/proc/self/stat", Reason::Io(io::ErrorKind::InvalidData.into()))
        })?;
        Ok(Self { pid, start })
    }
}

fn start_of(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold anything; fields are counted behind it.
    stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()
}

/// The holder of a package whose links cannot all be pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum HolderStatus {
    /// It runs.
    Running {
        /// Its process.
        pid: u32,
    },
    /// It is gone, and its programs are detached.
    Gone,
}

impl HolderStatus {
    pub(crate) fn of(host: &Host, name: &str) -> Self {
        let bytes = read_bounded(&host.package_run(name).join(WHO), 256).unwrap_or_default();
        match serde_json::from_slice::<Identity>(&bytes) {
            Ok(who) if start_of(who.pid) == Some(who.start) => Self::Running { pid: who.pid },
            _ => Self::Gone,
        }
    }
}

/// A connection to a holder. While it is open, the holder keeps what it was
/// told to attach besides what is in force.
#[derive(Debug)]
pub(crate) struct Holder(UnixStream);

impl Holder {
    /// The package's holder, started if there is none.
    pub(crate) fn of(host: &LockedHost, name: &str) -> Result<Self> {
        let run = host.package_run(name);
        if let Some(stream) = connect(&run)? {
            return Ok(Self(stream));
        }
        start(host, name)?;
        connect(&run)?
            .map(Self)
            .ok_or_else(|| Error::new(run, Reason::Holder("it does not answer".to_owned())))
    }

    /// Has it attach a generation in addition.
    pub(crate) fn attach(&mut self, generation: u64) -> Result<()> {
        self.tell(&format!("attach {generation}\n"))
    }

    fn tell(&mut self, command: &str) -> Result<()> {
        let mut answer = String::new();
        let talked = self
            .0
            .write_all(command.as_bytes())
            .and_then(|()| BufReader::new((&self.0).take(4096)).read_line(&mut answer));
        match (talked, answer.trim_end()) {
            (Ok(_), "ok") => Ok(()),
            (Ok(_), "") => Err(failed("it ended")),
            (Ok(_), why) => Err(failed(why)),
            (Err(error), _) => Err(failed(&error.to_string())),
        }
    }

    /// Ends the connection, and waits until the holder keeps only what is in
    /// force.
    pub(crate) fn finish(self) {
        // It may have ended, having nothing left to hold; that is as good.
        let _ = self.0.shutdown(Shutdown::Write);
        let _ = (&self.0).take(1).read(&mut [0]);
    }
}

/// Has the holder that runs give its text at an address as well.
pub(super) fn listen(run: &Path, address: SocketAddr) -> Result<()> {
    let stream = connect(run)?.ok_or_else(|| Error::new(run, Reason::Held))?;
    Holder(stream).tell(&format!("listen {address}\n"))
}

fn failed(why: &str) -> Error {
    Error::new("bpfsign hold", Reason::Holder(why.to_owned()))
}

fn connect(run: &Path) -> Result<Option<UnixStream>> {
    let path = run.join(SOCKET);
    match UnixStream::connect(&path) {
        Ok(stream) => {
            stream
                .set_read_timeout(Some(PATIENCE))
                .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
                .map_err(Error::io(path))?;
            Ok(Some(stream))
        }
        Err(e)
            if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) =>
        {
            Ok(None)
        }
        Err(e) => Err(Error::new(path, Reason::Io(e))),
    }
}

/// Has the package's holder, if there is one, keep only what is in force.
pub(crate) fn converge(host: &Host, name: &str) -> Result<()> {
    if let Some(stream) = connect(&host.package_run(name))? {
        Holder(stream).finish();
    }
    Ok(())
}

/// The names of the packages that may need a holder: those that have had one. A package
/// that needs one is put in force by a holder, which leaves a file that says who it is.
///
/// # Errors
/// [`Reason::Io`] when the run directory cannot be read.
pub fn held_packages(host: &LockedHost) -> Result<Vec<String>> {
    let names = entries(&host.run_dir)?.into_iter().filter(|run| run.join(WHO).exists());
    let names = names.filter_map(|run| Some(run.file_name()?.to_str()?.to_owned()));
    Ok(names.filter(|name| is_package_name(name)).collect())
}

/// Starts a holder for a loaded package whose holder is gone; says whether it
/// did.
///
/// # Errors
/// [`Reason::Holder`] when it does not start.
pub fn recover(host: &LockedHost, name: &str) -> Result<bool> {
    let status = read::status(host, name)?;
    match status.holder {
        Some(HolderStatus::Gone) => start(host, name).map(|()| true),
        _ => Ok(false),
    }
}

/// Starts it, and returns when it has attached what is in force.
fn start(host: &Host, name: &str) -> Result<()> {
    let Some(program) = &host.holder else {
        return Err(failed("this host is set up without one"));
    };
    let unit = format!("bpfsign-hold@{name}.service");
    if host.is_installed() && Path::new(SYSTEMD).exists() && has_unit(&unit) {
        let started = Command::new("systemctl").args(["start", "--", &unit]).output();
        return match started {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(failed(&text(&output.stderr))),
            Err(error) => Err(failed(&error.to_string())),
        };
    }
    let mut child = Command::new(program)
        .arg("hold")
        .args(host.arguments())
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io(program))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        // An end without a line is a failure, which is told on the other pipe.
        let _ = BufReader::new(stdout.take(64)).read_line(&mut line);
    }
    if line.trim_end() == "ready" {
        return Ok(());
    }
    let mut why = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(4096).read_to_end(&mut why);
    }
    let _ = child.wait();
    Err(failed(&text(&why)))
}

fn has_unit(unit: &str) -> bool {
    let shown = Command::new("systemctl").args(["cat", "--", unit]).output();
    shown.is_ok_and(|output| output.status.success())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
