#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Makes every package in target/packages again, from a copy of the tree on another path, and
# compares the bytes. KEY=FILE is the key that signed the programs; ONLY=bpfsign makes the
# host's alone.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -d target/packages ] || { echo "reproducible: first make packages" >&2; exit 1; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
tree=$elsewhere/on/another/path
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -c | tar -x -C "$tree"
[ -z "${KEY:-}" ] || KEY=$(realpath "$KEY")
echo "== every package again, in $tree"
# The programs that are packed are built anew; the one that only prints their manual is not.
export MANUAL=$PWD/target/manual-of-host
KEY=${KEY:-} "$tree/scripts/packages.sh" >"$elsewhere/log" 2>&1 || { tail -20 "$elsewhere/log" >&2; exit 1; }
names=$(cd "$tree/target/packages" && echo *.rpm *.deb)
# shellcheck disable=SC2086 # names without spaces
digests() { (cd "$1/target/packages" && sha256sum -- $names); }
diff <(digests .) <(digests "$tree") || { echo "reproducible: packages differ" >&2; exit 1; }
echo "the same bytes: $names"
