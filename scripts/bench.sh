#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Size, crates, memory, and times as ratios against openssl and bpftool, all in
# one run. Figures, not assertions.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	echo "make bench: it loads programs into the running kernel: run it as root" >&2
	exit 1
fi
# In a mount namespace of its own: the bpffs goes with it.
if [ -z "${BPFSIGN_BENCH_NAMESPACE:-}" ]; then
	scripts/setup.sh bench
	make -s test-programs build
	BPFSIGN_BENCH_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
fi

author=$PWD/target/release/bpfsign
loader=$PWD/$(make -s print-HOST_BINARY)
runs=${RUNS:-60}
# shellcheck source=scripts/throwaway-host.sh
. scripts/throwaway-host.sh

"$author" keygen --out "$dir/release.key" >/dev/null
"$author" build programs/sched-latency -o "$dir/p.bpfpkg" >/dev/null
"$author" sign --key "$dir/release.key" "$dir/p.bpfpkg" >/dev/null
tar xf "$dir/p.bpfpkg" -C "$dir"
trust "$dir/release.key.pub"
options="${host[*]}"

verify="$loader verify --trust $dir/release.key.pub $dir/p.bpfpkg"
openssl="openssl dgst -sm3 -verify $dir/release.key.pub -sigopt distid:1234567812345678 -signature $(echo "$dir"/signatures/*.sig) $dir/manifest.toml"
load="$loader load $options $dir/p.bpfpkg"
unload="$loader unload $options sched-latency"
# The object of the old variant, which attaches to raw tracepoints only, with BTF
# for exactly this kernel and with BTF of another build, which is not used.
small() {
	local program=$1 targets=$dir/targets-$2
	shift 2
	BPFSIGN_TARGETS=$targets "$author" target add-btf kylin-v10-4.19 \
		/sys/kernel/btf/vmlinux --release "$(uname -r)" "$@" >/dev/null
	BPFSIGN_TARGETS=$targets "$author" build "$program" \
		--target kylin-v10-4.19 -o "$targets.bpfpkg" >/dev/null
	"$author" sign --key "$dir/release.key" "$targets.bpfpkg" >/dev/null
}
small programs/sched-latency exact --notes /sys/kernel/notes
small programs/sched-latency other --build-id 0123456789abcdef0123456789abcdef01234567
small testing/programs/matrix matrix --notes /sys/kernel/notes
tar xf "$dir/targets-exact.bpfpkg" -C "$dir"
mkdir "$dir/matrix"
tar xf "$dir/targets-matrix.bpfpkg" -C "$dir/matrix"
with_package_btf="$loader load $options $dir/targets-exact.bpfpkg"
with_kernel_btf="$loader load $options $dir/targets-other.bpfpkg"
bpftool_small="bpftool prog loadall $dir/objects/kylin-v10-4.19.bpf.o $dir/bpf/programs pinmaps $dir/bpf/maps"

bpftool="bpftool prog loadall $dir/objects/generic.bpf.o $dir/bpf/programs pinmaps $dir/bpf/maps"

# Peak resident memory of a command, in KB.
peak() {
	"$(type -P time)" -f %M -o "$dir/peak" "$@" >/dev/null
	cat "$dir/peak"
}

# Median times in ms of two commands, one after the other: compare NAME A PREPARE_A B PREPARE_B
compare() {
	hyperfine -N --warmup 3 --runs "$runs" --export-json "$dir/json" --style none \
		--prepare "$3" "$2" --prepare "$5" "$4" >/dev/null 2>"$dir/errors" || {
		cat "$dir/errors" >&2
		return 1
	}
	awk -v name="$1" '/"command"/ { n++ } /"median"/ { gsub(/[^0-9.e-]/, "", $2); t[n] = $2 * 1000 }
		END { printf "%-38s %7.2f ms   %7.2f ms   ratio %.2f\n", name, t[1], t[2], t[1] / t[2] }' "$dir/json"
}

echo "host build: $(stat -c %s "$loader") bytes static and stripped, $(
	cargo tree --locked -p bpfsign-host -e normal,no-proc-macro --prefix none |
		sed 's/ (\*)//' | sort -u | wc -l
) crates"
# shellcheck disable=SC2086 # the commands are words
{
	echo "peak memory of verify: $(peak $verify) KB"
	echo "peak memory of load:   $(peak $load) KB"
	$unload >/dev/null
}
echo
echo "median of $runs runs in this one run, on $(uname -r), $(nproc) CPUs:"
compare "verify against openssl dgst -verify" "$verify" true "$openssl" true
# One core: the figures are of one thread.
taskset -c 0 cargo run --quiet --release --locked -p bpfsign --example verify-speed -- "$dir/p.bpfpkg"
taskset -c 0 openssl speed -seconds 2 sm2 2>/dev/null |
	awk '/CurveSM2/ { printf "openssl speed: %.0f SM2 verifications a second\n", $NF }'
# A moment after each clean-up: the kernel frees programs and tracepoints behind
# it, and who comes next would wait for that.
compare "load against bpftool prog loadall" \
	"$load" "sh -c '$unload >/dev/null 2>&1 || true; sleep 0.1'" \
	"$bpftool" "sh -c 'rm -rf $dir/bpf/programs $dir/bpf/maps; sleep 0.1'"
compare "minimised BTF against the kernel's" \
	"$with_package_btf" "sh -c '$unload >/dev/null 2>&1 || true; sleep 0.1'" \
	"$with_kernel_btf" "sh -c '$unload >/dev/null 2>&1 || true; sleep 0.1'"
cargo run --quiet --release --locked -p bpfsign --example btf-load -- \
	"$dir/matrix/objects/kylin-v10-4.19.bpf.o" "$(echo "$dir"/matrix/btf/*.btf)" "$runs"
compare "minimised BTF against bpftool" \
	"$with_package_btf" "sh -c '$unload >/dev/null 2>&1 || true; sleep 0.1'" \
	"$bpftool_small" "sh -c 'rm -rf $dir/bpf/programs $dir/bpf/maps; sleep 0.1'"
# shellcheck source=scripts/bench-dump.sh
. scripts/bench-dump.sh
# shellcheck source=scripts/bench-distribution.sh
. scripts/bench-distribution.sh
# shellcheck source=scripts/bench-programs.sh
. scripts/bench-programs.sh
