#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Fuzzes what reads bytes that nobody vouched for, 60 seconds each (or SECONDS_EACH),
# from corpora made of the test vectors. A finding ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh fuzz

corpus=loader/fuzz/corpus
vectors=$(mktemp -d)
trap 'rm -rf "$vectors"' EXIT
cargo run --quiet --locked -p bpfsign-vectors --example write-vectors -- "$vectors"
mkdir -p "$corpus"/{package,manifest,policy,certificates,trust,index}
for package in "$vectors"/*.bpfpkg; do
	name=$(basename "$package" .bpfpkg)
	# The few that are large hold nothing but size.
	[ "$(stat -c %s "$package")" -le 65536 ] || continue
	cp "$package" "$corpus/package/$name"
	tar xOf "$package" manifest.toml >"$corpus/manifest/$name" 2>/dev/null || true
	tar xOf "$package" --wildcards 'signatures/*.pem' >"$corpus/certificates/$name" 2>/dev/null || true
done
find "$corpus" -empty -type f -delete
cp "$vectors/authority.pem" "$corpus/certificates/authority"
key=$(cat "$vectors/trusted.pub")
awk -v key="$key" '/^CONTENT-OF-/ { print key; next } { print }' docs/examples/policy.toml >"$corpus/policy/strict"
awk '/^```toml/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/spec/trust-v1.md >"$corpus/trust/example"
awk '/^```toml/ { inside = 1; next } /^```/ { inside = 0 } inside' docs/spec/index-v1.md >"$corpus/index/example"

# The sanitizer's switches are unstable: a nightly compiler takes them, and another when it is
# told to.
cargo=(cargo +nightly)
if ! cargo +nightly --version >/dev/null 2>&1; then
	cargo=(env RUSTC_BOOTSTRAP=1 cargo)
fi
for target in package manifest policy certificates trust index; do
	echo "== $target: ${SECONDS_EACH:-60} s"
	# Without leak detection: it needs ptrace, which a container may not have.
	"${cargo[@]}" fuzz run --fuzz-dir loader/fuzz "$target" -- \
		-max_total_time="${SECONDS_EACH:-60}" -detect_leaks=0 -print_final_stats=1 -verbosity=0
done
echo "no finding"
