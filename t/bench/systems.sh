# shellcheck shell=sh
# What t/bench/run needs to have the two systems up and down: sourced, not run.
#
# up SYSTEM, in the directory $R that fresh made, has the system replicate
# $R/src to $R/dst, and sets the pids SEND, RECV and WATCH (0: there is none;
# floor's sender watches by itself).  down ends them again.  Every round has a
# new $R, and nothing but large files is deleted between rounds: ext4 makes
# files slowly for minutes after many were deleted.

PIDS=		# all that was started and not ended
ROUND=0

# until_true TENTHS CMD...: poll; 1 at the deadline.
until_true() {
	left=$1
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# over PID: is this child over?  (Before it is waited for, it is a zombie.)
over() {
	[ ! -r "/proc/$1/stat" ] ||
	    [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]
}

# started: remember the newest background process.
started() {
	PIDS="$PIDS $!"
}

# end PID: one that we started, first gently.
end() {
	kill "$1" 2>/dev/null
	until_true 100 over "$1" || {
		missed "process $1 did not end by SIGTERM"
		kill -9 "$1" 2>/dev/null
	}
	wait "$1" 2>/dev/null
	PIDS=$(for pid in $PIDS; do
		[ "$pid" = "$1" ] || echo "$pid"
	done)
}

fresh() {
	ROUND=$((ROUND + 1))
	R=$WORK/$ROUND
	mkdir "$R" "$R/src" "$R/dst"
	SEND=0 RECV=0 WATCH=0 PROBE=0
}

# Has the receiver said where it listens?  Sets ADDR.
listening() {
	ADDR=$(sed -n 's/^# listening //p' "$R/recv.out" 2>/dev/null)
	[ -n "$ADDR" ]
}

start_recv() {
	case $1 in
	floor)
		"$HERE/floor" recv 0 "$R/dst" >"$R/recv.out" \
		    2>"$R/recv.err" &
		;;
	rask)
		"$BIN/rask-recv" -l 127.0.0.1:0 -q "$R/dst" >"$R/recv.out" \
		    2>"$R/recv.err" &
		;;
	esac
	RECV=$!
	started
	until_true 200 listening
}

start_send() {
	if [ "$1" = floor ]; then
		"$HERE/floor" send 127.0.0.1 "${ADDR##*:}" "$R/src" \
		    2>"$R/send.err" &
		SEND=$!
		started
		return 0
	fi
	mkfifo "$R/pipe"
	"$BIN/rask-send" -q "$ADDR" <"$R/pipe" >"$R/send.out" \
	    2>"$R/send.err" &
	SEND=$!
	started
	"$BIN/rask-watch" "$R/src" >"$R/pipe" 2>"$R/watch.err" &
	WATCH=$!
	started
}

# One more file in src: has one arrived?  (What was written before the watch
# began never does.)
probe() {
	PROBE=$((PROBE + 1))
	echo "$PROBE" >"$R/src/probe.$PROBE"
	set -- "$R/dst"/probe.*
	[ -s "$1" ]
}

up() {
	if start_recv "$1" && start_send "$1" && until_true 200 probe; then
		return 0
	fi
	missed "$1 does not come up:"
	cat "$R"/*.err >&2
	down
	return 1
}

down() {
	for pid in $WATCH $SEND $RECV; do
		[ "$pid" = 0 ] || end "$pid"
	done
	WATCH=0 SEND=0 RECV=0
}

# family PID: it and what descends from it, a line each.
family() {
	echo "$1"
	cat "/proc/$1/task"/*/children 2>/dev/null | tr ' ' '\n' |
	    while read -r child; do
		[ -z "$child" ] || family "$child"
	done
}

# switches PID: its context switches so far, of all threads.
switches() {
	for pid in $(family "$1"); do
		cat "/proc/$pid/task"/*/status
	done | awk '/ctxt_switches/ { n += $2 } END { print n + 0 }'
}

# ticks PID: its processor time so far, in clock ticks (100 a second).
ticks() {
	for pid in $(family "$1"); do
		cat "/proc/$pid/stat"
	done | awk '{ n += $14 + $15 } END { print n + 0 }'
}

# peak PID: the most memory that it had resident, in MiB.
peak() {
	for pid in $(family "$1"); do
		cat "/proc/$pid/status"
	done | awk '/^VmHWM/ { n += $2 } END { printf "%.1f\n", n / 1024 }'
}

# unchanged PID...: did they do nothing since the last call, 2 s ago?
unchanged() {
	seen=$(for p in "$@"; do
		switches "$p"
	done)
	[ "$seen" != "$LAST" ] || return 0
	LAST=$seen
	sleep 1.9
	return 1
}

# settle PID...: wait until they rest, half a minute at most.
settle() {
	LAST=
	until_true 15 unchanged "$@" || say "they never rest"
}
