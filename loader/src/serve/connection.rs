// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One connection of an agent.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    ops::ControlFlow,
    os::fd::AsFd,
    time::Duration,
};

use bpfsign_format::{Layout, manifest::Readers};
use bpfsign_verify::{Error, Reason};
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};

use super::{
    Origin, Service,
    http::{self, FAILED, FORBIDDEN, NOT_FOUND, Refusal, Request},
    openmetrics, text,
};
use crate::{
    holder::{
        FRAMES,
        frames::{self, Frame},
    },
    read::{LAST_EVENT, MapReader, RawValue, pinned_metrics, record, schema},
};

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON: &str = "application/json";
const JSON_LINES: &str = "application/x-ndjson";
/// How long a reader of events may stand still.
const STANDSTILL: Duration = Duration::from_secs(600);

impl Service {
    pub(super) fn answer(&self, stream: &mut File, origin: Origin) -> io::Result<()> {
        let request = match http::read_request(stream)? {
            Ok(request) => request,
            Err(refusal) => return http::refuse(stream, refusal),
        };
        let answered = match (request.path.as_str(), origin) {
            ("/metrics", _) => self.metrics(stream, &request),
            ("/events", Origin::Agent) => self.events(stream, &request),
            (path, Origin::Agent) => match path.strip_prefix("/maps/") {
                Some(pin) => self.map(stream, &request, pin),
                None => Ok(Some(NOT_FOUND)),
            },
            _ => Ok(Some(NOT_FOUND)),
        };
        match answered? {
            Some(refusal) => http::refuse(stream, refusal),
            None => Ok(()),
        }
    }

    /// The text of the iterators where the kernel has them, otherwise of the maps; `None`
    /// when the package has neither.
    fn text(&self) -> bpfsign_verify::Result<Option<String>> {
        let mut pinned = Vec::new();
        match pinned_metrics(&self.host, &self.name, &mut pinned) {
            Ok(()) => Ok(Some(String::from_utf8_lossy(&pinned).into_owned())),
            Err(e) if matches!(*e.reason, Reason::NoMetrics) => {
                let schema = schema(&self.host, &self.name)?;
                let has_metrics = schema.maps.values().any(|m| !m.metrics.is_empty());
                has_metrics.then(|| text::render(&self.host, &self.name)).transpose()
            }
            Err(e) => Err(e),
        }
    }

    fn metrics(&self, stream: &mut File, request: &Request) -> io::Result<Option<Refusal>> {
        let text = match self.text() {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Some(NOT_FOUND)),
            Err(_) => return Ok(Some(FAILED)),
        };
        let open = request.prefers("application/openmetrics-text", "text/plain");
        let (content, text) = match open {
            true => (OPENMETRICS, openmetrics::of(&text)),
            false => (PROMETHEUS, text),
        };
        http::write_head(stream, content, Some(text.len()))?;
        stream.write_all(text.as_bytes())?;
        Ok(None)
    }

    /// A map that the group may read, where the kernel would not let it.
    fn map(&self, stream: &mut File, request: &Request, pin: &str) -> io::Result<Option<Refusal>> {
        match self.readers_of(pin) {
            None => return Ok(Some(NOT_FOUND)),
            Some(Readers::Root) if !is_root(stream)? => return Ok(Some(FORBIDDEN)),
            Some(_) => {}
        }
        let Ok(reader) = MapReader::open(&self.host, &self.name, pin) else {
            return Ok(Some(FAILED));
        };
        let as_frames = request.prefers(FRAMES, JSON);
        http::write_head(stream, if as_frames { FRAMES } else { JSON }, None)?;
        let mut out = BufWriter::new(stream);
        let failed = |e: io::Error| Error::new(pin, e);
        let written = match as_frames {
            false => reader.write_json(&mut out, (&self.name, pin), usize::MAX),
            true => reader
                .for_each_raw(|key, values| {
                    let parts: Vec<&[u8]> =
                        [key].into_iter().chain(values.iter().copied()).collect();
                    frames::write(&mut out, &parts).map_err(failed)?;
                    Ok(ControlFlow::Continue(()))
                })
                .and_then(|()| frames::write_end(&mut out).map_err(failed)),
        };
        // Half an answer has no end, which tells whoever reads it.
        written.map_err(io::Error::other)?;
        out.flush()?;
        Ok(None)
    }

    /// The events from now on. Who may read the newest may read them all.
    fn events(&self, stream: &mut File, request: &Request) -> io::Result<Option<Refusal>> {
        match self.readers_of(LAST_EVENT) {
            None => return Ok(Some(NOT_FOUND)),
            Some(Readers::Root) if !is_root(stream)? => return Ok(Some(FORBIDDEN)),
            Some(_) => {}
        }
        let Ok(mut reader) = self.events.join() else { return Ok(Some(FAILED)) };
        set_socket_timeout(stream.as_fd(), Timeout::Send, Some(STANDSTILL))?;
        let as_frames = request.prefers(FRAMES, JSON_LINES);
        http::write_head(stream, if as_frames { FRAMES } else { JSON_LINES }, None)?;
        let layout = reader.layout.clone();
        while let Some(taken) = reader.take() {
            if taken.lost > 0 {
                match as_frames {
                    true => frames::write_lost(stream, taken.lost)?,
                    false => writeln!(stream, "{{\"lost\":{}}}", taken.lost)?,
                }
            }
            match &taken.batch {
                Some(batch) if as_frames => stream.write_all(&batch.frames)?,
                Some(batch) => stream.write_all(&json_lines(&layout, &batch.frames)?)?,
                None if has_gone(stream) => break,
                None => {}
            }
        }
        if as_frames {
            frames::write_end(stream)?;
        }
        Ok(None)
    }

    fn readers_of(&self, pin: &str) -> Option<Readers> {
        let record = record(&self.host, &self.name).ok()?;
        record.maps.iter().find(|m| m.pin == pin).map(|m| m.readers)
    }
}

/// Whether the other side is root's.
fn is_root(stream: &File) -> io::Result<bool> {
    Ok(socket_peercred(stream.as_fd())?.uid.is_root())
}

/// Whether the other side has closed: nothing it may say is of interest.
fn has_gone(stream: &File) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut fds = [PollFd::new(stream, PollFlags::RDHUP)];
    poll(&mut fds, Some(&rustix::time::Timespec::default())).is_ok_and(|n| n > 0)
}

/// Frames as JSON, a line each.
fn json_lines(layout: &Layout, batch: &[u8]) -> io::Result<Vec<u8>> {
    let (mut frames, mut event) = (BufReader::new(batch), Vec::new());
    let mut lines = Vec::with_capacity(batch.len() * 4);
    while !frames.buffer().is_empty() || !frames.get_ref().is_empty() {
        if let Frame::Bytes = frames::read(&mut frames, &mut event)? {
            serde_json::to_writer(&mut lines, &RawValue { layout, bytes: &event })?;
            lines.push(b'\n');
        }
    }
    Ok(lines)
}
