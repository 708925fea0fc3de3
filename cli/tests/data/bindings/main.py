# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Prints the maps of the package `kinds`, as every other language does."""

import sys

import kinds

try:
    with kinds.Plain(sys.argv[1]) as plain:
        for key, v in plain:
            several = ",".join(map(str, v.several))
            raw = ",".join(map(str, key.raw))
            print(key.type_, key.few, raw, key.grid.hex(), v.large, v.negative, several, end=" ")
            print(v.text, int(v.is_set), v.small)
    with kinds.EachCpu(sys.argv[1]) as each:
        for key, values in each:
            print(f"{key.number}:", *(v.value for v in values))
except ValueError:
    sys.exit(3)
