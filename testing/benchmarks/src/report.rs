// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One table of all figures, printed as they come, and the same as JSON.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Result,
    figure::{Figure, Unit},
};

/// What is written and compared with: the figures, and where they were measured.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Figures {
    kernel: String,
    cpus: usize,
    runs: usize,
    figures: Vec<Figure>,
}

/// Prints figures and keeps them.
pub struct Report {
    now: Figures,
    before: Option<Figures>,
    json: Option<PathBuf>,
}

impl Report {
    /// One that compares with the figures of a file, and writes to one.
    pub fn new(compare: Option<&Path>, json: Option<&Path>) -> Result<Self> {
        let read = |path: &Path| -> Result<Figures> {
            let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok(serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?)
        };
        let before = compare.map(read).transpose()?;
        Ok(Self { now: Figures::default(), before, json: json.map(Path::to_owned) })
    }

    /// Prints where this is, and the head of the table.
    pub fn begin(&mut self, runs: usize) -> Result<()> {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned();
        let cpus = std::thread::available_parallelism()?.get();
        println!("Linux {kernel}, {cpus} CPUs; times are medians of {runs} runs of each of two,");
        println!("one after the other; a ratio below 1 says that ours is the smaller.\n");
        if let Some(before) = &self.before
            && (&before.kernel, before.cpus) != (&kernel, cpus)
        {
            println!("before: on Linux {}, {} CPUs\n", before.kernel, before.cpus);
        }
        self.now = Figures { kernel, cpus, runs, figures: Vec::new() };
        let before = if self.before.is_some() { "      before  now/before" } else { "" };
        println!("{:<50} {:>2} {:>11}{before} {:>11} {:>6}", "", "", "ours", "theirs", "ratio");
        Ok(())
    }

    /// A measurement begins.
    pub fn measurement(&self, name: &str) {
        println!("\n{name}");
    }

    /// Adds a figure.
    pub fn add(&mut self, figure: Figure) -> Result<()> {
        let number = |value: f64| with_thousands(value, figure.unit);
        let mut line = format!(
            "  {:<48} {:>2} {:>11}",
            figure.name,
            figure.unit.short(),
            number(figure.value)
        );
        if let Some(before) = &self.before {
            let then = before.figures.iter().find(|f| f.name == figure.name);
            let ratio = then.filter(|f| f.value > 0.0).map(|f| figure.value / f.value);
            line += &format!(
                " {:>11} {:>11}",
                then.map_or("-".to_owned(), |f| number(f.value)),
                ratio.map_or("-".to_owned(), |r| format!("{r:.2}"))
            );
        }
        if let Some(rival) = &figure.rival {
            let ratio = figure.ratio().map_or("-".to_owned(), |r| format!("{r:.2}"));
            line += &format!(" {:>11} {ratio:>6}  {}", number(rival.value), rival.name);
        }
        println!("{line}");
        std::io::stdout().flush()?;
        self.now.figures.push(figure);
        // Each time, so that a run that is ended has written what it measured.
        if let Some(json) = &self.json {
            fs::write(json, serde_json::to_vec_pretty(&self.now)?)
                .map_err(|e| format!("{}: {e}", json.display()))?;
        }
        Ok(())
    }
}

/// `1,234,567.89`, with as many digits as the unit has.
fn with_thousands(value: f64, unit: Unit) -> String {
    let text = format!("{value:.*}", unit.digits());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(with_thousands(1_234_567.0, Unit::Bytes), "1,234,567");
        assert_eq!(with_thousands(999.994, Unit::Milliseconds), "999.99");
        assert_eq!(with_thousands(1000.0, Unit::Seconds), "1,000.00");
        assert_eq!(with_thousands(0.0, Unit::Count), "0");
    }
}
