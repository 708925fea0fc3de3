#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# node_exporter.sh DIRECTORY [PINS]: links the text of every loaded package into the
# directory of node_exporter's textfile collector (--collector.textfile.directory), and takes
# away links of packages that are not loaded any more. node_exporter's user must be in the
# group bpfsign. Links lead through `current`: an upgrade needs no new ones.
set -eu
directory=$1
pins=${2:-/sys/fs/bpf/bpfsign}
for link in "$directory"/bpfsign-*.prom; do
	if [ -L "$link" ] && [ ! -e "$link" ]; then rm -f "$link"; fi
done
for text in "$pins"/*/current/metrics*; do
	[ -e "$text" ] || continue
	package=${text#"$pins"/}
	package=${package%%/*}
	ln -sfn "$text" "$directory/bpfsign-$package-${text##*/}.prom"
done
