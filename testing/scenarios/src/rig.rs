// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every scenario needs: bpfsign, and workloads.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use bpfsign_guest::{Ran, run};
use serde_json::Value;

use crate::{group::Group, outcome::Outcome};

/// Where a scenario runs.
#[derive(Debug, Clone)]
pub struct Rig {
    /// The program.
    pub bpfsign: PathBuf,
    /// Options that make it use the scenario's own host.
    pub options: Vec<String>,
    /// The program that makes conditions happen.
    pub workload: PathBuf,
    /// A file on a disk or on something like one, whose pages can be dropped.
    pub disk_file: String,
    /// The process whose network namespace bpfsign runs in, if not this one's.
    pub network_of: Option<u32>,
}

impl Rig {
    /// Runs bpfsign.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn bpfsign(&self, arguments: &[&str]) -> Result<Ran, String> {
        let mut command = match self.network_of {
            None => Command::new(&self.bpfsign),
            Some(pid) => {
                let mut command = Command::new(&self.workload);
                command.args(["in-network-of", &pid.to_string()]).arg(&self.bpfsign);
                command
            }
        };
        run(command.args(arguments).args(&self.options))
    }

    /// The entries of a map.
    ///
    /// # Errors
    /// What bpfsign said.
    pub fn entries(&self, package: &str, map: &str) -> Result<Vec<Value>, String> {
        let read = self.bpfsign(&["maps", "--json", package, map])?;
        let json = read.json();
        read.ok()?;
        Ok(json["entries"].as_array().cloned().unwrap_or_default())
    }

    /// The value of the entry whose key is this; null when there is none.
    pub(crate) fn value(&self, package: &str, map: &str, key: &Value) -> Result<Value, String> {
        let entries = self.entries(package, map)?;
        Ok(entries
            .iter()
            .find(|e| is_key(&e["key"], key))
            .map_or(Value::Null, |e| e["value"].clone()))
    }

    /// The record of a loaded package.
    pub(crate) fn status(&self, package: &str) -> Result<Value, String> {
        let status = self.bpfsign(&["status", "--json", package])?;
        let json = status.json();
        status.ok()?;
        Ok(json["packages"][0].clone())
    }

    /// Whether a program of a loaded package is in force here.
    pub(crate) fn is_attached(&self, package: &str, program: &str) -> Result<bool, String> {
        let status = self.status(package)?;
        let mut programs = status["programs"].as_array().into_iter().flatten();
        Ok(programs.any(|p| p["name"] == program))
    }

    /// The package's text, of the kernel's iterators or else of its holder.
    pub(crate) fn metrics(&self, package: &str) -> Result<String, String> {
        self.bpfsign(&["metrics", package])?.ok()
    }

    /// The text of iterators, which count on their way; `None` where there are none.
    pub(crate) fn census(&self, package: &str) -> Result<Option<String>, String> {
        match self.status(package)?["metrics"] == true {
            true => self.metrics(package).map(Some),
            false => Ok(None),
        }
    }

    /// The same, with bpfsign in the network namespace of a process.
    pub(crate) fn in_network_of(&self, pid: u32) -> Self {
        Self { network_of: Some(pid), ..self.clone() }
    }

    /// Starts a workload, up to the first line that it says.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<(Workload, Value), String> {
        let mut command = Command::new(&self.workload);
        command.args(arguments);
        Workload::start(command)
    }
}

/// Whether a key has these fields; others do not matter.
fn is_key(key: &Value, wanted: &Value) -> bool {
    wanted.as_object().is_some_and(|w| w.iter().all(|(name, value)| key[name] == *value))
}

/// A workload that runs; it ends when this is dropped.
pub(crate) struct Workload {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Workload {
    pub(crate) fn start(mut command: Command) -> Result<(Self, Value), String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.ok_or("no output")?);
        let mut workload = Self { child, input, output };
        let said = workload.hear()?;
        Ok((workload, said))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to go on.
    pub(crate) fn go_on(&mut self) -> Outcome {
        let input = self.input.as_mut().ok_or("no input")?;
        input.write_all(b"\n").map_err(|e| e.to_string())
    }

    /// What it says next.
    pub(crate) fn hear(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|e| e.to_string())?;
        serde_json::from_str(&line).map_err(|_| {
            let mut why = String::new();
            // It has ended, or says what it should not.
            let _ = self.child.kill();
            if let Some(errors) = &mut self.child.stderr {
                let _ = errors.read_to_string(&mut why);
            }
            format!("a workload says {line:?}, {why:?}")
        })
    }

    pub(crate) fn next(&mut self) -> Result<Value, String> {
        self.go_on()?;
        self.hear()
    }

    pub(crate) fn join(&self, group: &Group) -> Outcome {
        group.add(self.pid())
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails unless both numbers are there and equal.
pub(crate) fn equal(what: &str, ours: &Value, theirs: &Value) -> Outcome {
    match (ours.as_u64(), theirs.as_u64()) {
        (Some(a), Some(b)) if a == b => Ok(()),
        _ => Err(format!("{what}: {ours} by the map, {theirs} by the kernel")),
    }
}

/// Fails unless ours is within ten per cent of theirs, which is more than nothing.
pub(crate) fn near(what: &str, ours: u64, theirs: u64) -> Outcome {
    match theirs > 0 && ours.abs_diff(theirs) * 10 <= theirs {
        true => Ok(()),
        false => Err(format!("{what}: {ours} by the map, {theirs} by the kernel")),
    }
}

/// Fails unless the amount is one that means something.
pub(crate) fn at_least(what: &str, least: u64, found: u64) -> Outcome {
    match found >= least {
        true => Ok(()),
        false => Err(format!("{what}: {found}, and the condition needs {least}")),
    }
}
