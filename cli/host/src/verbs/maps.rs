// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign maps`.

mod text;

use std::{
    io::{BufWriter, Write},
    ops::ControlFlow,
};

use bpfsign_loader::{MapReader, Value, schema};
use bpfsign_verify::{Error, Host};
use serde_json::json;

use crate::{Run, args::HostArgs, failure::Failure, report::Report};

/// Show a package's maps, or the entries of one.
///
/// Values are decoded with the package's schema. Members of the agents' group
/// may run it where the kernel lets users without privilege open maps (6.1
/// does, 5.10 does not); `bpfsign metrics` works there too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bpfsign maps sched-latency latency --sort sum_ns --limit 5")]
pub struct Maps {
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

impl Run for Maps {
    fn run(self, as_json: bool) -> Result<Report, Failure> {
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
        let mut left = limit.unwrap_or(usize::MAX);
        let reader = self.reader;
        if self.as_json {
            return reader.write_json(out, names, left);
        }
        reader.for_each(|key, values| {
            if left == 0 {
                return Ok(ControlFlow::Break(()));
            }
            left -= 1;
            self.entry(out, &(key, values))?;
            Ok(ControlFlow::Continue(()))
        })
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

    fn end(&self, out: &mut impl Write) -> Result<(), Error> {
        if !self.as_json {
            return Ok(());
        }
        writeln!(out, "]}}").map_err(output)
    }
}

fn output(error: std::io::Error) -> Error {
    Error::new("standard output", error)
}
