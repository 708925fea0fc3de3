#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds what is measured and measures it: bench.sh [OPTION]..., options as
# `bpfsign-benchmarks --help` lists them.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	echo "make bench: it loads programs into the running kernel: run it as root" >&2
	exit 1
fi
scripts/setup.sh bench
make -s test-programs build
cargo build --quiet --release --locked -p bpfsign-benchmarks
agents=$(scripts/agents.sh "${XDG_CACHE_HOME:-$HOME/.cache}/bpfsign")
# In a mount namespace of its own: what it mounts goes with it, also when it is killed.
exec unshare --mount --propagation private target/release/bpfsign-benchmarks \
	--loader "$(make -s print-HOST_BINARY)" --registry "$agents/docker-registry" "$@"
