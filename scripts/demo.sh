#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The main job on real input: a program goes from C source to a map and a
# metrics text that a stranger reads. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	echo "make demo: it loads a program into the running kernel: run it as root" >&2
	exit 1
fi

step() { printf '\n\033[1m[%s/8] %s\033[0m\n' "$1" "$2"; }

step 1 "Install what is missing, and build bpfsign (some minutes the first time)"
scripts/setup.sh demo
cargo build --release --locked -p bpfsign
bpfsign=$PWD/target/release/bpfsign

# shellcheck source=scripts/throwaway-host.sh
. scripts/throwaway-host.sh
package=$dir/sched-latency-0.1.0.bpfpkg

step 2 "Make a throwaway key, and a policy that trusts it"
"$bpfsign" keygen --out "$dir/release.key"
trust "$dir/release.key.pub"

step 3 "Build programs/sched-latency and sign it"
"$bpfsign" build programs/sched-latency -o "$package"
"$bpfsign" sign --key "$dir/release.key" "$package"

step 4 "Verify it, then check the same signature with tar and openssl alone"
"$bpfsign" verify --trust "$dir/release.key.pub" "$package"
scripts/check-with-openssl.sh "$package" "$dir/release.key.pub"

step 5 "Load it: nothing reaches the kernel before signature and policy hold"
"$bpfsign" load "${host[@]}" "$package"

step 6 "Five seconds of the live histogram: who waits longest for a CPU"
# Something that waits: two processes for each CPU, for as long as we look.
for ((i = 0; i < 2 * $(nproc); i++)); do timeout 6 sh -c 'while :; do :; done' & done
for second in 1 2 3 4 5; do
	sleep 1
	printf '\n-- after %s s\n' "$second"
	"$bpfsign" maps "${host[@]}" sched-latency latency --sort sum_ns --limit 1
done

step 7 "The metrics, read with cat by a user without root, in the group $group"
setpriv --reuid nobody --regid "$group" --clear-groups -- \
	cat "$dir/bpf/bpfsign/sched-latency/current/metrics" >"$dir/metrics.txt"
head -n 8 "$dir/metrics.txt"
printf '... (%s lines in all)\n' "$(wc -l <"$dir/metrics.txt")"

step 8 "Unload it"
"$bpfsign" unload "${host[@]}" sched-latency
wait

cat <<'END'

Done, and nothing was left behind. Next:
  - docs/01-flow.md walks through each step by hand
  - docs/examples/policy.toml is a policy to start from, for /etc/bpfsign
  - make help lists what else there is
END
