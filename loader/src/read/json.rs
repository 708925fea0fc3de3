// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A map as one JSON object (`maps --json` in cli-v1), straight from its bytes.

use std::{io::Write, ops::ControlFlow};

use bpfsign_format::MapSchema;
use bpfsign_verify::{Error, Result};
use serde::Serialize;
use serde_json::json;

use super::{MapReader, RawValue};

/// An entry: one value, or one for each CPU.
#[derive(Serialize)]
struct Entry<'v> {
    key: RawValue<'v>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<RawValue<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<RawValue<'v>>>,
}

impl MapReader {
    /// Writes the map's first entries, at most `limit`, in the kernel's order, without
    /// holding more than one.
    ///
    /// # Errors
    /// As [`MapReader::for_each`], and [`Io`](bpfsign_verify::Reason::Io) of the output.
    pub fn write_json(
        &self,
        out: &mut impl Write,
        (package, map): (&str, &str),
        limit: usize,
    ) -> Result<()> {
        let output = |e: std::io::Error| Error::new("output", e);
        let (package, map) = (json!(package), json!(map));
        write!(out, "{{\"package\":{package},\"map\":{map},\"entries\":[").map_err(output)?;
        let schema = self.schema();
        let mut written = 0;
        self.for_each_raw(|key, values| {
            if written == limit {
                return Ok(ControlFlow::Break(()));
            }
            if written > 0 {
                out.write_all(b",").map_err(output)?;
            }
            written += 1;
            let entry = Entry {
                key: RawValue { layout: &schema.key, bytes: key },
                value: values
                    .first()
                    .filter(|_| !schema.per_cpu)
                    .copied()
                    .map(|bytes| value(schema, bytes)),
                values: schema
                    .per_cpu
                    .then(|| values.iter().map(|bytes| value(schema, bytes)).collect()),
            };
            serde_json::to_writer(&mut *out, &entry).map_err(|e| output(e.into()))?;
            Ok(ControlFlow::Continue(()))
        })?;
        out.write_all(b"]}\n").map_err(output)
    }
}

fn value<'v>(schema: &'v MapSchema, bytes: &'v [u8]) -> RawValue<'v> {
    RawValue { layout: &schema.value, bytes }
}
