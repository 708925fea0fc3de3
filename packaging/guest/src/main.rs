// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first process of `bpfsign vmtest`: loads the package, gives the machine
//! something to do, reads what the package measured, unloads it, and switches
//! off.
#![forbid(unsafe_code)]

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use bpfsign_guest::{
    Kernel, Ran, bpfsign, load_modules, power_off, programs_in_kernel, say, set_up,
};
use serde_json::{Value, json};

/// How long the machine is kept busy.
const BUSY: Duration = Duration::from_secs(3);

fn main() {
    set_up();
    let kernel = Kernel::running();
    say(&json!({ "kernel": {
        "release": kernel.release,
        "vendor": kernel.vendor,
        "model": kernel.model,
    }}));
    let tested = test();
    say(&tested.unwrap_or_else(|error| json!({ "failed": error })));
    power_off()
}

fn test() -> Result<Value, String> {
    load_modules(Path::new("/modules")).map_err(|failed| failed.join("\n"))?;
    let loaded = bpfsign(&["load", "--json", "/package.bpfpkg"])?;
    if loaded.exit() != 0 {
        return Ok(json!({ "load": failure(&loaded) }));
    }
    let record = loaded.json();
    let name = record["name"].as_str().unwrap_or_default().to_owned();
    be_busy();
    let status = bpfsign(&["status", "--json", &name])?.json();
    let metrics = bpfsign(&["metrics", &name])?;
    let metrics = (metrics.exit() == 0).then(|| metrics.stdout().lines().count());
    let maps = maps(&name)?;
    bpfsign(&["unload", &name])?.ok()?;
    Ok(json!({
        "load": record,
        "health": status["packages"][0]["health"],
        "holder": status["packages"][0]["holder"],
        "maps": maps,
        "metrics_lines": metrics,
        "left": left(&record),
    }))
}

fn failure(ran: &Ran) -> Value {
    json!({ "exit": ran.exit(), "error": ran.json()["error"] })
}

/// Processes that come, wait for a CPU, sleep, read files and go.
fn be_busy() {
    let end = Instant::now() + BUSY;
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while Instant::now() < end {
                    let _ = Command::new("/bin/bpfsign").arg("--version").output();
                    let _ = fs::write("/tmp/busy", [0; 4096]);
                    let _ = fs::read("/tmp/busy");
                    thread::sleep(Duration::from_millis(2));
                }
            });
        }
    });
}

/// How many entries each map that has keys holds, and how many of them are not
/// all zero.
fn maps(name: &str) -> Result<Value, String> {
    let schema = bpfsign(&["maps", "--json", name])?.json();
    let mut found = serde_json::Map::new();
    for (map, layout) in schema["maps"].as_object().into_iter().flatten() {
        if layout["key"]["fields"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let read = bpfsign(&["maps", "--json", name, map])?;
        if read.exit() != 0 {
            found.insert(map.clone(), failure(&read));
            continue;
        }
        let read = read.json();
        let entries = read["entries"].as_array().cloned().unwrap_or_default();
        let filled = entries.iter().filter(|e| !is_zero(&e["value"]) || !is_zero(&e["values"]));
        let counts = json!({ "entries": entries.len(), "filled": filled.count() });
        found.insert(map.clone(), counts);
    }
    Ok(Value::Object(found))
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.chars().all(|c| c == '0'),
        Value::Array(all) => all.iter().all(is_zero),
        Value::Object(all) => all.values().all(is_zero),
    }
}

/// The package's programs that are still in the kernel after it was unloaded;
/// it frees them a moment later.
fn left(record: &Value) -> Vec<String> {
    let names: Vec<&str> = record["programs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| p["name"].as_str())
        .collect();
    let mut left = Vec::new();
    for _ in 0..50 {
        left = programs_in_kernel();
        // The kernel keeps fifteen bytes of a name.
        left.retain(|p| {
            names.iter().any(|n| n.as_bytes().starts_with(p.as_bytes()) && !p.is_empty())
        });
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    left
}
