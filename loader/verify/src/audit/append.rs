// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Adding an entry: one write, on disk when it returns.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use bpfsign_files::{read_bounded, write_whole};
use bpfsign_format::sm3_hex;

use super::{Entry, Event, FILE, LINE, START, journal};
use crate::{At, Error, Host, Reason, Result, state};

/// The end of the log, where the next entry goes.
struct End {
    /// Number of the last entry; 0 if none.
    n: u64,
    prev: String,
    /// The last line lacks its line feed: whoever wrote it was stopped.
    torn: bool,
    /// The last line is no entry.
    after_torn: bool,
}

/// Adds an entry to the log of `host`.
///
/// # Errors
/// [`Reason::Audit`]: it could not be written whole.
pub fn append(host: &Host, event: Event) -> Result<()> {
    let path = host.state_dir.join(FILE);
    let fail = |error: std::io::Error| Error::new(&path, Reason::Audit(error));
    DirBuilder::new().recursive(true).mode(0o700).create(&host.state_dir).map_err(fail)?;
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(fail)?;
    // One writer at a time; released when the file is closed.
    file.lock().map_err(fail)?;
    let end = end_of(&mut file).map_err(fail)?;
    let entry = Entry {
        n: end.n + 1,
        time: state::seconds_now(),
        prev: end.prev,
        after_torn: end.after_torn,
        event,
    };
    let json = serde_json::to_string(&entry).map_err(|e| fail(e.into()))?;
    // A torn line gets its line feed, and stays as it is.
    let line = format!("{}{json}\n", if end.torn { "\n" } else { "" });
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
    if entry.n == 1 {
        // The directory's entry too.
        File::open(&host.state_dir).and_then(|d| d.sync_all()).map_err(fail)?;
    }
    journal::send(&json);
    Ok(())
}

/// Looks at the last lines, back to the last that is an entry.
fn end_of(file: &mut File) -> std::io::Result<End> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(End { n: 0, prev: START.to_owned(), torn: false, after_torn: false });
    }
    let mut back = LINE as u64;
    loop {
        let start = length.saturating_sub(back);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let torn = tail.last() != Some(&b'\n');
        let body = tail.strip_suffix(b"\n").unwrap_or(&tail);
        let lines: Vec<&[u8]> = body.split(|b| *b == b'\n').collect();
        // The first may be cut unless the whole log was read.
        let whole = if start == 0 { &lines[..] } else { &lines[1..] };
        let mut entries = whole.iter().map(|line| serde_json::from_slice::<Entry>(line).ok());
        let last = entries.clone().flatten().next_back();
        match (whole.last(), last) {
            (Some(line), Some(entry)) => {
                let after_torn = torn || entries.next_back().flatten().is_none();
                return Ok(End { n: entry.n, prev: sm3_hex(line), torn, after_torn });
            }
            (Some(line), None) if start == 0 => {
                return Ok(End { n: 0, prev: sm3_hex(line), torn, after_torn: true });
            }
            _ => back = back.saturating_mul(2),
        }
    }
}

/// Logs that `file` was refused, and gives the error back. A host that cannot
/// log it, being no root's, refuses all the same; what kept it is said.
pub fn refused(host: &Host, file: &Path, error: Error) -> (Error, Option<Error>) {
    let mut message = error.to_string();
    let cut = message.floor_char_boundary(2048);
    message.truncate(cut);
    let event = Event::Refuse {
        file: file.display().to_string(),
        code: error.reason.code().to_owned(),
        exit: error.reason.exit_code() as u8,
        message,
    };
    let logged = append(host, event).err();
    (error, logged)
}

/// Logs that the policy is another than when this was last called.
///
/// # Errors
/// [`Reason::Audit`], [`Reason::Io`].
pub fn watch_policy(host: &Host, policy_sm3: &str) -> Result<()> {
    let path: PathBuf = host.state_dir.join("policy");
    let before = read_bounded(&path, 65).ok().and_then(|b| String::from_utf8(b).ok());
    let before = before.map(|text| text.trim_end().to_owned());
    if before.as_deref() == Some(policy_sm3) {
        return Ok(());
    }
    let policy = host.policy.display().to_string();
    append(host, Event::PolicyChange { policy, sm3: policy_sm3.to_owned(), before })?;
    write_whole(&path, format!("{policy_sm3}\n").as_bytes(), 0o600).at(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::audit, *};
    use crate::host::tests::host_in;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("bpfsign-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        path
    }

    fn unload(package: &str) -> Event {
        Event::Unload { package: package.to_owned() }
    }

    /// Cut at every byte, the log takes the next entry, and verifies.
    #[test]
    fn a_torn_line_is_told_and_blocks_nothing() {
        let directory = scratch("audit-torn");
        let host = host_in(&directory);
        let log = host.state_dir.join(FILE);
        append(&host, unload("first")).unwrap();
        let first = fs::read(&log).unwrap();
        append(&host, unload("second")).unwrap();
        let whole = fs::read(&log).unwrap();
        for length in first.len()..=whole.len() {
            fs::write(&log, &whole[..length]).unwrap();
            let torn = !(length == first.len() || length >= whole.len() - 1);
            let before = audit(&host).unwrap();
            assert_eq!(before.torn_tail, length > first.len() && length < whole.len(), "{length}");
            append(&host, unload("next")).unwrap();
            append(&host, unload("last")).unwrap();
            let after = audit(&host).unwrap();
            let names: Vec<_> = after.entries.iter().map(|e| e.event.package().unwrap()).collect();
            let kept = if length >= whole.len() - 1 { 4 } else { 3 };
            assert_eq!(names.len(), kept, "{length}: {names:?}");
            assert_eq!(after.torn.len(), usize::from(torn), "{length}");
            assert!(!after.torn_tail);
        }
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn every_change_breaks_the_chain() {
        let directory = scratch("audit-chain");
        let host = host_in(&directory);
        let log = host.state_dir.join(FILE);
        for name in ["a", "b", "c", "d"] {
            append(&host, unload(name)).unwrap();
        }
        let text = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let joined = |lines: &[&str]| lines.iter().map(|l| format!("{l}\n")).collect::<String>();
        for (what, changed) in [
            ("a changed line", text.replacen("\"b\"", "\"x\"", 1)),
            ("a line left out", joined(&[lines[0], lines[2], lines[3]])),
            ("the first left out", joined(&lines[1..])),
            ("two lines swapped", joined(&[lines[0], lines[2], lines[1], lines[3]])),
            ("a line twice", joined(&[lines[0], lines[1], lines[1], lines[2], lines[3]])),
            ("a line put in", joined(&[lines[0], "{}", lines[1], lines[2], lines[3]])),
        ] {
            fs::write(&log, changed).unwrap();
            assert!(audit(&host).is_err(), "{what}");
        }
        fs::write(&log, text).unwrap();
        assert_eq!(audit(&host).unwrap().entries.len(), 4);
        fs::remove_dir_all(directory).unwrap();
    }
}
