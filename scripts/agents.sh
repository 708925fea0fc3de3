#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# What to test with, out of Debian's packages, which installed would start services:
# Prometheus with its promtool, node_exporter, Zabbix Agent 2 and zabbix_get, and a registry.
# agents.sh DIRECTORY keeps the programs in DIRECTORY/agents, and prints that.
set -euo pipefail

packages=(prometheus prometheus-node-exporter zabbix-agent2 zabbix-proxy-sqlite3 docker-registry)
programs=(usr/bin/prometheus usr/bin/promtool usr/bin/prometheus-node-exporter
	usr/sbin/zabbix_agent2 usr/bin/zabbix_get usr/bin/docker-registry)
# What they are linked to and a small system may lack.
libraries=(libpcre2-8-0 libsqlite3-0 libgnutls30 libssl3)

directory=$(mkdir -p "$1" && cd "$1" && pwd)/agents
if [ ! -x "$directory/docker-registry" ]; then
	if ! command -v apt-get >/dev/null; then
		echo "agents: only apt-get can fetch the agents that the tests ask" >&2
		exit 1
	fi
	work=$(mktemp -d)
	trap 'rm -rf "$work" "$directory.new"' EXIT
	chmod 0755 "$work"
	echo "agents: fetching ${packages[*]} (about 40 MB, once)" >&2
	apt-get update -q >/dev/null
	(cd "$work" && apt-get -oAPT::Sandbox::User=root download -q "${packages[@]}" >/dev/null)
	for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/unpacked"; done
	# Renamed, so that half of them is never taken for all.
	rm -rf "$directory.new"
	mkdir "$directory.new"
	for program in "${programs[@]}"; do cp "$work/unpacked/$program" "$directory.new/"; done
	rm -rf "$directory"
	mv "$directory.new" "$directory"
fi
if ldd "$directory"/* | grep -q 'not found'; then
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		"${libraries[@]}" >/dev/null
fi
echo "$directory"
