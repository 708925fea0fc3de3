#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# The stages of a release, for any pipeline: release.sh STAGE. docs/04-release.md explains
# them. Needs the author's bpfsign in PATH. Settings, by the environment:
#   PROGRAMS     the program directories, separated by spaces
#   OUT          where packages lie between stages (default: out)
#   TARGETS      the targets on which each must load, separated by spaces
#   KERNELS      vmlinuz files to boot for the test, separated by spaces
#   SIGNER       how to sign: `--key FILE`, or `--signer SPEC --public PUB`
#                (with --passphrase-file FILE for the key or the token's PIN)
#   TRUST        public keys of all signers, separated by spaces; each must have signed
#   REPOSITORY   where to push: REGISTRY/REPOSITORY, below which each program has its own
#   INDEX        a name, to make a signed repository in OUT as well
set -euo pipefail

out=${OUT:-out}

packages() { find "$out" -maxdepth 1 -name '*.bpfpkg' | sort; }

# What `program.toml` says: name or version.
said() { sed -n "s/^$2 = \"\(.*\)\"/\1/p" "$1/program.toml" | head -n 1; }

# The package of a program directory.
package_of() { echo "$out/$(said "$1" name)-$(said "$1" version).bpfpkg"; }

stage_build() {
	local program changes
	changes=$(git status --porcelain)
	if [ -n "$changes" ]; then
		echo "release: the tree is not clean: commit or remove what git status shows" >&2
		return 1
	fi
	mkdir -p "$out"
	for program in $PROGRAMS; do
		bpfsign build "$program" -o "$(package_of "$program")"
	done
}

# `build` has checked each object against the targets that it is for; this asks for those of
# one's hosts.
stage_check() {
	local package target arguments=()
	for target in ${TARGETS:?the targets to check}; do arguments+=(--target "$target"); done
	for package in $(packages); do bpfsign check "${arguments[@]}" "$package"; done
}

stage_vmtest() {
	local package kernel
	for kernel in ${KERNELS:?the kernels to boot}; do
		for package in $(packages); do bpfsign vmtest "$package" --kernel "$kernel"; done
	done
}

stage_sign() {
	# Words on purpose: options and their values.
	# shellcheck disable=SC2046,SC2086
	bpfsign sign ${SIGNER:?how to sign} $(packages)
}

# A second signer sees that each package is what its source says, then signs.
stage_review() {
	local program
	for program in $PROGRAMS; do
		bpfsign reproduce "$(package_of "$program")" --source "$program"
	done
	stage_sign
}

stage_verify() {
	local package key trust=()
	for key in ${TRUST:?the public keys}; do trust+=(--trust "$key"); done
	for package in $(packages); do
		bpfsign verify --provenance "${trust[@]}" --threshold $((${#trust[@]} / 2)) "$package"
	done
}

stage_push() {
	local program name version
	stage_verify >/dev/null
	for program in $PROGRAMS; do
		name=$(said "$program" name)
		version=$(said "$program" version)
		bpfsign push "$(package_of "$program")" "${REPOSITORY:?where to push}/$name:$version"
	done
}

stage_index() {
	bpfsign repo build --name "${INDEX:?the name of the index}" "$out"
	# shellcheck disable=SC2086
	bpfsign repo sign ${SIGNER:?how to sign} "$out"
}

case "${1:-}" in
build | check | vmtest | sign | review | verify | push | index) "stage_$1" ;;
*)
	echo "usage: release.sh build|check|vmtest|sign|review|verify|push|index" >&2
	exit 2
	;;
esac
