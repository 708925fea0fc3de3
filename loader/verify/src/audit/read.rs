// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading the log, and checking its chain (§3 of audit-v1).

use std::{
    fs::File,
    io::{BufRead, BufReader, ErrorKind, Read},
};

use bpfsign_format::sm3_hex;
use serde::Serialize;

use super::{Entry, FILE, LINE, START};
use crate::{At, Error, Host, Reason, Result};

/// A log whose chain holds.
#[derive(Debug, Default, Serialize)]
pub struct Audit {
    /// Its entries, oldest first.
    pub entries: Vec<Entry>,
    /// Numbers of the lines, from 1, that a crash cut off.
    pub torn: Vec<usize>,
    /// The last line is cut off; the next entry will say so.
    pub torn_tail: bool,
}

/// Reads the log of `host` and checks its chain; nothing if there is none.
///
/// # Errors
/// [`Reason::AuditBroken`] with the line; [`Reason::Io`].
pub fn audit(host: &Host) -> Result<Audit> {
    let path = host.state_dir.join(FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Audit::default()),
        Err(e) => return Err(Error::new(path, e)),
    };
    let mut reader = BufReader::new(file);
    let mut chain = Chain { audit: Audit::default(), prev: START.to_owned(), n: 0, torn: None };
    let mut number = 0;
    loop {
        let mut line = Vec::new();
        let most = LINE as u64 + 1;
        reader.by_ref().take(most).read_until(b'\n', &mut line).at(&path)?;
        if line.is_empty() {
            break;
        }
        number += 1;
        let broken = |why: &str| {
            Error::new(&path, Reason::AuditBroken { line: number, why: why.to_owned() })
        };
        if line.len() as u64 == most {
            return Err(broken("it is longer than any entry"));
        }
        chain.add(&line, number).map_err(broken)?;
    }
    match chain.torn {
        Some(line) => Err(Error::new(
            &path,
            Reason::AuditBroken { line, why: "it is no entry, and no later one tells".to_owned() },
        )),
        None => Ok(chain.audit),
    }
}

struct Chain {
    audit: Audit,
    prev: String,
    n: u64,
    /// A line that is no entry, until the next entry says that it was torn.
    torn: Option<usize>,
}

impl Chain {
    fn add(&mut self, line: &[u8], number: usize) -> Result<(), &'static str> {
        let Some(content) = line.strip_suffix(b"\n") else {
            // The last line; whoever wrote it was stopped.
            self.audit.torn_tail = true;
            return Ok(());
        };
        match serde_json::from_slice::<Entry>(content) {
            Ok(entry) => self.check(entry)?,
            Err(_) if self.torn.is_some() => return Err("it is no entry, as the one before"),
            Err(_) => self.torn = Some(number),
        }
        self.prev = sm3_hex(content);
        Ok(())
    }

    fn check(&mut self, entry: Entry) -> Result<(), &'static str> {
        if entry.prev != self.prev {
            return Err("it does not follow the line before");
        }
        if entry.n != self.n + 1 {
            return Err("its number is not the next");
        }
        match (self.torn.take(), entry.after_torn) {
            (Some(line), true) => self.audit.torn.push(line),
            // A whole line that only lacked its line feed.
            (None, true) => {}
            (Some(_), false) => return Err("the line before is no entry"),
            (None, false) => {}
        }
        self.n = entry.n;
        self.audit.entries.push(entry);
        Ok(())
    }
}
