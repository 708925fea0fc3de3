// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Tracefs, by an instance of the scenario's own: what happened between two events of a
//! thread, without BPF.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::{Outcome, group::unique};

/// Two events, traced; the instance goes when this is dropped.
pub(crate) struct Trace {
    /// Where tracefs is mounted for this alone.
    root: PathBuf,
    path: PathBuf,
    begin: &'static str,
}

impl Trace {
    /// Traces two events of the category `vmscan`.
    pub(crate) fn start(begin: &'static str, end: &'static str) -> Result<Self, String> {
        let name = unique();
        let root = PathBuf::from(format!("/run/bpfsign-trace-{name}"));
        fs::create_dir(&root).map_err(|e| format!("{}: {e}", root.display()))?;
        let path = root.join(format!("instances/bpfsign-test-{name}"));
        let this = Self { root, path, begin };
        mount("tracefs", &this.root, "tracefs", MountFlags::empty(), c"")
            .map_err(|e| format!("tracefs: {e}"))?;
        fs::create_dir(&this.path).map_err(|e| format!("{}: {e}", this.path.display()))?;
        for event in [begin, end] {
            this.write(&format!("events/vmscan/{event}/enable"), "1")?;
        }
        Ok(this)
    }

    fn write(&self, file: &str, text: &str) -> Outcome {
        let path = self.path.join(file);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// How often the first event was followed by the second in its thread, and the time
    /// between them in all, in ns.
    pub(crate) fn finish(&self) -> Result<(u64, u64), String> {
        self.write("tracing_on", "0")?;
        let text = fs::read_to_string(self.path.join("trace")).map_err(|e| e.to_string())?;
        let (mut since, mut count, mut sum) = (BTreeMap::new(), 0, 0);
        for (thread, time, event) in text.lines().filter_map(parse) {
            if event == self.begin {
                since.insert(thread, time);
            } else if let Some(start) = since.remove(thread) {
                (count, sum) = (count + 1, sum + (time - start));
            }
        }
        Ok((count, sum))
    }
}

/// `   bash-12  [000] .....  12.345678: mm_vmscan_...: ...`: the thread, the time in ns,
/// and the event.
fn parse(line: &str) -> Option<(&str, u64, &str)> {
    let (before, rest) = line.split_once(" [")?;
    let mut words = rest.split_whitespace().skip(1).skip_while(|w| !w.ends_with(':'));
    let (seconds, micros) = words.next()?.strip_suffix(':')?.split_once('.')?;
    let time = seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?;
    Some((before.trim(), time * 1000, words.next()?.trim_end_matches(':')))
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.path);
        let _ = unmount(&self.root, UnmountFlags::DETACH);
        let _ = fs::remove_dir(&self.root);
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lines_of_a_trace() {
        let line = "       workload-123     [000] .....    12.000345: mm_vmscan_x: order=0";
        assert_eq!(parse(line), Some(("workload-123", 12_000_345_000, "mm_vmscan_x")));
        assert_eq!(parse("# tracer: nop"), None);
    }
}
