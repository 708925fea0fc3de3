// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Text out of files, made harmless.

/// Names in files and objects may hold anything; a terminal must not obey them.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_not_passed_on() {
        assert_eq!(printable("a\u{1b}[2J\r\u{9b}b\nc"), "a?[2J??b\nc");
    }
}
