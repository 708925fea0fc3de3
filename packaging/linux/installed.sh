# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=sh
# After the host package was installed or upgraded; $first is "yes" the first time. Policy,
# state and log are never written over.
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers bpfsign.conf
elif ! grep -q '^bpfsign:' /etc/group; then
	groupadd --system bpfsign
fi
mkdir -p /etc/bpfsign/packages.d
[ -d /var/lib/bpfsign ] || mkdir -m 0700 /var/lib/bpfsign
if [ ! -e /etc/bpfsign/policy.toml ]; then
	install -m 0644 /usr/share/bpfsign/policy.toml /etc/bpfsign/policy.toml
fi
if [ -d /run/systemd/system ]; then
	systemd-tmpfiles --create bpfsign.conf || true
	systemctl daemon-reload || true
	if [ "${first:-no}" = yes ]; then
		systemctl preset bpfsign.service bpfsign-reconcile.timer || true
	fi
fi
