// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading one pinned map with its schema.

use std::{ops::ControlFlow, path::PathBuf};

use bpfsign_format::MapSchema;
use libbpf_rs::{MapCore, MapFlags, MapHandle};

use super::{Value, batch, schema};
use crate::{Error, Host, Reason, Result, error::root_cause};

/// `BPF_F_RDONLY` (include/uapi/linux/bpf.h): what an agent's 0440 allows.
const READ_ONLY: u32 = 1 << 3;

/// A pinned map, open for reading.
#[derive(Debug)]
pub struct MapReader {
    handle: MapHandle,
    schema: MapSchema,
    path: PathBuf,
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
        let handle = MapHandle::from_pinned_path_with_file_flags(&path, READ_ONLY)
            .map_err(|e| Error::new(&path, open_reason(&e)))?;
        if handle.key_size() != schema.key.size || handle.value_size() != schema.value.size {
            return Err(Error::new(path, Reason::SchemaMismatch(pin.to_owned())));
        }
        Ok(Self { handle, schema, path })
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

    /// The same, with the bytes that are in the map; many at a time where the kernel can.
    ///
    /// # Errors
    /// As [`MapReader::for_each`].
    pub fn for_each_raw(
        &self,
        mut each: impl FnMut(&[u8], &[&[u8]]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let batched = match self.schema.per_cpu {
            true => None,
            false => {
                batch::for_each(&self.handle, |key, value| each(key, &[value]).map_err(Stop::Told))
                    .map_err(|stop| match stop {
                        Stop::Told(error) => error,
                        Stop::Io(error) => Error::new(&self.path, Reason::Io(error)),
                    })?
            }
        };
        match batched {
            Some(()) => Ok(()),
            None => self.for_each_key(each),
        }
    }

    fn for_each_key(
        &self,
        mut each: impl FnMut(&[u8], &[&[u8]]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let io = |e: libbpf_rs::Error| Error::new(&self.path, Reason::Io(to_io(&e)));
        for key in self.handle.keys() {
            let values = match self.schema.per_cpu {
                true => self.handle.lookup_percpu(&key, MapFlags::ANY).map_err(io)?,
                false => self.handle.lookup(&key, MapFlags::ANY).map_err(io)?.map(|v| vec![v]),
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
