#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Everything that CI runs: the lints, then all tests, then one line that adds
# up the test runner's summaries.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	echo "make test: the tests load programs into the running kernel: run it as root" >&2
	exit 1
fi
scripts/setup.sh test
scripts/lint.sh
echo "== kernels to boot, and what runs in them"
environment=$(scripts/test-kernels.sh --prepare)
while read -r assignment; do
	export "${assignment?}"
done <<<"$environment"

BPFSIGN_AGENTS=$(scripts/agents.sh "${XDG_CACHE_HOME:-$HOME/.cache}/bpfsign")
export BPFSIGN_AGENTS

echo "== loaders that the tests run"
cargo build --quiet --locked -p bpfsign-example-libbpf-rs -p bpfsign-example-aya

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
echo "== RPM and DEB, the host's twice, and a small system to install them in"
cargo run --quiet --locked -p bpfsign -- keygen --out "$scratch/test.key" >/dev/null
KEY=$scratch/test.key scripts/packages.sh
# Of the others, make reproducible.
ONLY=bpfsign scripts/reproducible.sh
# What the host package is upgraded to.
RELEASE=2 ONLY=bpfsign scripts/packages.sh
cp "$scratch/test.key.pub" target/packages/
BPFSIGN_BASE=$(scripts/base-root.sh "${XDG_CACHE_HOME:-$HOME/.cache}/bpfsign")
export BPFSIGN_BASE BPFSIGN_PACKAGES=$PWD/target/packages

echo "== tests"
# In a mount namespace of their own, so that a test that is killed leaves no
# bpffs behind: its programs detach when the namespace goes.
status=0
unshare --mount --propagation private \
	cargo test --workspace --all-features --locked --no-fail-fast -- --include-ignored 2>&1 | tee "$log" || status=$?
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
	END { printf "total: %d passed, %d failed, %d skipped\n", passed, failed, ignored }' "$log"
exit "$status"
