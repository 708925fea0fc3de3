// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the programs are made to see.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use bpfsign_scenarios::Group;
use rustix::mount::{MountFlags, mount};

use crate::{
    Result,
    command::{command, output, run},
    place::{Place, text},
};

/// Of the file whose pages are read from a disk.
const PAGES_BYTES: usize = 64 << 20;
/// What a group with little memory may take.
const LITTLE_MEMORY: u64 = 8 << 20;
/// How long a group with little CPU time burns it.
const BURNS: Duration = Duration::from_secs(5);

/// The program that makes conditions happen, and what it needs.
pub(super) struct Workloads {
    program: PathBuf,
    /// A Go program that allocates.
    pub(super) go: PathBuf,
    /// A file on a disk.
    pages: PathBuf,
}

impl Workloads {
    /// Builds the Go program and writes the file. Tracefs, which rivals read, is mounted for
    /// this namespace alone.
    pub(super) fn new(place: &Place) -> Result<Self> {
        let target = place.tools.repository.join("target");
        let go = place.path("gomalloc");
        let mut build = command("go", ["build", "-trimpath", "-o"]);
        build.arg(&go).arg(place.tools.repository.join("testing/workload/go/malloc.go"));
        build.env("GOCACHE", target.join("go-cache"));
        build.envs([("CGO_ENABLED", "0"), ("GO111MODULE", "off"), ("GOFLAGS", "")]);
        output(build)?;
        mount("tracefs", "/sys/kernel/tracing", "tracefs", MountFlags::empty(), c"")
            .map_err(|e| format!("tracefs: {e}"))?;
        let pages = target.join("bench-pages");
        fs::write(&pages, vec![0; PAGES_BYTES])?;
        let this = Self { program: place.tools.workload.clone(), go, pages };
        run("sync", [&this.pages])?;
        Ok(this)
    }

    /// The file on a disk.
    pub(super) fn pages(&self) -> String {
        text(&self.pages)
    }

    /// Runs a workload so many times.
    pub(super) fn repeat(&self, times: usize, args: &[&str]) -> Result<()> {
        (0..times).try_for_each(|_| run(&self.program, args).map(drop))
    }

    /// Runs a workload on the first CPU.
    pub(super) fn on_one_cpu(&self, args: &[&str]) -> Result<()> {
        let mut taskset = command("taskset", ["-c", "0"]);
        taskset.arg(&self.program).args(args);
        output(taskset).map(drop)
    }

    /// Fifty thousand objects of 3,000 bytes.
    pub(super) fn allocate_in_go(&self) -> Result<()> {
        let mut go = command(&self.go, ["50000", "3000"]);
        let mut go = go.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        go_on(&mut go)?;
        go.wait()?;
        Ok(())
    }

    /// Reads a file in a group that may have 8 MiB of memory.
    pub(super) fn read_with_little_memory(&self) -> Result<()> {
        let group = Group::new("memory")?;
        group.limit_memory(LITTLE_MEMORY)?;
        let mut reader = self.in_group(&group, &["read", &self.pages()])?;
        reader.wait()?;
        Ok(())
    }

    /// Burns CPU time in a group that may have a fifth of a CPU.
    pub(super) fn burn_with_little_cpu(&self) -> Result<()> {
        let group = Group::new("cpu")?;
        group.limit_cpu(20_000, 100_000)?;
        let mut burner = self.in_group(&group, &["burn"])?;
        thread::sleep(BURNS);
        burner.kill()?;
        burner.wait()?;
        Ok(())
    }

    /// A workload that goes on once it is in the group.
    fn in_group(&self, group: &Group, args: &[&str]) -> Result<Child> {
        let mut workload = Command::new(&self.program);
        workload.args(args).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = workload.spawn()?;
        group.add(child.id())?;
        go_on(&mut child)?;
        Ok(child)
    }
}

/// Tells it to go on, and that there is nothing more to be told.
fn go_on(child: &mut Child) -> Result<()> {
    let mut input = child.stdin.take().ok_or("no input")?;
    Ok(input.write_all(b"\n")?)
}

impl Drop for Workloads {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.pages);
    }
}
