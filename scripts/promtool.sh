#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Prints the path of promtool, Prometheus's own check of a metrics text. Where it is not
# installed, it is taken out of Debian's package, which as a package would start a
# service. promtool.sh DIRECTORY keeps it there.
set -euo pipefail

if command -v promtool; then exit 0; fi
directory=$(mkdir -p "$1" && cd "$1" && pwd)
if [ ! -x "$directory/promtool" ]; then
	if ! command -v apt-get >/dev/null; then
		echo "promtool: install promtool, of Prometheus: only apt-get can fetch Debian's" >&2
		exit 1
	fi
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	chmod 0755 "$work"
	echo "promtool: fetching Debian's prometheus (about 50 MB, once)" >&2
	apt-get update -q >/dev/null
	(cd "$work" && apt-get -oAPT::Sandbox::User=root download -q prometheus >/dev/null)
	dpkg-deb -x "$work"/prometheus_*.deb "$work/unpacked"
	# Renamed, so that half a file is never taken for the tool.
	cp "$work/unpacked/usr/bin/promtool" "$directory/promtool.new"
	mv "$directory/promtool.new" "$directory/promtool"
fi
echo "$directory/promtool"
