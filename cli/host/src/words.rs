// SPDX-License-Identifier: Apache-2.0 OR MIT
//! For tests: whether what `bpfsign` tells people to do can be done with it.

use clap::Command;

/// Folders of the repository, which nobody has who installed a package.
const FOLDERS: [&str; 8] =
    ["cli/", "docs/", "keys/", "loader/", "packaging/", "programs/", "scripts/", "testing/"];

/// What a text names and `command` lacks: verbs, long options and pages of the manual.
///
/// A command stands in backticks, after a colon or at the start of a line, and begins with
/// `bpfsign`; one that begins otherwise is another program's, and not looked at. Options
/// outside of commands are those of any verb. Words in capitals are placeholders.
pub fn unknown_words(text: &str, command: &Command) -> Vec<String> {
    let mut unknown = Vec::new();
    for (i, part) in text.split('`').enumerate() {
        if i % 2 == 1 {
            check_command(part, command, &mut unknown);
            continue;
        }
        for line in part.lines().map(str::trim) {
            if line.starts_with("bpfsign ") {
                check_command(line, command, &mut unknown);
                continue;
            }
            for sentence in line.split("; ").flat_map(|part| part.split(". ")) {
                let (prose, code) = sentence.split_once(": ").unwrap_or((sentence, ""));
                check_prose(prose, command, &mut unknown);
                match code.starts_with("--") {
                    true => check_prose(code, command, &mut unknown),
                    false => check_command(code, command, &mut unknown),
                }
            }
        }
    }
    unknown
}

/// Paths in the repository that a text names.
pub fn repository_paths(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(bare);
    words.filter(|w| FOLDERS.iter().any(|f| w.starts_with(f))).map(str::to_owned).collect()
}

/// The verbs that run something, as `["repo", "verify"]`; not those that are hidden.
pub fn leaves(command: &Command) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for verb in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        let name = verb.get_name().to_owned();
        match verb.has_subcommands() {
            false => all.push(vec![name]),
            true => {
                all.extend(leaves(verb).into_iter().map(|leaf| [vec![name.clone()], leaf].concat()))
            }
        }
    }
    all
}

/// Everything that `--help` of a command and of its verbs says.
pub fn helps(command: &Command) -> Vec<String> {
    let styled = [
        command.get_about(),
        command.get_long_about(),
        command.get_before_help(),
        command.get_after_help(),
        command.get_after_long_help(),
    ];
    let mut all: Vec<String> = styled.into_iter().flatten().map(ToString::to_string).collect();
    for argument in command.get_arguments() {
        let styled = [argument.get_help(), argument.get_long_help()];
        all.extend(styled.into_iter().flatten().map(ToString::to_string));
    }
    all.extend(command.get_subcommands().flat_map(helps));
    all
}

/// The string literals of Rust source, without raw ones, with what their escapes mean.
pub fn literals(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in joined(source).lines() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        let code = code.replace("'\"'", "").replace("\\\\", "\u{0}");
        let code = code.replace("\\\"", "\u{1}");
        let odd = code.split('"').skip(1).step_by(2);
        all.extend(
            odd.map(|l| l.replace("\\n", "\n").replace('\u{1}', "\"").replace('\u{0}', "\\")),
        );
    }
    all
}

/// Each literal that goes on after a backslash on one line.
fn joined(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines() {
        match line.strip_suffix('\\') {
            Some(start) => text += start.trim_start(),
            None => text += &format!("{}\n", line.trim_start()),
        }
    }
    text
}

fn check_command(code: &str, command: &Command, unknown: &mut Vec<String>) {
    let mut words = code.split_whitespace();
    match words.next() {
        Some("bpfsign") => {}
        Some("man") => {
            let page = words.next().map(bare).unwrap_or_default();
            if page.starts_with("bpfsign")
                && !pages(command, "bpfsign").iter().any(|name| name == page)
            {
                unknown.push(format!("man {page}"));
            }
            return;
        }
        _ => return,
    }
    let (mut chain, mut descends) = (vec![command], true);
    for word in words.map(bare) {
        let at = chain[chain.len() - 1];
        if let Some(option) = long_option(word) {
            if !has_option(&chain, option) {
                unknown.push(format!("{} --{option}", at.get_name()));
            }
        } else if descends && at.has_subcommands() {
            match at.find_subcommand(word) {
                Some(verb) => chain.push(verb),
                None if is_placeholder(word) => descends = false,
                None => {
                    unknown.push(format!("{} {word}", at.get_name()));
                    return;
                }
            }
        }
    }
}

fn check_prose(prose: &str, command: &Command, unknown: &mut Vec<String>) {
    for option in prose.split_whitespace().map(bare).filter_map(long_option) {
        if !has_option_somewhere(command, option) {
            unknown.push(format!("--{option}"));
        }
    }
}

/// A word without what surrounds it in a sentence.
fn bare(word: &str) -> &str {
    word.trim_matches(|c| ",.;:()`'\"".contains(c))
}

fn long_option(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--")?.split('=').next()?;
    name.starts_with(|c: char| c.is_ascii_lowercase()).then_some(name)
}

fn is_placeholder(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether the last of these commands, each a verb of the one before, takes an option.
fn has_option(chain: &[&Command], name: &str) -> bool {
    let takes = |command: &Command, only_global: bool| {
        let mut long = command.get_arguments().filter(|arg| arg.get_long() == Some(name));
        long.any(|arg| !only_global || arg.is_global_set())
    };
    ["help", "version"].contains(&name)
        || chain.iter().any(|command| takes(command, true))
        || chain.last().is_some_and(|command| takes(command, false))
}

fn has_option_somewhere(command: &Command, name: &str) -> bool {
    has_option(&[command], name)
        || command.get_subcommands().any(|verb| has_option_somewhere(verb, name))
}

/// The pages of the manual about a command, which is called `name`, and its verbs.
fn pages(command: &Command, name: &str) -> Vec<String> {
    let verbs = command.get_subcommands();
    let more = verbs.flat_map(|verb| pages(verb, &format!("{name}-{}", verb.get_name())));
    more.chain([name.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;

    fn command() -> Command {
        let json = Arg::new("json").long("json").global(true);
        let trust = Arg::new("trust").long("trust");
        let verify = Command::new("verify").arg(trust).about("Verify a package");
        let repo = Command::new("repo").subcommand(verify.clone());
        let hidden = Command::new("manual").hide(true);
        Command::new("bpfsign").arg(json).subcommands([verify, repo, hidden])
    }

    #[track_caller]
    fn unknown(text: &str) -> Vec<String> {
        unknown_words(text, &command())
    }

    #[test]
    fn what_there_is_passes() {
        for text in [
            "`bpfsign verify FILE --trust PUB --json` shows it, and `bpfsign repo verify DIR` too",
            "have it verified: bpfsign repo verify, then sign",
            "Example:\n  bpfsign verify p.bpfpkg",
            "install a newer bpfsign on this host; bpfsign reads it",
            "give --trust PUB, or (--json)",
            "name it: --trust PUB",
            "`man bpfsign-repo-verify` and `man bpfsign`",
            "`bpfsign VERB --help`",
            // Other programs have options of their own.
            "create it: groupadd --system agents",
            "`openssl dgst --sm3`",
        ] {
            assert_eq!(unknown(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_there_is_not_is_told() {
        for (text, missing) in [
            ("`bpfsign sign FILE`", "bpfsign sign"),
            ("have it signed: bpfsign sign --key KEY", "bpfsign sign"),
            ("bpfsign sign --key KEY", "bpfsign sign"),
            ("Example:\n  bpfsign repo build", "repo build"),
            ("`bpfsign repo --trust PUB verify DIR`", "repo --trust"),
            ("`bpfsign verify --key KEY`", "verify --key"),
            ("give --key FILE", "--key"),
            ("give it. Else give (--key=FILE).", "--key"),
            ("name it: --key FILE", "--key"),
            ("`man bpfsign-sign`", "man bpfsign-sign"),
        ] {
            assert_eq!(unknown(text), [missing], "{text}");
        }
    }

    #[test]
    fn paths_in_the_repository_are_found() {
        let text = "see docs/spec/x.md, `loader/src` and /usr/share/doc/x (scripts/a.sh)";
        assert_eq!(repository_paths(text), ["docs/spec/x.md", "loader/src", "scripts/a.sh"]);
    }

    #[test]
    fn leaves_are_the_verbs_that_run() {
        assert_eq!(leaves(&command()), [vec!["verify"], vec!["repo", "verify"]]);
        assert_eq!(helps(&command()), ["Verify a package", "Verify a package"]);
    }

    #[test]
    fn literals_are_what_is_between_quotes() {
        let source =
            "// \"no\"\nlet a = \"one \\\n    line\";\nlet q = '\"'; f(\"a\\\"b\\n\", \"c\\\\\")";
        assert_eq!(literals(source), ["one line", "a\"b\n", "c\\"]);
    }
}
