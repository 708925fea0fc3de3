#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Boots every kernel of the matrix and runs the kernel tests in it, then writes
# the table of docs/kernels.md anew. With --prepare, only fetches and builds what
# that needs, and prints the environment of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/bpfsign/kernels
rows=$PWD/target/kernels
scripts/setup.sh kernels >&2
scripts/kernels.sh "${BPFSIGN_KERNELS:-$cache}" >&2
make -s test-programs >&2
mkdir -p "$rows"

export BPFSIGN_KERNELS=${BPFSIGN_KERNELS:-$cache}
guest=$(make -s print-GUEST)
export BPFSIGN_GUEST=$PWD/$guest BPFSIGN_KERNEL_ROWS=$rows
if [ "${1:-}" = --prepare ]; then
	for variable in BPFSIGN_KERNELS BPFSIGN_GUEST BPFSIGN_KERNEL_ROWS; do
		echo "$variable=${!variable}"
	done
	exit 0
fi

rm -f "$rows"/*.row
cargo test --locked -p bpfsign --test cli kernel::kernels -- --include-ignored --nocapture
table=$(mktemp)
trap 'rm -f "$table"' EXIT
sed '/^| Kernel/,$d' docs/kernels.md >"$table"
{
	echo "| Kernel | Processor | Variant | BTF | Links | What was read |"
	echo "|---|---|---|---|---|---|"
	cat "$rows"/*.row
} >>"$table"
cat "$table" >docs/kernels.md
echo "the table is in docs/kernels.md"
