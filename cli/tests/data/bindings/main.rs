// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Prints the maps of the package `kinds`, as every other language does.

mod kinds;

use kinds::Map;

fn main() -> std::io::Result<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| kinds::PIN_ROOT.to_owned());
    let plain = match kinds::Plain::open(&root) {
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => std::process::exit(3),
        plain => plain?,
    };
    for (key, values) in plain.entries()? {
        let v = &values[0];
        let raw = key.raw.map(|b| b.to_string()).join(",");
        let grid: String = key.grid.iter().map(|b| format!("{b:02x}")).collect();
        let several = v.several.map(|n| n.to_string()).join(",");
        let (kind, few, set) = (key.type_, key.few, u8::from(v.is_set));
        println!(
            "{kind} {few} {raw} {grid} {} {} {several} {} {set} {}",
            v.large, v.negative, v.text, v.small
        );
    }
    for (key, values) in kinds::EachCpu::open(&root)?.entries()? {
        let values: Vec<String> = values.iter().map(|v| v.value.to_string()).collect();
        println!("{}: {}", key.number, values.join(" "));
    }
    Ok(())
}
