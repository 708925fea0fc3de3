// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One reader of a kernel buffer, and any number of readers behind it.
//!
//! Events are numbered as they come, those that the kernel lost included, and the newest
//! are kept in one window of bounded size. Each reader has a place of its own in it: one
//! that falls behind the window has lost what went out of it, which the gap in the
//! numbers tells, and holds up nobody. Memory does not grow with the number of readers.

use std::{
    collections::VecDeque,
    ops::ControlFlow,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bpfsign_format::Layout;
use bpfsign_verify::{Host, Result};

use crate::{
    holder::frames,
    read::{EVENTS, Event, EventReader, record},
};

/// What is kept for readers that are behind, in bytes.
const WINDOW: usize = 8 << 20;
/// A batch that is this long is handed on at once.
const BATCH: usize = 64 << 10;
/// How often a package is looked at for another buffer, and a reader for its end.
const LOOK: Duration = Duration::from_millis(500);

/// Events that were read together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The number of the first.
    first: u64,
    count: u64,
    /// Each as a frame.
    pub(super) frames: Vec<u8>,
}

#[derive(Debug, Default)]
struct Window {
    batches: VecDeque<Arc<Batch>>,
    bytes: usize,
    /// The number of the next event.
    next: u64,
    readers: usize,
    /// Counts buffers: a new one has another layout, and ends the streams.
    epoch: u64,
    /// How events are laid out; `None` while no thread reads the kernel's buffer.
    layout: Option<Arc<Layout>>,
}

/// The events of a package.
#[derive(Debug)]
pub(super) struct FanOut {
    host: Host,
    name: String,
    window: Mutex<Window>,
    changed: Condvar,
}

/// A reader's place.
#[derive(Debug)]
pub(super) struct Reader {
    fan_out: Arc<FanOut>,
    /// The number of the next event that it gets.
    at: u64,
    epoch: u64,
    /// How an event is laid out.
    pub(super) layout: Arc<Layout>,
}

/// What a reader gets.
#[derive(Debug)]
pub(super) struct Taken {
    /// Events that went out of the window before it came, or that the kernel lost.
    pub(super) lost: u64,
    pub(super) batch: Option<Arc<Batch>>,
}

impl FanOut {
    pub(super) fn new(host: Host, name: String) -> Arc<Self> {
        let (window, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { host, name, window, changed })
    }

    /// Nobody panics with the lock held, and if so the numbers are still right.
    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new reader; the first has the kernel's buffer read.
    ///
    /// # Errors
    /// As [`EventReader::open`].
    pub(super) fn join(self: &Arc<Self>) -> Result<Reader> {
        let mut window = self.window();
        let layout = match &window.layout {
            Some(layout) => Arc::clone(layout),
            None => {
                let reader = EventReader::open(&self.host, &self.name)?;
                let layout = Arc::new(reader.layout().clone());
                let fan_out = Arc::clone(self);
                thread::spawn(move || fan_out.read(&reader));
                layout
            }
        };
        window.layout = Some(Arc::clone(&layout));
        window.readers += 1;
        let (at, epoch) = (window.next, window.epoch);
        Ok(Reader { fan_out: Arc::clone(self), at, epoch, layout })
    }

    /// Reads the kernel's buffer as long as there are readers and it is the package's.
    fn read(&self, reader: &EventReader) {
        let opened = self.buffer();
        let mut pending = Pending::default();
        let mut looked = Instant::now();
        let mut is_left = false;
        // An error ends the streams, as another buffer does: they begin anew.
        let _ = reader.for_each(|event| {
            match event {
                Event::Happened(bytes) => pending.add(bytes),
                Event::Lost(count) => {
                    self.publish(&mut pending);
                    self.window().next += count;
                }
                Event::Idle => self.publish(&mut pending),
            }
            if pending.frames.len() >= BATCH {
                self.publish(&mut pending);
            }
            if looked.elapsed() < LOOK {
                return Ok(ControlFlow::Continue(()));
            }
            looked = Instant::now();
            is_left = self.leave();
            let is_over = is_left || self.buffer() != opened;
            Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        self.publish(&mut pending);
        if !is_left {
            let mut window = self.window();
            window.layout = None;
            window.epoch += 1;
            self.changed.notify_all();
        }
    }

    /// Ends the reading thread when there are no readers left. The next reader starts another.
    fn leave(&self) -> bool {
        let mut window = self.window();
        if window.readers == 0 {
            window.layout = None;
        }
        window.layout.is_none()
    }

    /// The kernel's number of the buffer in force.
    fn buffer(&self) -> Option<u32> {
        let record = record(&self.host, &self.name).ok()?;
        record.maps.iter().find(|m| m.pin == EVENTS).map(|m| m.id)
    }

    fn publish(&self, pending: &mut Pending) {
        if pending.count == 0 {
            return;
        }
        let Pending { frames, count } = std::mem::take(pending);
        let mut window = self.window();
        let first = window.next;
        window.next += count;
        window.push(Batch { first, count, frames });
        self.changed.notify_all();
    }
}

impl Window {
    fn push(&mut self, batch: Batch) {
        self.bytes += batch.bytes();
        self.batches.push_back(Arc::new(batch));
        while self.bytes > WINDOW
            && let Some(oldest) = self.batches.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }
}

impl Batch {
    /// What it takes, with what is around it.
    fn bytes(&self) -> usize {
        self.frames.capacity() + 128
    }
}

/// Events that were not handed on yet.
#[derive(Debug, Default)]
struct Pending {
    frames: Vec<u8>,
    count: u64,
}

impl Pending {
    fn add(&mut self, event: &[u8]) {
        // No event is longer than a frame may be: its buffer is smaller.
        if frames::write(&mut self.frames, &[event]).is_ok() {
            self.count += 1;
        }
    }
}

impl Reader {
    /// Waits for the next batch for a while; `None` when the stream is over.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let fan_out = Arc::clone(&self.fan_out);
        let window = fan_out.window();
        let waiting = |w: &mut Window| w.next == self.at && w.epoch == self.epoch;
        let waited = fan_out.changed.wait_timeout_while(window, LOOK, waiting);
        let (window, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let place = window.batches.partition_point(|b| b.first < self.at);
        let batch = window.batches.get(place).map(Arc::clone);
        let next = batch.as_ref().map_or(window.next, |b| b.first);
        if batch.is_none() && next == self.at && window.epoch != self.epoch {
            return None;
        }
        let lost = next - self.at;
        self.at = next + batch.as_ref().map_or(0, |b| b.count);
        Some(Taken { lost, batch })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.fan_out.window().readers -= 1;
    }
}
