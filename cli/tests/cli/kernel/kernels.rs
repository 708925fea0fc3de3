// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The same tests on every kernel of the matrix, each booted in QEMU with the
//! processor of the hosts. `make test-kernels` fetches the kernels and makes the
//! static programs that run in them.

use std::{fs, time::Duration};

use bpfsign_packaging::{Boot, Console};
use bpfsign_scenarios::PROGRAMS;
use serde_json::Value;

use crate::common::{
    Host, bpfsign,
    matrix::{Packages, kernel, prepared},
    repository, roots_scratch, text,
};

/// How many tests the guest runs.
const TESTS: usize = 36;

/// Boots, and holds every test to its word.
fn test_kernel(name: &str, append: &str, row: &str) {
    let packages = Packages::build();
    let boot = Boot {
        kernel: &kernel(name),
        initramfs: &packages.initramfs(&kernel(name).with_file_name("modules")),
        append,
        timeout: Duration::from_secs(600),
    };
    let console = boot.run().unwrap_or_else(|e| panic!("{e}"));
    let found = console.results.first().map(|r| &r["kernel"]);
    let found = found.unwrap_or_else(|| panic!("no result{}", console.tail()));
    assert_eq!(found["vendor"], "HygonGenuine");
    let release = found["release"].as_str().unwrap().to_owned();
    assert!(release.starts_with(&format!("{name}.")), "{release}");
    let version = version_of(name);
    let tests: Vec<&Value> = console.results.iter().filter(|r| r["test"].is_string()).collect();
    assert_eq!(tests.len(), TESTS, "{:?}{}", console.results, console.tail());
    let mut failed = Vec::new();
    for test in &tests {
        let min = (test["min"][0].as_u64().unwrap(), test["min"][1].as_u64().unwrap());
        let passed = test["outcome"] == "passed";
        // A skip on a kernel that the test says it runs on is a failure.
        let skipped = test["outcome"] == "skipped" && version < min;
        println!("  {release}: {} ... {}", test["test"], test["outcome"]);
        if !passed && !skipped {
            failed.push(test.to_string());
        }
    }
    assert!(failed.is_empty(), "on {release}:\n{}", failed.join("\n"));
    write_row(&console, &release, row);
}

fn version_of(name: &str) -> (u64, u64) {
    let (major, minor) = name.split_once('.').unwrap();
    (major.parse().unwrap(), minor.parse().unwrap())
}

/// The kernel's line in the table of results.
fn write_row(console: &Console, release: &str, name: &str) {
    let row = console.results.iter().find(|r| r["row"].is_object()).map(|r| &r["row"]).unwrap();
    let kernel = &console.results[0]["kernel"];
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let counts: Vec<String> =
        row["counts"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let hidden = if name.ends_with("without-btf") { ", its BTF hidden" } else { "" };
    let metrics = if row["metrics"] == true { "; metrics text" } else { "" };
    let line = format!(
        "| {release}{hidden} | {} | `{}` | {} | {} pinned, {} held | calls by hook: {}{metrics} |\n",
        word(&kernel["vendor"]),
        word(&row["variant"]).replace("objects/", "").replace(".bpf.o", ""),
        word(&row["btf"]),
        row["pinned"],
        row["held"],
        counts.join(", "),
    );
    fs::write(prepared("BPFSIGN_KERNEL_ROWS").join(format!("{name}.row")), line).unwrap();
}

#[test]
#[ignore = "needs what make test prepares"]
fn linux_5_10() {
    test_kernel("5.10", "", "1-5.10");
}

#[test]
#[ignore = "needs what make test prepares"]
fn linux_5_10_that_hides_its_btf() {
    test_kernel("5.10", "bpfsign.hide-btf", "0-5.10-without-btf");
}

#[test]
#[ignore = "needs what make test prepares"]
fn linux_6_1() {
    test_kernel("6.1", "", "2-6.1");
}

#[test]
#[ignore = "needs what make test prepares"]
fn linux_6_12() {
    test_kernel("6.12", "", "3-6.12");
}

/// What a user does with a kernel of one's own.
#[test]
#[ignore = "needs what make test prepares"]
fn vmtest_tells_what_a_package_does_on_a_kernel() {
    let host = Host::new();
    let package = text(host.package());
    let guest = text(prepared("BPFSIGN_GUEST"));
    let vmtest = |kernel: &str| {
        bpfsign(["vmtest", "--json", &package, "--kernel", kernel, "--guest", &guest])
    };
    let ran = vmtest(&text(kernel("6.1")));
    let json = ran.json();
    ran.ok();
    assert_eq!(json["passed"], true, "{json}");
    assert_eq!(json["kernel"]["vendor"], "HygonGenuine");
    assert_eq!(json["outcome"]["load"]["btf"], "kernel");
    assert!(json["outcome"]["maps"]["latency"]["filled"].as_u64().unwrap() > 0);
    assert!(json["outcome"]["metrics_lines"].as_u64().unwrap() > 0);
    // Only a file that is no kernel is needed to see QEMU refuse it.
    let no_kernel = host.path("no-kernel");
    fs::write(&no_kernel, "no kernel").unwrap();
    let ran = vmtest(&text(no_kernel));
    assert_eq!(ran.exit(), 1);
    assert_eq!(ran.json()["error"]["code"], "machine");
}

/// Every program, checked against the BTF of every kernel of each target that it
/// declares; 5.10's stands in for the kernels of Kylin.
#[test]
#[ignore = "needs what make test prepares"]
fn every_program_passes_the_check_for_every_target() {
    let dir = roots_scratch();
    let targets = text(dir.path().join("targets"));
    let known = [
        ("kylin-v10-4.19", "5.10"),
        ("kylin-v10-5.10", "5.10"),
        ("generic", "6.1"),
        ("generic", "6.12"),
    ];
    for (target, name) in known {
        let image = text(kernel(name));
        bpfsign(["target", "add-btf", target, &image, "--targets", &targets]).ok();
    }
    for program in PROGRAMS {
        let package = text(dir.path().join(format!("{program}.bpfpkg")));
        let source = text(repository().join("programs").join(program));
        bpfsign(["build", &source, "-o", &package, "--targets", &targets]).ok();
        for (target, kernels) in [("kylin-v10-4.19", 1), ("kylin-v10-5.10", 1), ("generic", 2)] {
            let args = ["check", "--json", &package, "--target", target, "--targets", &targets];
            let checked = bpfsign(args).json();
            let object = &checked["objects"][0];
            assert_eq!(object["findings"].as_array().map(Vec::len), Some(0), "{checked}");
            assert_eq!(object["kernels"].as_array().map(Vec::len), Some(kernels), "{checked}");
        }
    }
}
