# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Sourced by the bench, on its throwaway host: a map of a million entries as JSON, beside
# bpftool. Wants `author`, `loader`, `host`, `dir`, `compare`, `peak`.
# shellcheck disable=SC2154

cp "$dir/policy.toml" "$dir/policy.before"
sed -i '2i max-map-bytes = 268435456\nmax-memory = 536870912' "$dir/policy.toml"
"$author" build testing/programs/million -o "$dir/million.bpfpkg" >/dev/null
"$author" sign --key "$dir/release.key" "$dir/million.bpfpkg" >/dev/null
"$loader" load "${host[@]}" "$dir/million.bpfpkg" >/dev/null
target/release/guest/bpfsign-workload calls 1000000 </dev/null >/dev/null
dump="$loader maps ${host[*]} --json million million"
million=$dir/bpf/bpfsign/million/current/maps/million
echo
echo "a map of a million entries as JSON:"
all_runs=$runs
runs=5
compare "maps --json against bpftool -j" "$dump" true "bpftool -j map dump pinned $million" true
runs=$all_runs
# shellcheck disable=SC2086 # the command is words
echo "peak memory of maps --json: $(peak $dump) KB"
"$loader" unload "${host[@]}" million >/dev/null
mv "$dir/policy.before" "$dir/policy.toml"
