#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What no compiler checks: links between documents lead somewhere, each source
# file names its licence, and none has outgrown one idea.
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

while read -r source; do
	lines=$(wc -l <"$source")
	[ "$lines" -le 300 ] || complain "$source: $lines lines; more than 300 hold more than one idea"
done < <(git ls-files '*.rs' '*.c' '*.h' '*.sh')
exit "$status"
