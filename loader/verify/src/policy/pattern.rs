// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Patterns: text in which `*` stands for any run of characters (§1.4).

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|start| text.strip_prefix(start)) else {
            return false;
        };
        let mut parts: Vec<&str> = parts.collect();
        // Without a star, the whole text.
        let Some(end) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(end)
    }
}

impl Pattern {
    /// Whether it matches all that `other` matches. A star in `other` stands for any text, a
    /// star too, so what matches the pattern's own text matches all of it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether one of them matches.
pub(super) fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|p| p.matches(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, other, covers) in
            [("*", "a*", true), ("a*", "ab*", true), ("ab*", "a*", false), ("a*", "*", false)]
        {
            assert_eq!(
                Pattern::new(pattern).covers(&Pattern::new(other)),
                covers,
                "{pattern} {other}"
            );
        }
        for (pattern, text, matches) in [
            ("sched", "sched", true),
            ("sched", "sched-latency", false),
            ("sched-*", "sched-latency", true),
            ("sched-*", "x-sched-latency", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("*-latency", "sched-latency", true),
            ("tp/*/sys_enter_*", "tp/syscalls/sys_enter_read", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("**", "anything", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
        }
    }
}
