# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Sourced by the bench: a pull of 5 MB from a registry on loopback, beside skopeo, and signing
# and indexing a thousand packages. Wants `author`, `dir`, `compare`.
# shellcheck disable=SC2154

cp -r programs/sched-latency "$dir/large"
echo 'const volatile unsigned char filler[5000000] = { 1 };' >>"$dir/large/sched-latency.bpf.c"
sed -i 's/^targets = .*/targets = ["generic"]/; /^optional-targets/d' "$dir/large/program.toml"
"$author" build "$dir/large" -o "$dir/large.bpfpkg" >/dev/null
"$author" sign --key "$dir/release.key" "$dir/large.bpfpkg" >/dev/null

registry=127.0.0.1:$((20000 + $$ % 10000))
cat >"$dir/registry.yml" <<END
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $dir/registry } }
http: { addr: "$registry" }
END
"$(scripts/agents.sh "${XDG_CACHE_HOME:-$HOME/.cache}/bpfsign")"/docker-registry serve "$dir/registry.yml" >/dev/null 2>&1 &
registry_pid=$!
# With the rest of the bench's end, that trap stays.
for _ in $(seq 100); do
	"$author" push "$dir/large.bpfpkg" "$registry/large:1" >/dev/null 2>&1 && break
	sleep 0.1
done
echo
echo "from a registry on loopback, a package of $(stat -c %s "$dir/large.bpfpkg") bytes:"
pull="$author pull --trust $dir/release.key.pub --state-dir $dir/pulled -o $dir/pulled.bpfpkg $registry/large:1"
copy="skopeo --insecure-policy copy --quiet --src-tls-verify=false docker://$registry/large:1 dir:$dir/copied"
compare "pull and verify against skopeo copy" "$pull" "rm -f $dir/pulled.bpfpkg" "$copy" "rm -rf $dir/copied"
kill "$registry_pid"
wait "$registry_pid" 2>/dev/null || true

# In memory: ext4 takes longer to make files where many were deleted a moment ago, as builds
# and benches do.
stable=$(mktemp -d /dev/shm/bpfsign-stable-XXXXXX)
for i in $(seq 1000); do cp "$dir/p.bpfpkg" "$stable/p-$i.bpfpkg"; done
"$author" keygen --out "$dir/second.key" >/dev/null
start=$(date +%s%N)
"$author" sign --key "$dir/second.key" "$stable"/*.bpfpkg >/dev/null
"$author" repo build --name stable "$stable" >/dev/null
"$author" repo sign --key "$dir/second.key" "$stable" >/dev/null
elapsed=$(($(date +%s%N) - start))
rm -rf "$stable"
awk -v ns="$elapsed" -v size="$(stat -c %s "$dir/p.bpfpkg")" 'BEGIN {
	printf "signing and indexing 1000 packages of %d bytes, in memory: %.2f s, %.0f signatures a second\n", size, ns / 1e9, 1e12 / ns }'
