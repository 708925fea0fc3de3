// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A package's events, as its holder hands them to each of its readers.

use std::{io, ops::ControlFlow};

use bpfsign_format::Layout;
use bpfsign_verify::{Error, Host, Reason, Result};
use rustix::{
    event::{PollFd, PollFlags, poll},
    time::Timespec,
};

use super::{EVENTS, LAST_EVENT, Value, schema};
use crate::holder::{
    Answer, FRAMES,
    frames::{self, Frame},
    get, nobody_listens, socket,
};

/// How long a reader waits before it is told that there is nothing.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// The events of a loaded package, from now on.
#[derive(Debug)]
pub struct EventStream {
    host: Host,
    name: String,
    layout: Layout,
    answer: Answer,
}

/// What a reader gets.
#[derive(Debug)]
pub enum StreamEvent<'b> {
    /// One event, as it was in the kernel's buffer.
    Happened(&'b [u8]),
    /// So many were lost: this reader was too slow, or the holder.
    Lost(u64),
    /// None for a moment.
    Idle,
}

impl EventStream {
    /// Asks the holder of package `name` for its events.
    ///
    /// # Errors
    /// [`Reason::NotLoaded`], [`Reason::NoSuchMap`] when it has none,
    /// [`Reason::NoHolder`], [`Reason::Io`] when the user may not read them.
    pub fn open(host: &Host, name: &str) -> Result<Self> {
        let mut schema = schema(host, name)?;
        let none = || Error::new(host.package_pins(name), Reason::NoSuchMap(EVENTS.to_owned()));
        if !schema.maps.contains_key(EVENTS) {
            return Err(none());
        }
        let layout = schema.maps.remove(LAST_EVENT).ok_or_else(none)?.value;
        let answer = get(host, name, "/events", FRAMES).map_err(|e| match nobody_listens(&e) {
            true => Error::new(socket(host, name), Reason::NoHolder),
            false => e,
        })?;
        Ok(Self { host: host.clone(), name: name.to_owned(), layout, answer })
    }

    /// The fields of an event.
    pub fn decode(&self, event: &[u8]) -> Value {
        Value::decode(&self.layout, event)
    }

    /// Calls `each` for every event, and at least every 10 ms, until it says to end. A
    /// stream that ends because the package was replaced is opened again; `each` gets the
    /// stream to decode with.
    ///
    /// # Errors
    /// As [`EventStream::open`], or what `each` returns.
    pub fn for_each(
        mut self,
        mut each: impl FnMut(&Self, StreamEvent<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut bytes = Vec::new();
        loop {
            let flow = match self.next(&mut bytes) {
                Ok(Some(Frame::Bytes)) => each(&self, StreamEvent::Happened(&bytes))?,
                Ok(Some(Frame::Lost(count))) => each(&self, StreamEvent::Lost(count))?,
                Ok(None) => each(&self, StreamEvent::Idle)?,
                Ok(Some(Frame::End)) => self.reopen()?,
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => self.reopen()?,
                Err(e) => return Err(Error::new(socket(&self.host, &self.name), e)),
            };
            if flow.is_break() {
                return Ok(());
            }
        }
    }

    fn reopen(&mut self) -> Result<ControlFlow<()>> {
        *self = Self::open(&self.host, &self.name)?;
        Ok(ControlFlow::Continue(()))
    }

    /// The next frame; `None` when there is none for a moment.
    fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<Frame>> {
        if self.answer.buffer().is_empty() {
            let mut fds = [PollFd::new(self.answer.get_ref(), PollFlags::IN)];
            match poll(&mut fds, Some(&PATIENCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
                Ok(_) => {}
                Err(e) => return Err(e.into()),
            }
        }
        frames::read(&mut self.answer, bytes).map(Some)
    }
}
