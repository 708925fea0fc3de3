// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Prometheus text as OpenMetrics 1.0: families of counters are called without `_total`,
//! bounds of buckets are floating-point numbers, and `# EOF` ends the text
//! (OpenMetrics 1.0, sections "Counter", "Histogram" and "ABNF").

/// The same metrics as OpenMetrics.
pub(super) fn of(text: &str) -> String {
    let counters: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        match line.strip_prefix("# ").and_then(|rest| rest.split_once(' ')) {
            Some((keyword, rest)) => {
                let (name, more) = rest.split_once(' ').unwrap_or((rest, ""));
                let family = match counters.contains(&name) {
                    true => name.strip_suffix("_total").unwrap_or(name),
                    false => name,
                };
                out += &format!("# {keyword} {family} {more}\n");
            }
            None => out += &format!("{}\n", with_float_bound(line)),
        }
    }
    out + "# EOF\n"
}

/// `le="63"` becomes `le="63.0"`.
fn with_float_bound(line: &str) -> String {
    const BOUND: &str = "le=\"";
    let Some((before, rest)) = line.split_once(BOUND) else { return line.to_owned() };
    match rest.split_once('"') {
        Some((bound, after)) if bound.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{before}{BOUND}{bound}.0\"{after}")
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn counters_bounds_and_end() {
        let text = "# HELP a_total Things.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n\
                    # HELP b_bytes Sizes.\n# TYPE b_bytes histogram\n\
                    b_bytes_bucket{le=\"1\"} 1\nb_bytes_bucket{le=\"+Inf\"} 1\n\
                    b_bytes_sum 1\nb_bytes_count 1\n";
        let expected = "# HELP a Things.\n# TYPE a counter\na_total{x=\"1\"} 2\n\
                        # HELP b_bytes Sizes.\n# TYPE b_bytes histogram\n\
                        b_bytes_bucket{le=\"1.0\"} 1\nb_bytes_bucket{le=\"+Inf\"} 1\n\
                        b_bytes_sum 1\nb_bytes_count 1\n# EOF\n";
        assert_eq!(of(text), expected);
        assert_eq!(of(""), "# EOF\n");
    }
}
