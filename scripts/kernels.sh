#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Fetches the kernels of the matrix: kernels.sh DIRECTORY fills DIRECTORY with
# 5.10/vmlinuz, 6.1/vmlinuz and 6.12/vmlinuz, Debian's own, verified by apt with
# Debian's keys, and with the few modules that the tests use in 5.10/modules and so
# on. What is there already is kept. Touches no apt setting of the machine.
set -euo pipefail

directory=$(mkdir -p "$1" && cd "$1" && pwd)
# Name, and what the package is called.
# Queues that lose packets and that are slow, and a disk in memory.
modules=(sch_netem sch_tbf loop)
kernels=(
	"5.10 ^linux-image-5[.]10[.]0-[0-9]+-cloud-amd64$"
	"6.1 ^linux-image-6[.]1[.]0-[0-9]+-cloud-amd64$"
	"6.12 ^linux-image-6[.]12[.][0-9]+[+]deb12[.0-9]*-cloud-amd64$"
)

missing=()
for kernel in "${kernels[@]}"; do
	[ -s "$directory/${kernel%% *}/modules/loop.ko" ] || missing+=("$kernel")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "kernels: put a vmlinuz of Linux 5.10, 6.1 and 6.12 into $directory/5.10, 6.1 and 6.12:" >&2
	echo "kernels: only apt-get can fetch Debian's" >&2
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=http://deb.debian.org/debian
cat >"$work/sources.list" <<END
deb [signed-by=$keyring] $mirror bullseye main
deb [signed-by=$keyring] http://security.debian.org/debian-security bullseye-security main
deb [signed-by=$keyring] $mirror bookworm main
deb [signed-by=$keyring] $mirror bookworm-backports main
END
private=(-q -oDir::Etc::SourceList="$work/sources.list" -oDir::Etc::SourceParts=/dev/null
	-oDir::State::Lists="$work/lists" -oDir::Cache="$work/cache" -oAPT::Sandbox::User=root)
echo "kernels: fetching ${missing[*]%% *} (about 30 MB each, once)"
apt-get "${private[@]}" update >/dev/null

for kernel in "${missing[@]}"; do
	name=${kernel%% *}
	# The newest that there is.
	package=$(apt-cache "${private[@]}" search --names-only "${kernel#* }" |
		cut -d ' ' -f 1 | sort -V | tail -n 1)
	if [ -z "$package" ]; then
		echo "kernels: there is no package for Linux $name" >&2
		exit 1
	fi
	echo "kernels: $package"
	(cd "$work" && apt-get "${private[@]}" download "$package" >/dev/null)
	rm -rf "$work/unpacked"
	dpkg-deb -x "$work/$package"_*.deb "$work/unpacked"
	mkdir -p "$directory/$name"
	# Renamed, so that half a file is never taken for a kernel; the last module is
	# what tells that all is there.
	cp "$work"/unpacked/boot/vmlinuz-* "$directory/$name/vmlinuz.new"
	mv "$directory/$name/vmlinuz.new" "$directory/$name/vmlinuz"
	mkdir -p "$directory/$name/modules"
	for module in "${modules[@]}"; do
		file=$(find "$work/unpacked/lib/modules" -name "$module.ko*")
		case $file in
		*.xz) xz -dc "$file" >"$work/$module.ko" ;;
		*) cp "$file" "$work/$module.ko" ;;
		esac
		cp "$work/$module.ko" "$directory/$name/modules/$module.new"
		mv "$directory/$name/modules/$module.new" "$directory/$name/modules/$module.ko"
	done
done
