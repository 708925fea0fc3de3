// SPDX-License-Identifier: Apache-2.0 OR MIT
//! QEMU with the processor of the hosts that packages are for.

use std::{
    fs, io,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{At, Error, Reason, Result};

/// The program.
const QEMU: &str = "qemu-system-x86_64";
/// QEMU's model of the Hygon C86 processor, without CMPXCHG16B: QEMU 7.2 emulates it so
/// that the flags are now and then those of another instruction, and the kernel, which
/// allocates memory with it, panics. Without it the kernel allocates in another way.
const PROCESSOR: &str = "Dhyana,cx16=off";
/// What a line with a result starts with.
const MARK: &str = "@bpfsign ";

/// A kernel and what it is booted with.
#[derive(Debug)]
pub struct Boot<'a> {
    /// A bzImage.
    pub kernel: &'a Path,
    /// An uncompressed cpio archive, whose `/init` is run.
    pub initramfs: &'a [u8],
    /// Added to the kernel's command line.
    pub append: &'a str,
    /// How long the machine may run.
    pub timeout: Duration,
}

/// What a machine printed until it switched itself off.
#[derive(Debug, Default)]
pub struct Console {
    /// The results, in order.
    pub results: Vec<serde_json::Value>,
    /// Everything else.
    pub lines: Vec<String>,
}

impl Console {
    /// The last lines, for a message.
    pub fn tail(&self) -> String {
        let last = &self.lines[self.lines.len().saturating_sub(20)..];
        last.iter().map(|line| format!("\n  {line}")).collect()
    }
}

impl Boot<'_> {
    /// Boots, and waits until the machine switches itself off. Software
    /// emulation: it needs no privilege and runs anywhere.
    ///
    /// # Errors
    /// [`Reason::NoTool`]; [`Reason::Machine`] when it does not end in time or
    /// QEMU fails, with what it printed last.
    pub fn run(&self) -> Result<Console> {
        fs::metadata(self.kernel).at(self.kernel)?;
        let scratch = tempfile::tempdir().at(std::env::temp_dir())?;
        let initramfs = scratch.path().join("initramfs");
        fs::write(&initramfs, self.initramfs).at(&initramfs)?;
        let mut child = self.start(&initramfs)?;
        let console = self.listen(&mut child);
        let status = match &console {
            Ok(_) => child.wait(),
            Err(_) => child.kill().and_then(|()| child.wait()),
        };
        let console = console?;
        match status {
            Ok(status) if status.success() => Ok(console),
            Ok(status) => Err(self.failed(format!("QEMU ended with {status}"), &console)),
            Err(error) => Err(error).at(QEMU),
        }
    }

    fn start(&self, initramfs: &PathBuf) -> Result<Child> {
        let append = format!(
            "console=ttyS0 quiet loglevel=1 panic=-1 oops=panic lsm=lockdown,yama,bpf {}",
            self.append
        );
        let child = Command::new(QEMU)
            .args(["-accel", "tcg", "-cpu", PROCESSOR, "-smp", "1", "-m", "768"])
            .args(["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"])
            .arg("-kernel")
            .arg(self.kernel)
            .arg("-initrd")
            .arg(initramfs)
            .args(["-append", &append])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        match child {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(Error::new(self.kernel, Reason::NoTool(QEMU)))
            }
            started => started.at(QEMU),
        }
    }

    /// Collects the machine's output until it ends.
    fn listen(&self, child: &mut Child) -> Result<Console> {
        let (sender, lines) = mpsc::channel();
        let pipes: [Option<Box<dyn io::Read + Send>>; 2] = [
            child.stdout.take().map(|p| Box::new(p) as Box<dyn io::Read + Send>),
            child.stderr.take().map(|p| Box::new(p) as Box<dyn io::Read + Send>),
        ];
        for pipe in pipes.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(pipe).split(b'\n').map_while(io::Result::ok) {
                    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let end = Instant::now() + self.timeout;
        let mut console = Console::default();
        loop {
            match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => console.add(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(console),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let why = format!("did not end within {} s", self.timeout.as_secs());
                    return Err(self.failed(why, &console));
                }
            }
        }
    }

    fn failed(&self, why: String, console: &Console) -> Error {
        Error::new(self.kernel, Reason::Machine(format!("{why}{}", console.tail())))
    }
}

impl Console {
    fn add(&mut self, line: String) {
        let result = line.find(MARK).map(|at| serde_json::from_str(&line[at + MARK.len()..]));
        match result {
            Some(Ok(result)) => self.results.push(result),
            _ if line.is_empty() => {}
            _ => self.lines.push(line),
        }
    }
}
