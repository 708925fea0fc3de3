// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Debian's docker-registry (scripts/agents.sh), on loopback, in a directory of the test's own.

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{http::free_address, matrix::prepared, text};

/// bcrypt of `secret`, for the user `agent`.
pub const PASSWORDS: &str = "agent:$2b$05$XG5UTxkOIzJqDUTP4EkW/OoJUf/l1UoWYkgENfwOKfS8dy3Xm46Ja\n";

pub struct Registry {
    pub address: String,
    server: Child,
}

impl Registry {
    /// One that keeps everything below `directory`; `more` is added to its settings.
    pub fn start(directory: &Path, more: &str) -> Self {
        let address = free_address();
        let settings = format!(
            "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  \
             filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n{more}",
            text(directory.join("registry"))
        );
        let file = directory.join("registry.yml");
        fs::write(&file, settings).unwrap();
        let quiet = || Stdio::from(fs::File::create(directory.join("registry.log")).unwrap());
        let server = Command::new(prepared("BPFSIGN_AGENTS").join("docker-registry"))
            .args(["serve", &text(&file)])
            .stdout(quiet())
            .stderr(quiet())
            .spawn()
            .unwrap();
        let registry = Self { address, server };
        for _ in 0..500 {
            if TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the registry does not start");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
