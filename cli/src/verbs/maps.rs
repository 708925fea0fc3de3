// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign maps`.

mod text;

use std::{
    io::{BufWriter, Write},
    ops::ControlFlow,
};

use bpfsign_loader::{Error, Host, MapReader, RawValue, Reason, Value, schema};
use serde::Serialize;
use serde_json::json;

use crate::{args::HostArgs, failure::Failure, report::Report};

/// Show a package's maps, or the entries of one.
///
/// Values are decoded with the package's schema. Members of the agents' group
/// may run it where the kernel lets users without privilege open maps (6.1
/// does, 5.10 does not); `bpfsign metrics` works there too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign maps sched-latency latency --sort sum_ns --limit 5")]
pub(crate) struct Maps {
    #[command(flatten)]
    host: HostArgs,
    /// Show the entries with the largest values of this field first.
    #[arg(long, value_name = "FIELD", requires = "map")]
    sort: Option<String>,
    /// Show at most this many entries.
    #[arg(long, value_name = "N", requires = "map")]
    limit: Option<usize>,
    /// The package.
    #[arg(value_name = "NAME")]
    name: String,
    /// The map.
    #[arg(value_name = "MAP")]
    map: Option<String>,
}

type Entry = (Value, Vec<Value>);

impl Maps {
    pub(crate) fn run(self, as_json: bool) -> Result<Report, Failure> {
        let host = Host::from(self.host);
        let Some(map) = &self.map else {
            let schema = schema(&host, &self.name)?;
            return Report::new(text::summary(&schema), &schema);
        };
        let reader = MapReader::open(&host, &self.name, map)?;
        if let Some(field) = &self.sort
            && !reader.schema().value.fields.iter().any(|f| f.name == *field)
        {
            let message = format!("the values of map `{map}` have no field `{field}`");
            return Err(Failure::usage(message, text::fields(reader.schema())));
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut printer = Printer { as_json, first: true, reader: &reader };
        let written = match &self.sort {
            None => printer.stream(&mut out, (&self.name, map), self.limit),
            Some(field) => printer.sorted(&mut out, (&self.name, map), field, self.limit),
        };
        Report::streamed(written, &mut out)
    }
}

/// An entry of `--json`: one value, or one for each CPU.
#[derive(Serialize)]
struct RawEntry<'v> {
    key: RawValue<'v>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<RawValue<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<RawValue<'v>>>,
}

struct Printer<'r> {
    as_json: bool,
    first: bool,
    reader: &'r MapReader,
}

impl Printer<'_> {
    /// In the kernel's order, without holding more than one entry.
    fn stream(
        &mut self,
        out: &mut impl Write,
        names: (&str, &str),
        limit: Option<usize>,
    ) -> Result<(), Error> {
        self.start(out, names)?;
        let mut left = limit.unwrap_or(usize::MAX);
        let reader = self.reader;
        reader.for_each_raw(|key, values| {
            if left == 0 {
                return Ok(ControlFlow::Break(()));
            }
            left -= 1;
            match self.as_json {
                true => self.raw_entry(out, key, values)?,
                false => {
                    let decode = |bytes: &&[u8]| Value::decode(&reader.schema().value, bytes);
                    let key = Value::decode(&reader.schema().key, key);
                    let values: Vec<_> = values.iter().map(decode).collect();
                    self.entry(out, &(key, values))?;
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.end(out)
    }

    fn sorted(
        &mut self,
        out: &mut impl Write,
        names: (&str, &str),
        field: &str,
        limit: Option<usize>,
    ) -> Result<(), Error> {
        let mut entries: Vec<Entry> = Vec::new();
        self.reader.for_each(|key, values| {
            entries.push((key, values));
            Ok(ControlFlow::Continue(()))
        })?;
        entries.sort_by_key(|(_, values)| std::cmp::Reverse(text::total(values, field)));
        self.start(out, names)?;
        for entry in entries.iter().take(limit.unwrap_or(usize::MAX)) {
            self.entry(out, entry)?;
        }
        self.end(out)
    }

    fn start(&self, out: &mut impl Write, (package, map): (&str, &str)) -> Result<(), Error> {
        if !self.as_json {
            return Ok(());
        }
        let (package, map) = (json!(package), json!(map));
        write!(out, "{{\"package\":{package},\"map\":{map},\"entries\":[").map_err(output)
    }

    fn entry(&mut self, out: &mut impl Write, (key, values): &Entry) -> Result<(), Error> {
        if !self.as_json {
            return text::entry(out, self.reader.schema(), key, values).map_err(output);
        }
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        let entry = match values.as_slice() {
            [value] if !self.reader.schema().per_cpu => json!({ "key": key.0, "value": value.0 }),
            values => {
                json!({ "key": key.0, "values": values.iter().map(|v| &v.0).collect::<Vec<_>>() })
            }
        };
        write!(out, "{comma}{entry}").map_err(output)
    }

    /// As JSON, straight from the map's bytes.
    fn raw_entry(
        &mut self,
        out: &mut impl Write,
        key: &[u8],
        values: &[&[u8]],
    ) -> Result<(), Error> {
        let schema = self.reader.schema();
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        let key = RawValue { layout: &schema.key, bytes: key };
        let value = |bytes| RawValue { layout: &schema.value, bytes };
        let entry = RawEntry {
            key,
            value: values.first().filter(|_| !schema.per_cpu).map(|v| value(v)),
            values: schema.per_cpu.then(|| values.iter().map(|v| value(v)).collect()),
        };
        out.write_all(comma.as_bytes()).map_err(output)?;
        serde_json::to_writer(out, &entry).map_err(|e| output(e.into()))
    }

    fn end(&self, out: &mut impl Write) -> Result<(), Error> {
        if !self.as_json {
            return Ok(());
        }
        writeln!(out, "]}}").map_err(output)
    }
}

fn output(error: std::io::Error) -> Error {
    Error::new("standard output", Reason::Io(error))
}
