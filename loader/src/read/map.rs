// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading one pinned map with its schema.

use std::{io::BufRead, ops::ControlFlow, path::PathBuf};

use bpfsign_format::MapSchema;
use bpfsign_verify::{Error, Host, Reason, Result};
use libbpf_rs::{MapCore, MapFlags, MapHandle};

use super::{Value, batch, schema};
use crate::{
    cause::root_cause,
    holder::{
        self, FRAMES,
        frames::{self, Frame},
    },
};

/// `BPF_F_RDONLY` (include/uapi/linux/bpf.h): what an agent's 0440 allows.
const READ_ONLY: u32 = 1 << 3;

/// A pinned map, open for reading.
#[derive(Debug)]
pub struct MapReader {
    source: Source,
    schema: MapSchema,
    path: PathBuf,
}

/// Where entries come from.
#[derive(Debug)]
enum Source {
    Kernel(MapHandle),
    /// The holder, where the kernel lets only root open maps.
    Holder {
        host: Host,
        name: String,
        pin: String,
    },
}

impl MapReader {
    /// Opens map `pin` of package `name`.
    ///
    /// # Errors
    /// [`Reason::NotLoaded`], [`Reason::NoSuchMap`], [`Reason::Io`] when the
    /// pin cannot be opened, [`Reason::MapClosed`] when the kernel forbids it
    /// although the file's mode does not, [`Reason::SchemaMismatch`] when its sizes are not
    /// the schema's.
    pub fn open(host: &Host, name: &str, pin: &str) -> Result<Self> {
        let mut schema = schema(host, name)?;
        let path = host.current(name).join("maps").join(pin);
        let Some(schema) = schema.maps.remove(pin) else {
            return Err(Error::new(host.package_pins(name), Reason::NoSuchMap(pin.to_owned())));
        };
        let source = match MapHandle::from_pinned_path_with_file_flags(&path, READ_ONLY) {
            Ok(map)
                if map.key_size() != schema.key.size || map.value_size() != schema.value.size =>
            {
                return Err(Error::new(path, Reason::SchemaMismatch(pin.to_owned())));
            }
            Ok(map) => Source::Kernel(map),
            Err(e) => match open_reason(&e) {
                Reason::MapClosed if holder::socket(host, name).exists() => {
                    Source::Holder { host: host.clone(), name: name.into(), pin: pin.into() }
                }
                reason => return Err(Error::new(path, reason)),
            },
        };
        Ok(Self { source, schema, path })
    }

    /// The layout.
    pub fn schema(&self) -> &MapSchema {
        &self.schema
    }

    /// Calls `each` with the decoded key and value of every entry; a per-CPU
    /// map gives one value for each possible CPU. An entry that is deleted
    /// while the map is walked may be left out. `each` says whether to go on.
    ///
    /// # Errors
    /// [`Reason::Io`], or what `each` returns.
    pub fn for_each(
        &self,
        mut each: impl FnMut(Value, Vec<Value>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.for_each_raw(|key, values| {
            let values = values.iter().map(|v| Value::decode(&self.schema.value, v)).collect();
            each(Value::decode(&self.schema.key, key), values)
        })
    }

    /// Calls `each` with the bytes of every key and its values, as [`MapReader::for_each`] does.
    /// Where the kernel has batches, it reads many entries at a time.
    ///
    /// # Errors
    /// As [`MapReader::for_each`].
    pub fn for_each_raw(
        &self,
        mut each: impl FnMut(&[u8], &[&[u8]]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let map = match &self.source {
            Source::Kernel(map) => map,
            Source::Holder { host, name, pin } => {
                let answer = holder::get(host, name, &format!("/maps/{pin}"), FRAMES);
                let answer = answer.map_err(|e| match holder::nobody_listens(&e) {
                    true => Error::new(&self.path, Reason::MapClosed),
                    false => e,
                })?;
                return self.for_each_frame(answer, each);
            }
        };
        let batched = match self.schema.per_cpu {
            true => None,
            false => batch::for_each(map, |key, value| each(key, &[value]).map_err(Stop::Told))
                .map_err(|stop| match stop {
                    Stop::Told(error) => error,
                    Stop::Io(error) => Error::new(&self.path, error),
                })?,
        };
        match batched {
            Some(()) => Ok(()),
            None => self.for_each_key(map, each),
        }
    }

    /// What a holder sends: a frame for each entry, its key and its values.
    fn for_each_frame(
        &self,
        mut answer: impl BufRead,
        mut each: impl FnMut(&[u8], &[&[u8]]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (key, value) = (self.schema.key.size as usize, self.schema.value.size as usize);
        // Values of a per-CPU map are padded (§4.3 of pins-v1).
        let value = if self.schema.per_cpu { value.next_multiple_of(8) } else { value };
        let io = |e: std::io::Error| Error::new(&self.path, e);
        let mut entry = Vec::new();
        while let Frame::Bytes = frames::read(&mut answer, &mut entry).map_err(io)? {
            let (key, values) = entry.split_at_checked(key).unwrap_or_default();
            let values: Vec<&[u8]> = values.chunks_exact(value.max(1)).collect();
            if each(key, &values)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn for_each_key(
        &self,
        map: &MapHandle,
        mut each: impl FnMut(&[u8], &[&[u8]]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let io = |e: libbpf_rs::Error| Error::new(&self.path, Reason::Io(to_io(&e)));
        for key in map.keys() {
            let values = match self.schema.per_cpu {
                true => map.lookup_percpu(&key, MapFlags::ANY).map_err(io)?,
                false => map.lookup(&key, MapFlags::ANY).map_err(io)?.map(|v| vec![v]),
            };
            let Some(values) = values else { continue };
            let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
            if each(&key, &values)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Why a walk ended early.
enum Stop {
    Told(Error),
    Io(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// A file's mode answers EACCES; EPERM is the kernel's own rule.
pub(super) fn open_reason(error: &libbpf_rs::Error) -> Reason {
    let eperm = std::io::Error::from_raw_os_error(libc::EPERM).to_string();
    match root_cause(error) == eperm {
        true => Reason::MapClosed,
        false => Reason::Io(to_io(error)),
    }
}

/// libbpf-rs's error as the standard library's, of the same kind.
fn to_io(error: &libbpf_rs::Error) -> std::io::Error {
    use libbpf_rs::ErrorKind as Kind;
    use std::io::ErrorKind;
    let kind = match error.kind() {
        Kind::NotFound => ErrorKind::NotFound,
        Kind::PermissionDenied => ErrorKind::PermissionDenied,
        _ => ErrorKind::Other,
    };
    std::io::Error::new(kind, root_cause(error))
}
