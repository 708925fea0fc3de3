# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Sourced by the bench, on its throwaway host: what each program costs for each event,
# beside a tool of Debian's that answers the same question, both attached at once and
# seeing the same events; then how fast events are read. Wants `author`, `loader`,
# `host`, `dir`.
# shellcheck disable=SC2154

workload=$PWD/target/release/guest/bpfsign-workload
go=$dir/gomalloc
stats=$(sysctl -n kernel.bpf_stats_enabled)
mount -t tracefs tracefs /sys/kernel/tracing
CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' GOCACHE=$PWD/target/go-cache \
	go build -trimpath -o "$go" testing/workload/go/malloc.go
dd if=/dev/zero of=target/bench-pages bs=1M count=64 status=none
sync target/bench-pages

programs_in_kernel() {
	bpftool prog show | sed -n 's/^\([0-9]*\): .*/\1/p' | sort
}

# ns for each run, of all programs with these numbers but those that print text.
cost() {
	local id
	for id in $1; do
		bpftool prog show id "$id" 2>/dev/null | head -n 1
	done | awk '!/name metrics/ { for (i = 1; i < NF; i++) {
			if ($i == "run_time_ns") t += $(i + 1)
			if ($i == "run_cnt") n += $(i + 1) } }
		END { if (n) printf "%7.0f ns (%d)", t / n, n; else printf "%7s ns (0)", "-" }'
}

# cost_of PACKAGE [--binary FILE] -- RIVAL... -- WORKLOAD...
cost_of() {
	local name=$1 before rivals ours pid='' options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	local rival=() label
	while [ "$1" != -- ]; do
		rival+=("$1")
		shift
	done
	shift
	"$author" build "programs/$name" -o "$dir/$name.bpfpkg" >/dev/null 2>&1
	"$author" sign --key "$dir/release.key" "$dir/$name.bpfpkg" >/dev/null
	before=$(programs_in_kernel)
	label="nothing of Debian's runs here"
	if [ ${#rival[@]} -gt 0 ]; then
		label=${rival[0]}
		"${rival[@]}" </dev/null >/dev/null 2>&1 &
		pid=$!
		sleep 3
	fi
	rivals=$(comm -13 <(echo "$before") <(programs_in_kernel))
	before=$(programs_in_kernel)
	"$loader" load "${host[@]}" "${options[@]}" "$dir/$name.bpfpkg" >/dev/null
	ours=$(comm -13 <(echo "$before") <(programs_in_kernel))
	sysctl -q kernel.bpf_stats_enabled=1
	"$@" </dev/null >/dev/null 2>&1 || true
	sysctl -q "kernel.bpf_stats_enabled=$stats"
	printf '%-16s %-24s %-16s %-24s\n' "$name" "$(cost "$ours")" "$label" "$(cost "$rivals")"
	"$loader" unload "${host[@]}" "$name" >/dev/null
	if [ -n "${pid:-}" ]; then
		kill -INT "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	fi
}

repeat() {
	local i
	for ((i = 0; i < $1; i++)); do "${@:2}" </dev/null; done
}
go_allocates() {
	echo | "$go" 50000 3000
}

# in_group CONTROLLER COMMAND...: in a control group of version 1, or else 2, with 8 MiB
# of memory or a fifth of a CPU.
in_group() {
	local controller=$1 group
	shift
	if [ -d "/sys/fs/cgroup/$controller" ]; then
		group=/sys/fs/cgroup/$controller/bpfsign-bench-$$
		mkdir "$group"
		case $controller in
		memory) echo $((8 << 20)) >"$group/memory.limit_in_bytes" ;;
		cpu) echo 20000 >"$group/cpu.cfs_quota_us" ;;
		esac
	else
		group=/sys/fs/cgroup/bpfsign-bench-$$
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
		mkdir "$group"
		case $controller in
		memory) echo $((8 << 20)) >"$group/memory.max" ;;
		cpu) echo "20000 100000" >"$group/cpu.max" ;;
		esac
	fi
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		echo | "$@"
	)
	sleep 0.2
	rmdir "$group"
}

echo
echo "ns for each event (and how many), both attached at once:"
cost_of sched-latency -- runqlat -P -- taskset -c 0 "$workload" ping-pong 50000
cost_of off-cpu -- offcputime -- taskset -c 0 "$workload" ping-pong 50000
cost_of syscall-count -- syscount -- "$workload" calls 500000
cost_of sockstat -- tcpstates -- repeat 20 "$workload" sockets 20 20
cost_of tcp-retransmit -- bpftrace -e 'tracepoint:tcp:tcp_retransmit_skb {
	@[args->family, ntop(args->daddr_v6), args->dport] = count(); }' -- \
	repeat 10 "$workload" tcp-lost 3
cost_of tcp-rcvq-drops -- bpftrace -e 'tracepoint:udp:udp_fail_queue_rcv_skb { @u[cgroup] = count(); }
	tracepoint:skb:kfree_skb { @t[args->reason] = count(); }' -- repeat 20 "$workload" udp-queue 1000
cost_of qdisc-drops -- bpftrace -e 'tracepoint:skb:kfree_skb { @[args->reason] = count(); }' -- \
	repeat 20 "$workload" qdisc 1000
cost_of mem-reclaim -- bpftrace -e 'software:major-faults:1 { @[cgroup] = count(); }' -- \
	repeat 10 "$workload" major-faults target/bench-pages 1000
cost_of memcg-pressure -- bpftrace -e 'tracepoint:vmscan:mm_vmscan_memcg_reclaim_begin { @s[tid] = nsecs; }
	tracepoint:vmscan:mm_vmscan_memcg_reclaim_end /@s[tid]/ {
	@[cgroup] = hist((nsecs - @s[tid]) / 1000); delete(@s[tid]); }' -- \
	in_group memory "$workload" read target/bench-pages
cost_of go-malloc --binary "$go" -- bpftrace -e "uprobe:$go:runtime.mallocgc {
	@[pid, ustack(32)] = count(); @b[pid] = hist(reg(\"ax\")); }" -- go_allocates
# These two hook functions, where the kernel lets them; their censuses cost nothing
# between readings.
cost_of cfs-throttle -- bpftrace -e 'kprobe:throttle_cfs_rq { @s[arg0] = nsecs; }
	kprobe:unthrottle_cfs_rq /@s[arg0]/ { @ = hist(nsecs - @s[arg0]); delete(@s[arg0]); }' -- \
	in_group cpu timeout 5 "$workload" burn
cost_of fd-leak -- bpftrace -e 'kprobe:fd_install { @o[pid] = count(); }
	kprobe:close_fd { @c[pid] = count(); }' -- repeat 20 "$workload" descriptors 1000 1000

echo
echo "events through the holder (ring buffer: every 10 ms, or when a quarter of 1 MiB is filled;"
echo "perf buffer: every 10 ms, or 500 events of a CPU); the last of eight readers stands still:"
cargo build --quiet --release --locked -p bpfsign --example event-rate
for target in generic kylin-v10-4.19; do
	"$author" build testing/programs/event-rate --target "$target" -o "$dir/events.bpfpkg" >/dev/null
	"$author" sign --key "$dir/release.key" "$dir/events.bpfpkg" >/dev/null
	"$loader" load "${host[@]}" "$dir/events.bpfpkg" >/dev/null
	for readers in 1 8; do
		printf '%-12s' "$(case $target in generic) echo ring buffer ;; *) echo perf buffer ;; esac)"
		target/release/examples/event-rate "$dir/run" "$dir/bpf/bpfsign" "$readers" 5 \
			"$workload" pace 110
	done
	"$loader" unload "${host[@]}" event-rate >/dev/null
done
rm -f target/bench-pages
