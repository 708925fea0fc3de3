// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a package's events where they come from: its ring buffer, or where the kernel
//! has none its perf buffer. A buffer has one reader, the holder.

use std::{cell::RefCell, ops::ControlFlow, path::PathBuf, time::Duration};

use bpfsign_format::Layout;
use bpfsign_verify::{Error, Host, Reason, Result};
use libbpf_rs::{MapCore, MapHandle, MapType, RingBufferBuilder};

use super::{map::open_reason, perf::PerfBuffer, schema};
use crate::cause::root_cause;

/// The map of events, and the one whose value has their layout (programs/include/
/// bpfsign/events.h).
pub(crate) const EVENTS: &str = "events";
pub(crate) const LAST_EVENT: &str = "last_event";
/// Programs wake a reader in batches only; this is how long an event may wait.
const PATIENCE: Duration = Duration::from_millis(10);

/// The events of a loaded package.
#[derive(Debug)]
pub(crate) struct EventReader {
    handle: MapHandle,
    layout: Layout,
    path: PathBuf,
}

/// What a reader gets.
#[derive(Debug)]
pub(crate) enum Event<'b> {
    /// One event, as it is in the buffer.
    Happened(&'b [u8]),
    /// So many were lost, since this reader was too slow.
    Lost(u64),
    /// None for a moment.
    Idle,
}

impl EventReader {
    /// Opens the events of package `name`.
    ///
    /// # Errors
    /// [`Reason::NotLoaded`], [`Reason::NoSuchMap`] when it has none, [`Reason::Io`]
    /// when they cannot be opened.
    pub(crate) fn open(host: &Host, name: &str) -> Result<Self> {
        let mut schema = schema(host, name)?;
        let path = host.current(name).join("maps").join(EVENTS);
        let none = || Error::new(host.package_pins(name), Reason::NoSuchMap(EVENTS.to_owned()));
        if !schema.maps.contains_key(EVENTS) {
            return Err(none());
        }
        let layout = schema.maps.remove(LAST_EVENT).ok_or_else(none)?.value;
        let handle =
            MapHandle::from_pinned_path(&path).map_err(|e| Error::new(&path, open_reason(&e)))?;
        Ok(Self { handle, layout, path })
    }

    /// How an event is laid out.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Calls `each` for every event, and at least every 10 ms, until it says to end.
    ///
    /// # Errors
    /// [`Reason::Io`], or what `each` returns.
    pub(crate) fn for_each(
        &self,
        each: impl FnMut(Event<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let sink = Sink { each: RefCell::new(each), end: RefCell::new(None) };
        let done = match self.handle.map_type() {
            MapType::RingBuf => self.read_ring(&sink),
            _ => self.read_perf(&sink),
        };
        match sink.end.into_inner() {
            Some(end) => end,
            None => done.map_err(|e| {
                let error = std::io::Error::other(root_cause(&e));
                Error::new(&self.path, error)
            }),
        }
    }

    fn read_ring(
        &self,
        sink: &Sink<impl FnMut(Event<'_>) -> Result<ControlFlow<()>>>,
    ) -> libbpf_rs::Result<()> {
        let mut builder = RingBufferBuilder::new();
        builder.add(&self.handle, |bytes| {
            sink.take(Event::Happened(bytes));
            // Not 0 ends the round.
            -i32::from(sink.is_done())
        })?;
        let ring = builder.build()?;
        while !sink.is_done() {
            // Nothing wakes for a few events: what there is is taken after the wait. An
            // end that was asked for comes as an error.
            let read = ring.poll(PATIENCE).and_then(|()| ring.consume());
            if !sink.is_done() {
                read?;
                sink.take(Event::Idle);
            }
        }
        Ok(())
    }

    fn read_perf(
        &self,
        sink: &Sink<impl FnMut(Event<'_>) -> Result<ControlFlow<()>>>,
    ) -> libbpf_rs::Result<()> {
        let happened = |bytes: &[u8]| sink.take(Event::Happened(bytes));
        let mut buffer = PerfBuffer::open(&self.handle, happened, |n| sink.take(Event::Lost(n)))?;
        while !sink.is_done() {
            buffer.read(PATIENCE)?;
            sink.take(Event::Idle);
        }
        Ok(())
    }
}

/// Where events go, and whether that is over.
struct Sink<F> {
    each: RefCell<F>,
    end: RefCell<Option<Result<()>>>,
}

impl<F: FnMut(Event<'_>) -> Result<ControlFlow<()>>> Sink<F> {
    fn take(&self, event: Event<'_>) {
        if self.is_done() {
            return;
        }
        let end = match (self.each.borrow_mut())(event) {
            Ok(ControlFlow::Continue(())) => return,
            Ok(ControlFlow::Break(())) => Ok(()),
            Err(error) => Err(error),
        };
        *self.end.borrow_mut() = Some(end);
    }

    fn is_done(&self) -> bool {
        self.end.borrow().is_some()
    }
}
