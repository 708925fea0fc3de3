// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A target: the kernels that a program is built for, and what they can do.

use bpfsign_format::{bpf::helper_name, is_target_name};
use serde::{Deserialize, Serialize};

use super::tables::{self, KernelVersion};

/// A target profile, `<name>.toml`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The version of the file format, 1.
    pub target: u32,
    /// The file's name without `.toml`.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// The processor's architecture; `x86_64`.
    pub arch: String,
    /// The mainline kernel whose helpers, types and features it has.
    pub kernel: String,
    /// The newest `-mcpu` that it runs, 1 to 4.
    pub cpu: u8,
    /// How many instructions a program may have.
    pub instructions: usize,
    /// What its vendor added to that kernel: `helper:NAME`, `program:TYPE`,
    /// `map:TYPE` or `feature:NAME`.
    #[serde(default)]
    pub with: Vec<String>,
    /// What its vendor left out of that kernel, in the same form.
    #[serde(default)]
    pub without: Vec<String>,
}

impl Target {
    /// Parses a profile and checks that every name in it is known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let target: Self = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        target.check()?;
        Ok(target)
    }

    fn check(&self) -> Result<(), String> {
        let require = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        require(self.target == 1, "`target` must be 1, the version of this format")?;
        require(
            is_target_name(&self.name),
            "`name` must be [a-z0-9][a-z0-9.-]*, at most 48 bytes",
        )?;
        require(self.arch == "x86_64", "`arch` must be \"x86_64\"")?;
        require(
            KernelVersion::parse(&self.kernel).is_some(),
            "`kernel` must be a mainline kernel, as \"5.10\"",
        )?;
        require((1..=4).contains(&self.cpu), "`cpu` must be 1, 2, 3 or 4, as in -mcpu=v3")?;
        require(self.instructions > 0, "`instructions` must be at least 1")?;
        match self.with.iter().chain(&self.without).find(|item| !is_known(item)) {
            Some(item) => Err(format!(
                "{item:?} in `with` or `without` is not known: helper:NAME, program:TYPE, map:TYPE, \
                 feature:NAME"
            )),
            None => Ok(()),
        }
    }

    /// The mainline kernel that it counts as.
    pub fn kernel(&self) -> KernelVersion {
        // Checked when it was parsed.
        KernelVersion::parse(&self.kernel).unwrap_or(KernelVersion(0, 0))
    }

    fn has(&self, item: &str, since: Option<KernelVersion>) -> bool {
        let listed = |list: &[String]| list.iter().any(|i| i == item);
        match since {
            _ if listed(&self.with) => true,
            _ if listed(&self.without) => false,
            Some(since) => since <= self.kernel(),
            None => false,
        }
    }

    #[must_use]
    pub(crate) fn has_helper(&self, number: u32) -> bool {
        let since = tables::helper_since(number);
        self.has(&format!("helper:{}", helper_name(number)), since)
    }

    #[must_use]
    pub(crate) fn has_program_type(&self, name: &str) -> bool {
        self.has(&format!("program:{name}"), tables::type_since("prog", name))
    }

    #[must_use]
    pub(crate) fn has_map_type(&self, name: &str) -> bool {
        self.has(&format!("map:{name}"), tables::type_since("map", name))
    }

    /// Whether its kernels have a feature of the table.
    #[must_use]
    pub(crate) fn has_feature(&self, name: &str) -> bool {
        let since = tables::features().find(|f| f.name == name).map(|f| f.since);
        self.has(&format!("feature:{name}"), since)
    }

    /// The features that it has, by name.
    pub fn features(&self) -> Vec<&'static str> {
        tables::features().map(|f| f.name).filter(|name| self.has_feature(name)).collect()
    }
}

fn is_known(item: &str) -> bool {
    match item.split_once(':') {
        Some(("helper", name)) => tables::is_helper(name),
        Some(("program", name)) => tables::type_since("prog", name).is_some(),
        Some(("map", name)) => tables::type_since("map", name).is_some(),
        Some(("hook", _)) => true,
        Some(("feature", name)) => tables::features().any(|f| f.name == name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "target = 1\nname = \"own\"\nsummary = \"x\"\narch = \"x86_64\"\n\
                        kernel = \"4.19\"\ncpu = 2\ninstructions = 4096\n";

    #[test]
    fn vendors_add_and_leave_out() {
        let plain = Target::parse(TEXT).unwrap();
        assert!(!plain.has_feature("global-data") && plain.has_helper(4));
        assert!(!plain.has_map_type("ringbuf") && !plain.has_program_type("tracing"));
        let changed = format!(
            "{TEXT}with = [\"map:ringbuf\", \"feature:global-data\"]\n\
             without = [\"helper:probe_read\"]\n"
        );
        let changed = Target::parse(&changed).unwrap();
        assert!(changed.has_feature("global-data") && changed.has_map_type("ringbuf"));
        assert!(!changed.has_helper(4) && changed.has_helper(1));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (from, to) in [
            ("target = 1", "target = 2"),
            ("\"own\"", "\"../own\""),
            ("x86_64", "riscv64"),
            ("\"4.19\"", "\"4\""),
            ("cpu = 2", "cpu = 5"),
            ("= 4096", "= 0"),
            ("= 4096\n", "= 4096\nwith = [\"helper:probe_raed\"]\n"),
            ("= 4096\n", "= 4096\nother = 1\n"),
        ] {
            assert!(TEXT.contains(from));
            assert!(Target::parse(&TEXT.replace(from, to)).is_err(), "{to}");
        }
    }
}
