// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The configurations in packaging/agents against the packages.

use std::{collections::BTreeSet, fs};

use bpfsign_scenarios::PROGRAMS;

use crate::common::{agent_configuration as configuration, repository};

/// A metric that no map describes: only a census prints it.
const PRINTED_ONLY: &str = "bpfsign_fd_open_descriptors";

/// Configurations, rules and the dashboard name no metric that no package has.
#[test]
fn configurations_name_metrics_that_there_are() {
    let mut known = BTreeSet::from([PRINTED_ONLY.to_owned()]);
    for name in PROGRAMS {
        let file = repository().join("programs").join(name).join("program.toml");
        let toml = fs::read_to_string(file).unwrap();
        let names = toml.lines().filter_map(|l| l.strip_prefix("name = \"bpfsign_"));
        known.extend(names.map(|n| format!("bpfsign_{}", n.trim_end_matches('"'))));
    }
    assert!(known.len() > 2 * PROGRAMS.len(), "{known:?}");
    for path in ["zabbix/bpfsign.yaml", "prometheus/bpfsign.rules.yml", "grafana/bpfsign.json"] {
        let configuration = configuration(path);
        let mut named = 0;
        for part in configuration.split("bpfsign_").skip(1) {
            let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let name = format!("bpfsign_{}", &part[..end.unwrap_or(part.len())]);
            let family = ["_sum", "_count", "_bucket"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(&name);
            // A regular expression goes on behind it.
            assert!(known.contains(family) || name == "bpfsign_", "{path}: {name}");
            named += 1;
        }
        assert!(named > 5, "{path}");
    }
}
