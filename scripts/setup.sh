#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Installs what a build, the demo, the tests or the lints need and that is
# missing: setup.sh build|packages|demo|kernels|test|lint|bench|fuzz. Knows apt-get (Debian) and dnf
# (Kylin). Asks for nothing; changes nothing when all is there.
set -euo pipefail

# command:Debian package:dnf package. libbpf, libelf and zlib are vendored, and
# their build wants the autotools.
declare -A tools
tools[build]="clang:clang:clang make:make:make gcc:gcc:gcc pkg-config:pkg-config:pkgconf
autoreconf:autoconf:autoconf automake:automake:automake autopoint:autopoint:gettext-devel
libtoolize:libtool:libtool flex:flex:flex bison:bison:bison gawk:gawk:gawk
msgfmt:gettext:gettext"
tools[packages]="${tools[build]} rpmbuild:rpm:rpm-build gzip:gzip:gzip"
tools[demo]="${tools[build]} openssl:openssl:openssl tar:tar:tar mount:mount:util-linux
setpriv:util-linux:util-linux groupadd:passwd:shadow-utils"
tools[kernels]="${tools[build]} go:golang-go:golang ip:iproute2:iproute tc:iproute2:iproute
losetup:mount:util-linux qemu-system-x86_64:qemu-system-x86:qemu-kvm xz:xz-utils:xz
cpio:cpio:cpio"
tools[test]="${tools[demo]} bpftool:bpftool:bpftool strace:strace:strace flock:util-linux:util-linux
taskset:util-linux:util-linux llvm-objdump:llvm:llvm
systemd-analyze:systemd:systemd readelf:binutils:binutils
cpio:cpio:cpio pahole:pahole:dwarves jsonschema:python3-jsonschema:python3-jsonschema
skopeo:skopeo:skopeo
debootstrap:debootstrap:debootstrap dpkg-shlibdeps:dpkg-dev:dpkg-dev rpm:rpm:rpm
${tools[kernels]} ${tools[packages]}"
tools[bench]="${tools[test]} time:time:time
bpftrace:bpftrace:bpftrace runqlat:libbpf-tools:libbpf-tools"
tools[fuzz]="${tools[build]} g++:g++:gcc-c++ tar:tar:tar"
tools[lint]="${tools[build]} clang-format:clang-format:clang-tools-extra
shellcheck:shellcheck:ShellCheck git:git:git yamllint:yamllint:yamllint"

what=${1:-build}
if [ -z "${tools[$what]:-}" ]; then
	echo "usage: setup.sh build|packages|demo|kernels|test|lint|bench|fuzz" >&2
	exit 2
fi

missing=()
for tool in ${tools[$what]}; do
	IFS=: read -r command debian dnf <<<"$tool"
	command -v "$command" >/dev/null && continue
	if command -v apt-get >/dev/null; then missing+=("$debian"); else missing+=("$dnf"); fi
done

if [ ${#missing[@]} -gt 0 ]; then
	if [ "$(id -u)" != 0 ]; then
		echo "setup: these packages are missing: ${missing[*]}" >&2
		echo "setup: install them, or run this as root and it does so" >&2
		exit 1
	fi
	echo "setup: installing ${missing[*]}"
	if command -v apt-get >/dev/null; then
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -q >/dev/null
		apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
	elif command -v dnf >/dev/null; then
		dnf install -y -q "${missing[@]}"
	else
		echo "setup: neither apt-get nor dnf is here; install: ${missing[*]}" >&2
		exit 1
	fi
fi

if ! command -v cargo >/dev/null; then
	echo "setup: cargo is missing; install Rust with rustup, then run this again" >&2
	exit 1
fi
if [ "$what" = lint ] && ! command -v cargo-deny >/dev/null; then
	echo "setup: building cargo-deny (some minutes, once; kept in cargo's own directory)"
	cargo install --quiet --locked cargo-deny
fi
if [ "$what" = fuzz ]; then
	command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
fi
