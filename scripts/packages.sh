#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Makes RPM and DEB packages in target/packages: of the host build, of the author build, and
# with KEY=FILE of the programs, signed with that key. The same source gives the same bytes,
# dated as the last commit or SOURCE_DATE_EPOCH. Where a system has no dpkg-deb, RPM only.
# RELEASE (1) is the number of the packing; ONLY=bpfsign packs the host build alone.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh packages

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.lock)}
release=${RELEASE:-1}
output=$PWD/target/packages
work=$PWD/target/packages-work
rm -rf "$work"
mkdir -p "$output" "$work"
umask 022

# Manual pages and completions of a bpfsign, and what every package has, to a tree.
common() { # tree, bpfsign
	mkdir -p "$1"/usr/{bin,share/man/man1,share/bash-completion/completions,share/zsh/site-functions,share/fish/vendor_completions.d,share/doc/bpfsign}
	"$2" manual "$1/usr/share/man/man1" >/dev/null
	gzip -9n "$1"/usr/share/man/man1/*
	"$2" completions bash >"$1/usr/share/bash-completion/completions/bpfsign"
	"$2" completions zsh >"$1/usr/share/zsh/site-functions/_bpfsign"
	"$2" completions fish >"$1/usr/share/fish/vendor_completions.d/bpfsign.fish"
	cp -r LICENSE LICENSES CHANGELOG.md README.md "$1/usr/share/doc/bpfsign/"
	cp -r docs "$1/usr/share/doc/bpfsign/docs"
}

host_tree() { # tree
	common "$1" "$manual"
	cp "$(make -s print-HOST_BINARY)" "$1/usr/bin/bpfsign"
	mkdir -p "$1"/usr/lib/{systemd/system,sysusers.d,tmpfiles.d} "$1"/etc/bpfsign/packages.d \
		"$1"/usr/share/bpfsign
	cp packaging/systemd/* "$1/usr/lib/systemd/system/"
	cp packaging/linux/sysusers.conf "$1/usr/lib/sysusers.d/bpfsign.conf"
	cp packaging/linux/tmpfiles.conf "$1/usr/lib/tmpfiles.d/bpfsign.conf"
	cp docs/examples/policy.toml "$1/usr/share/bpfsign/policy.toml"
	cp -r packaging/agents "$1/usr/share/bpfsign/agents"
}

author_tree() { # tree
	common "$1" target/release/bpfsign
	cp target/release/bpfsign "$1/usr/bin/bpfsign"
	mkdir -p "$1/usr/lib/bpfsign/guest" "$1/usr/share/bpfsign"
	cp target/release/guest/bpfsign{,-guest} "$1/usr/lib/bpfsign/guest/"
	cp docs/examples/policy.toml "$1/usr/share/bpfsign/policy.toml"
}

programs_tree() { # tree, programs
	local tree=$1 program file
	mkdir -p "$tree/usr/share/bpfsign/packages"
	shift
	for program; do
		file=$tree/usr/share/bpfsign/packages/$program-$(sed -n 's/^version = "\(.*\)"/\1/p' "programs/$program/program.toml").bpfpkg
		target/release/bpfsign build "programs/$program" -o "$file" >/dev/null
		target/release/bpfsign sign --key "$KEY" "$file" >/dev/null
	done
}

# A tree as packages. $conflicts, $requires and $scripts say what is special.
package() { # name, summary, licence
	local name=$1 summary=$2 licence=$3 tree=$work/$1/tree metadata=$work/$1
	echo "$summary." >"$metadata/description"
	chmod -R u=rwX,go=rX "$tree"
	find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	{
		(cd "$tree" && find . -type f -printf '"/%P"\n' | sort)
		for directory in etc/bpfsign{,/packages.d} usr/{share,lib}/bpfsign{,/packages,/guest}; do
			[ ! -d "$tree/$directory" ] || echo "%dir /$directory"
		done
	} >"$metadata/files"
	make_rpm "$name" "$summary" "$licence" "$tree" "$metadata"
	if command -v dpkg-deb >/dev/null; then
		make_deb "$name" "$summary" "$tree"
	else
		echo "packages: there is no dpkg-deb here: no DEB of $name"
	fi
}

make_rpm() { # name, summary, licence, tree, metadata
	local define=(name_="$1" version_="$version" release_="$release" summary_="$2" license_="$3" stage_="$4" metadata_="$5"
		requires_="${requires:-no}"
		_topdir="$work/$1/rpm" _rpmdir="$output" _buildhost=reproducible
		use_source_date_epoch_as_buildtime=1 clamp_mtime_to_source_date_epoch=1)
	[ -z "${conflicts:-}" ] || define+=(conflicts_="$conflicts")
	[ -z "${scripts:-}" ] || define+=(scripts_="$scripts")
	local arguments=() one
	for one in "${define[@]}"; do arguments+=(--define "${one%%=*} ${one#*=}"); done
	rpmbuild --quiet -bb --target x86_64 "${arguments[@]}" --define '_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm' \
		packaging/linux/package.spec
}

make_deb() { # name, summary, tree
	local depends=
	mkdir "$3/DEBIAN"
	if [ "${requires:-no}" = yes ]; then
		mkdir -p "$work/$1/shlibs/debian"
		: >"$work/$1/shlibs/debian/control"
		depends=$(cd "$work/$1/shlibs" && dpkg-shlibdeps -O -e "$3/usr/bin/bpfsign" 2>/dev/null |
			sed -n 's/^shlibs:Depends=/Depends: /p')
	fi
	{
		printf 'Package: %s\nVersion: %s-%s\nArchitecture: amd64\n' "$1" "$version" "$release"
		printf 'Maintainer: the bpfsign developers <bpfsign@localhost>\nSection: admin\nPriority: optional\n'
		[ -z "$depends" ] || echo "$depends"
		[ -z "${conflicts:-}" ] || printf 'Conflicts: %s\nReplaces: %s\nProvides: %s (= %s)\n' \
			"$conflicts" "$conflicts" "$conflicts" "$version"
		printf 'Description: %s\n' "$2"
	} >"$3/DEBIAN/control"
	if [ -n "${scripts:-}" ]; then
		{
			cat <<-'END'
				#!/bin/sh
				set -e
				[ "$1" = configure ] || exit 0
				first=no
				if [ -z "$2" ]; then first=yes; fi
			END
			cat "$scripts/installed.sh"
		} >"$3/DEBIAN/postinst"
		{
			cat <<-'END'
				#!/bin/sh
				set -e
				[ "$1" = remove ] || exit 0
			END
			cat "$scripts/removing.sh"
		} >"$3/DEBIAN/prerm"
		chmod 0755 "$3"/DEBIAN/{postinst,prerm}
	fi
	find "$3/DEBIAN" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$3" \
		"$output/$1_${version}-${release}_amd64.deb" >/dev/null
}

echo "== building (some minutes)"
if [ "${ONLY:-}" = bpfsign ]; then make -s host; else make -s build; fi
# The host's manual pages come from the host's command line. MANUAL names a program that
# has printed them already.
manual=${MANUAL:-target/manual-of-host}
if [ -z "${MANUAL:-}" ]; then
	cargo build --quiet --locked -p bpfsign-host --features manual
	cp target/debug/bpfsign-host "$manual"
fi
licence="Apache-2.0 OR MIT"

echo "== packing"
# Not before: C compilers are told of it, and all would be built anew.
export SOURCE_DATE_EPOCH=$date TZ=UTC LC_ALL=C
host_tree "$work/bpfsign/tree"
scripts=$PWD/packaging/linux package bpfsign \
	"Loads BPF programs that trusted keys signed" "$licence"
if [ "${ONLY:-}" = bpfsign ]; then
	rm -rf "$work"
	exit 0
fi
author_tree "$work/bpfsign-author/tree"
requires=yes conflicts=bpfsign package bpfsign-author \
	"Builds, signs and distributes BPF programs" "$licence"
if [ -n "${KEY:-}" ]; then
	while read -r set programs; do
		read -ra programs <<<"$programs"
		programs_tree "$work/bpfsign-programs-$set/tree" "${programs[@]}"
		package "bpfsign-programs-$set" "Signed BPF programs: ${programs[*]}" \
			"BSD-2-Clause OR GPL-2.0-only"
	done <<-END
		go go-malloc
		sched sched-latency off-cpu cfs-throttle syscall-count
		net tcp-rcvq-drops tcp-retransmit qdisc-drops sockstat
		mem mem-reclaim memcg-pressure fd-leak
	END
else
	echo "packages: without KEY=FILE, the key to sign with, there are none of the programs"
fi
rm -rf "$work"
ls -l "$output"
