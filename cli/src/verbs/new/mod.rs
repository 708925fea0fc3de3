// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `bpfsign new`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bpfsign_files::write_new;
use bpfsign_format::is_package_name;
use bpfsign_host::{Failure, Report, Run};
use serde_json::json;

/// What a new program starts from, by the name of the file.
const TEMPLATES: [(&str, &str); 3] = [
    ("@name@.bpf.c", include_str!("template.bpf.c")),
    ("program.toml", include_str!("template.toml")),
    ("README.md", include_str!("template.md")),
];

/// Make a program directory that builds, signs and loads as it stands.
///
/// It counts executions of programs; change it to what you want to know.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bpfsign new my-probe\n  bpfsign build my-probe -o my-probe.bpfpkg"
)]
pub(crate) struct New {
    /// The program's name, which is the directory's: a-z, 0-9 and -.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Run for New {
    fn run(self, _json: bool) -> Result<Report, Failure> {
        let name = self.directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !is_package_name(name) {
            let message = format!("{name:?} is no name of a package");
            let hint = "lower-case letters, digits and -, starting with a letter or digit";
            return Err(Failure::usage(message, hint.to_owned()));
        }
        let io = |path: &Path, error: &std::io::Error| Failure::io(path, error);
        // A directory that exists is never written into: its files belong to the user.
        fs::create_dir(&self.directory).map_err(|e| io(&self.directory, &e))?;
        let mut files = Vec::new();
        for (file, template) in TEMPLATES {
            let path = self.directory.join(file.replace("@name@", name));
            let metric = name.replace('-', "_");
            let defined = format!("BPFSIGN_{}_EXECUTIONS_TOTAL", metric.to_ascii_uppercase());
            let text = template
                .replace("@name@", name)
                .replace("@metric@", &metric)
                .replace("EXECUTIONS_TOTAL", &defined);
            write_new(&path, text.as_bytes(), 0o644).map_err(|e| io(&path, &e))?;
            files.push(path);
        }
        let directory = self.directory.display();
        let text = format!(
            "made {directory}\n  `bpfsign build {directory} -o {name}-0.1.0.bpfpkg` builds it\n"
        );
        Report::new(text, &json!({ "name": name, "files": files }))
    }
}
