#!/usr/bin/env bats
# rask-index: disks that are full or fail, files that are damaged or made to be
# hostile, clients that are no good.
#
# RASK_EVERY=1: each call of a kind fails once, not only some.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

SOME=3		# calls of a kind that fail

ixwriter() {
	"$TBIN/ixwriter" "$@"
}

# listening: the server tells that it does; false once it has ended.
listening() {
	[ -s serve.out ] || ended "$SERVE"
}

# start [CMD...]: serve ./d at ./s, run by a command.
start() {
	rm -f serve.out s
	spawn serve.out "$@" rask-index serve -d d -i s --feed 1M \
	    --gather "${GATHER:-300}" </dev/null
	SERVE=$PID
	wait_until 10 listening
}

# stop: the server ends as it should.
stop() {
	kill "$SERVE"
	must_end 0 "$SERVE"
}

# fault KIND:N:WHAT [VAR=VALUE...]: a server in which a call fails.
fault() {
	local f=$1
	shift
	start env IXFAULT="$f:fault" LD_PRELOAD="$TBIN/ixfault.so" "$@"
}

# stat_of NAME: what the server tells of itself.
stat_of() {
	rask-index stat -i s | sed -n "s/^$1=//p"
}

# Calls that fail.

# work: some load with many checkpoints.
work() {
	ixwriter load s log 100 320
}

# fail_at VERB:KIND:ERRNO N: that call fails, in a directory of its own; all
# that was told taken is there, then and after another opening.
fail_at() {
	local verb=${1%%:*} what=${1#*:}
	mkdir "$1:$2"
	cd "$1:$2"
	GATHER=40
	fault "${what%:*}:$2:${what#*:}" IXFAULT_IN="$verb"
	if [ -e fault ] && ended "$SERVE"; then
		wait "$SERVE" || [ $? -lt 128 ]
	else
		work
		ixwriter check s log taken
		rask-index check -i s
		kill "$SERVE"
		wait "$SERVE" || [ $? -eq 74 ]
	fi
	touch log
	start
	ixwriter check s log taken
	stop
	rask-index check -d d
}

# numbers VERB:KIND:ERRNO: which of these calls fail.
numbers() {
	local what=${1#*:} n
	n=$(awk -v v="${1%%:*}" -v k="${what%:*}" '$1 == v && $2 == k &&
	    $3 > n { n = $3 } END { print n + 0 }' fault.count)
	[ "$n" -gt 0 ] || return 1
	if [ "${RASK_EVERY:-0}" -eq 1 ] || [ "$n" -lt "$SOME" ]; then
		seq "$n"
	else
		shuf -i "1-$n" -n "$SOME"
	fi
}

# fail_all VERB:KIND:ERRNO...: of each some, many at a time.
fail_all() {
	local c n job
	GATHER=40 fault none:0:0
	work
	stop
	for c in "$@"; do
		numbers "$c" >numbers || { echo "$c: no such calls"; return 1; }
		while read -r n; do
			echo "$c $n"
		done <numbers
	done >todo
	export -f fail_at fault start stop work ixwriter listening ended \
	    wait_until spawn must_end teardown
	export TBIN
	xargs -P 12 -L 1 -a todo bash -c 'set -e; SPAWNED=; trap teardown EXIT
	    cd "$0"; exec >"$0/$1:$2.out" 2>&1; fail_at "$1" "$2"' "$PWD" ||
	    for job in *.out; do
		tail -n 20 "$job" "${job%.out}/serve.out.err"
		return 1
	    done
}

@test "a full disk at the N-th call: refused, taken later, and nothing lost" {
	BATS_TEST_TIMEOUT=3600
	fail_all serve:write:28 serve:room:28 serve:make:28 \
	    checkpoint:write:28 checkpoint:make:28
}

@test "a sync, a rename or another call that fails once: the same" {
	BATS_TEST_TIMEOUT=3600
	fail_all serve:sync:5 serve:rename:5 serve:unlink:5 checkpoint:sync:5
}
