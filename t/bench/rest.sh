# shellcheck shell=sh
# The rows of t/bench/run that measure no speed: what the programs do when
# there is nothing to do, and the memory that they take.  Sourced, not run.

# files_below DIR: IDLE_DIRS directories of 100 files each.
files_below() {
	for d in $(seq "$IDLE_DIRS"); do
		mkdir "$1/$d"
		(cd "$1/$d" && seq 100 | xargs touch)
	done
}

# before NAME PID: note what it did so far.
before() {
	echo "$(switches "$2") $(ticks "$2")" >"$R/before.$1"
}

# after WHEN ALLOWED NAME PID: tell what it did since.
after() {
	read -r switches ticks <"$R/before.$3"
	switches=$(($(switches "$4") - switches))
	ticks=$(($(ticks "$4") - ticks))
	tell "$1 $3, switches in $IDLE_SECONDS s" "$switches" - - '<=' "$2" \
	    "$switches"
	tell "$1 $3, processor ticks" "$ticks" - -
}

row_idle() {
	fresh
	files_below "$R/src"
	cp -a "$R/src/." "$R/dst"
	mkfifo "$R/alone"
	exec 9<>"$R/alone"
	"$BIN/rask-watch" "$R/src" >"$R/alone" 2>"$R/watch.err" 9>&- &
	WATCH=$!
	started
	start_recv rask 9>&- || missed "rask-recv does not come up"
	settle "$WATCH" "$RECV"
	before watch "$WATCH"
	before recv "$RECV"
	sleep "$IDLE_SECONDS"
	after "idle alone," 0 watch "$WATCH"
	after "idle alone," 0 recv "$RECV"
	down
	exec 9>&-
	up rask || return
	settle "$WATCH" "$SEND" "$RECV"
	before watch "$WATCH"
	before send "$SEND"
	before recv "$RECV"
	sleep "$IDLE_SECONDS"
	beats=$(((IDLE_SECONDS + 9) / 10))
	after "idle connected," "$beats" watch "$WATCH"
	after "idle connected," "$beats" send "$SEND"
	after "idle connected," "$beats" recv "$RECV"
	down
}

# A sender whose peer is not there, and which is told of QUEUED files.
queue() {
	fresh
	(cd "$R/src" && seq -f 'f%.0f' "$QUEUED" | xargs touch)
	mkfifo "$R/lines"
	exec 9<>"$R/lines"
	"$BIN/rask-send" -q -C "$R/src" 127.0.0.1:1 <"$R/lines" \
	    >"$R/send.out" 2>"$R/send.err" 9>&- &
	SEND=$!
	started
	seq -f 'put	f%.0f' "$QUEUED" >&9 &
	lines=$!
	started
	until_true 600 over "$lines" || say "rask-send takes no more lines"
	settle "$SEND"
	tell "rask-send, $QUEUED paths queued, MiB" "$(peak "$SEND")" - -
	tell "rask-send, $QUEUED paths queued, ticks" "$(ticks "$SEND")" - -
	end "$lines"
	exec 9>&-
	down
}

is_ready() {
	grep -q '^# ready' "$R/watch.out"
}

# A watcher of WATCHED directories.
watched() {
	fresh
	(cd "$R/src" && seq "$WATCHED" | xargs mkdir)
	"$BIN/rask-watch" -s "$R/src" >"$R/watch.out" 2>"$R/watch.err" &
	WATCH=$!
	started
	until_true 600 is_ready || missed "rask-watch does not become ready"
	tell "rask-watch, $WATCHED directories, MiB" "$(peak "$WATCH")" - -
	tell "rask-watch, $WATCHED directories, ticks" "$(ticks "$WATCH")" - -
	down
}

row_memory() {
	[ -f "$WORK/peak.rask" ] || {
		large_round floor
		large_round rask
	}
	tell "sender after the large file, MiB" "$(of send peak.rask)" \
	    "$(of send peak.floor)" -
	tell "receiver after the large file, MiB" "$(of recv peak.rask)" \
	    "$(of recv peak.floor)" -
	queue
	watched
}
