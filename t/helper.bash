# What all tests share.  A test runs in $BATS_TEST_TMPDIR, starts what it needs
# with spawn, and waits for conditions, never for time.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
BIN=${BIN:-bin}
case $BIN in
/*) ;;
*) BIN=$ROOT/$BIN ;;
esac
PATH=$BIN:$PATH
# Helper programs, built by make.
TBIN=${TBIN:-t/bin}
case $TBIN in
/*) ;;
*) TBIN=$ROOT/$TBIN ;;
esac
# shellcheck disable=SC2034  # for the tests
TAB=$(printf "\t")

# A stalled program is a failed test, not a hung run.
BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	SPAWNED=
}

# End what the test started, by its pid.
teardown() {
	local pid
	for pid in $SPAWNED; do
		kill -CONT "$pid" 2>/dev/null || :
		kill "$pid" 2>/dev/null || :
	done
	for pid in $SPAWNED; do
		for _ in $(seq 100); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.05
		done
		kill -9 "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
}

# spawn OUT CMD...: run in the background with stdout in OUT and stderr in
# OUT.err, and remember the pid, also in $PID.
spawn() {
	local out=$1
	shift
	"$@" <&0 >"$out" 2>"$out.err" 3>&- &
	PID=$!
	SPAWNED="$SPAWNED $PID"
}

# wait_until SECONDS CMD...: poll until the command succeeds.
wait_until() {
	local end=$((${EPOCHREALTIME%.*} + $1))
	shift
	until "$@"; do
		if [ "${EPOCHREALTIME%.*}" -ge "$end" ]; then
			echo "timed out: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# must_fail STATUS CMD...: a refusal with this status; a signal is none.
must_fail() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" -eq "$want" ] || {
		echo "status $got, not $want: $*" >&2
		return 1
	}
}

# sanitized: these programs carry the address sanitizer, and its memory.
sanitized() {
	grep -q __asan_init "$BIN/rask-watch"
}

# has FILE LINE: the file has this whole line.
has() {
	grep -qxF -- "$2" "$1"
}

# has_count FILE PATTERN N: so many lines match.
has_count() {
	[ "$(grep -c -- "$2" "$1")" -eq "$3" ]
}

# says FILE TEXT: the text is somewhere in the file.
says() {
	grep -qF -- "$2" "$1"
}

# ended PID: the process is gone.
ended() {
	! kill -0 "$1" 2>/dev/null
}

# must_end STATUS PID: wait for a spawned process; it ends with this status.
must_end() {
	local got=0
	wait "$2" || got=$?
	[ "$got" -eq "$1" ] || {
		echo "process ended with $got, not $1" >&2
		return 1
	}
}

# start_recv DIR [OPTION...]: a receiver; its port is in $PORT, its lines in
# recv.out.
start_recv() {
	local dir=$1
	shift
	mkdir -p "$dir"
	rm -f recv.out
	spawn recv.out rask-recv -l 127.0.0.1:0 "$@" "$dir"
	RECV=$PID
	wait_until 5 says recv.out listening
	PORT=$(sed -n 's/.*listening 127\.0\.0\.1:\([0-9]*\).*/\1/p' recv.out |
	    head -n 1)
}

# open_fifo NAME: make a fifo and open it as descriptor 9, both ways, so that
# nobody waits for the other end.  A program that reads it is started with
# '<NAME 9>&-', and meets its end at 'exec 9>&-'.
open_fifo() {
	mkfifo "$1"
	exec 9<>"$1"
}

# start_pipe A B: rask-watch A | rask-send to a receiver of B.
start_pipe() {
	mkdir -p "$1"
	start_recv "$2"
	open_fifo pipe
	spawn send.out rask-send "127.0.0.1:$PORT" <pipe 9>&-
	SEND=$PID
	spawn pipe rask-watch "$1" 9>&-
	WATCH=$PID
	exec 9>&-
	wait_until 5 poke "$1" "$2"
}

# poke A B: touch a file in A; has it ever arrived in B?  (The watcher says
# when it is ready into a pipe that we do not see.)
poke() {
	: >"$1/.up"
	[ -e "$2/.up" ]
}

# list DIR: names, types, modes, mtimes, sizes and targets, .rask left out.
list() {
	(cd "$1" && find . -path ./.rask -prune -o ! -path . \
	    \( -type d -printf 'd %m %P\0' -o \
	    -type l -printf 'l %T@ %P %l\0' -o \
	    -printf '%y %m %T@ %s %P\0' \) | sort -z | tr '\0' '\n')
}

# same_tree A B: names, types, modes, mtimes and contents are the same.
same_tree() {
	[ "$(list "$1")" = "$(list "$2")" ] &&
	    diff -r --no-dereference -x .rask "$1" "$2" >/dev/null
}

# mktree DIR: the awkward set.
mktree() {
	mkdir -p "$1/deep/er/and/deeper" "$1/empty dir" "$1/-dash"
	printf 'one\n' >"$1/plain"
	: >"$1/empty"
	printf 'x' >"$1/with space"
	printf 'x' >"$1/new"$'\n'"line"
	printf 'x' >"$1/tab"$'\t'"and\\backslash"
	printf 'x' >"$1/latin1-"$'\xe9'
	printf 'x' >"$1/-dash/-n"
	printf 'x' >"$1/$(printf 'n%.0s' $(seq 255))"
	printf 'x' >"$1/deep/er/and/deeper/file"
	printf 'secret' >"$1/mode0"
	chmod 0 "$1/mode0"
	chmod 755 "$1/plain"
	ln -s nowhere "$1/dangling"
	ln -s plain "$1/link"
	truncate -s 1M "$1/sparse"
	printf 'end' >>"$1/sparse"
	head -c 300000 /dev/urandom >"$1/large"
	touch -d '2001-02-03 04:05:06.789012345' "$1/plain" "$1/deep/er"
	touch -h -d '1999-12-31 23:59:59' "$1/link"
}
