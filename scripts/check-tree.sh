#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What no compiler checks: links between documents lead somewhere, and each source
# file names its licence.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
complain() {
	echo "$1" >&2
	status=1
}

while read -r document; do
	while read -r link; do
		target=${link%%#*}
		[ -z "$target" ] || [ -e "$(dirname "$document")/$target" ] ||
			complain "$document: no such file: $link"
	done < <(grep -oE '\]\([^)]+\)' "$document" | sed 's/^](//; s/)$//' | grep -vE '^[a-z]+:')
done < <(git ls-files '*.md')

while read -r source; do
	head -n 3 "$source" | grep -q 'SPDX-License-Identifier:' ||
		complain "$source: no SPDX line in the first three lines"
done < <(git ls-files '*.rs' '*.c' '*.h' '*.sh' '*.toml' Makefile .ci/run ':!Cargo.lock')
exit "$status"
