# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Sourced by the demo: a host to try bpfsign on, with directories, a bpffs and a group of
# its own, taken away again at exit. Sets `dir`, `group` and `host`, the options that make
# bpfsign use it.

# Root's own, as a policy must be; and without a dot, since libbpf turns one in a
# pin path into an underscore.
dir=$(mktemp -d /run/bpfsign-throwaway-XXXXXX)
group=bpfsign-throwaway-$$
cleanup() {
	umount "$dir/bpf" 2>/dev/null || true
	groupdel "$group" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
chmod 0755 "$dir"
groupadd --system "$group"
mkdir "$dir/bpf"
mount -t bpf -o mode=0755 bpf "$dir/bpf"
# shellcheck disable=SC2034 # for the script that sources this
host=(--policy "$dir/policy.toml" --state-dir "$dir/state"
	--pin-root "$dir/bpf/bpfsign" --run-dir "$dir/run")

# trust PUBLIC-KEY: a policy that trusts this key and allows tracing programs.
trust() {
	printf 'policy = 1\ngroup = "%s"\nthreshold = 1\nprogram-types = ["tracing", "raw_tracepoint", "perf_event", "kprobe"]\n' "$group"
	printf '\n[[signer]]\nname = "throwaway"\npublic-key = """\n%s\n"""\n' "$(cat "$1")"
} >"$dir/policy.toml"
