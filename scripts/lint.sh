#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Formats, clippy with warnings denied, licences and versions, shell scripts,
# links in the docs, SPDX lines, the structure of crates, modules and files.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh lint

echo "== rustfmt"
cargo fmt --all --check
echo "== clang-format"
read -ra bpf_c <<<"$(make -s print-BPF_C)"
clang-format --dry-run -Werror "${bpf_c[@]}"
echo "== clippy"
cargo clippy --quiet --workspace --all-targets --all-features --locked -- -D warnings
# As hosts get it, without the manual.
cargo clippy --quiet -p bpfsign-host --locked -- -D warnings
cargo clippy --quiet -p bpfsign-verify --locked -- -D warnings
echo "== the host's bpfsign has none of the author's crates"
if cargo tree --quiet --locked -p bpfsign-host -e normal --prefix none |
	grep -E '^(bpfsign-packaging|bpfsign-registry|reqwest|tokio|rustls|cryptoki|clap_mangen) '; then
	exit 1
fi
echo "== rustdoc"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items --locked
echo "== cargo-deny"
cargo deny --log-level error --locked check licenses bans sources
# The advisory database is on the network; where it cannot be had, that is said.
if cargo deny --log-level error --locked fetch db >/dev/null 2>&1; then
	cargo deny --log-level error --locked check advisories
else
	echo "advisories: the database cannot be had here; not checked"
fi
echo "== shellcheck"
read -ra shell <<<"$(make -s print-SCRIPTS)"
shellcheck -x "${shell[@]}"
echo "== yamllint"
yamllint -s -d "{extends: relaxed, rules: {line-length: disable, truthy: disable}}" \
	packaging/pipelines packaging/agents
echo "== links and SPDX lines"
scripts/check-tree.sh
echo "== structure"
cargo run --quiet --locked -p bpfsign-structure -- check
