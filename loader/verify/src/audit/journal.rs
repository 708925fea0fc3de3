// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The same events for systemd's journal, where there is one.

use std::os::unix::net::UnixDatagram;

/// Where the journal listens (Native Journal Protocol of systemd).
const SOCKET: &str = "/run/systemd/journal/socket";

/// Sends an entry. The log is what counts: a journal that does not listen is no
/// failure.
pub(super) fn send(entry: &str) {
    let Ok(socket) = UnixDatagram::unbound() else { return };
    // JSON holds no line feed, so that one line is one field.
    let message = format!("SYSLOG_IDENTIFIER=bpfsign\nPRIORITY=5\nMESSAGE={entry}\n");
    let _ = socket.set_nonblocking(true);
    let _ = socket.send_to(message.as_bytes(), SOCKET);
}
