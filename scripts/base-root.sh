#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# A small Debian to install packages into: base-root.sh DIRECTORY keeps it as
# DIRECTORY/base.tar, and prints that.
set -euo pipefail

directory=$(mkdir -p "$1" && cd "$1" && pwd)
if [ ! -s "$directory/base.tar" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work" "$directory/base.tar.new"' EXIT
	echo "base-root: fetching a small Debian (about 60 MB, once)" >&2
	debootstrap --variant=minbase bookworm "$work/root" >"$work/log" 2>&1 || {
		tail -5 "$work/log" >&2
		exit 1
	}
	rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
	# Renamed, so that half of it is never taken for all.
	tar -C "$work/root" -cf "$directory/base.tar.new" .
	mv "$directory/base.tar.new" "$directory/base.tar"
fi
echo "$directory/base.tar"
