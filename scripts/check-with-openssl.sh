#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Checks a package with tar and openssl alone: check-with-openssl.sh PACKAGE PUB
# The signature over the manifest, then the SM3 of every file it lists.
set -euo pipefail
package=$(realpath "$1")
public=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

tar xf "$package"
id=$(openssl pkey -pubin -in "$public" -outform DER | openssl dgst -sm3 -r | cut -d' ' -f1)
openssl dgst -sm3 -verify "$public" -sigopt distid:1234567812345678 \
	-signature "signatures/$id.sig" manifest.toml

awk '/^\[\[file\]\]/ { f = 1 } f && /^(name|sm3) = / { gsub(/"/, "", $3); print $3 }' manifest.toml |
	paste - - | while read -r name sm3; do
	[ "$(openssl dgst -sm3 -r "$name" | cut -d' ' -f1)" = "$sm3" ] || {
		echo "$name: another SM3 than the manifest says" >&2
		exit 1
	}
	echo "$name: OK"
done
