# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=sh
# Before the host package is removed, and not when it is upgraded. What is loaded stays
# loaded, and policy, state and log stay where they are.
if [ -d /run/systemd/system ]; then
	systemctl --quiet disable --now bpfsign-reconcile.timer || true
	systemctl --quiet disable bpfsign.service || true
fi
