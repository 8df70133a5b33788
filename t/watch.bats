#!/usr/bin/env bats
# rask-watch: a tree's changes as lines.

load helper

# start_watch [OPTION...]: watch ./a into ./out, and wait until it is ready.
start_watch() {
	mkdir -p a
	spawn out rask-watch "$@" a
	WATCH=$PID
	wait_until 10 has out "# ready"
}

# tells LINE: the line comes.
tells() {
	wait_until 5 has out "$1"
}

# quiet: the watcher has said all that there is, since it says this last.
quiet() {
	: >"a/.quiet$1"
	tells "put${TAB}.quiet$1"
}

@test "usage errors are 64, a missing or wrong DIR is 66" {
	must_fail 64 rask-watch
	must_fail 64 rask-watch -Z a
	must_fail 64 rask-watch -m soon a
	must_fail 66 rask-watch nowhere 2>err
	says err nowhere
	: >file
	must_fail 66 rask-watch file
	run --separate-stderr rask-watch -h
	[ "$status" -eq 0 ] && [[ $output == usage:* ]] && [ -z "$stderr" ]
}

@test "the first line says which tree" {
	start_watch
	[ "$(head -n 1 out)" = "tree${TAB}$(realpath a)" ]
}

@test "a file is told when its writer closes it, not before" {
	start_watch
	mkfifo hold
	exec 8<>hold
	spawn held "$TBIN/fsop" hold a/f <hold 8>&-
	wait_until 5 says held held
	quiet 1
	! has out "put${TAB}f"
	printf more >&8
	exec 8>&-
	tells "put${TAB}f"
}

@test "-m tells a file that is still being written, too" {
	start_watch -m 50
	mkfifo hold
	exec 8<>hold
	spawn held "$TBIN/fsop" hold a/f <hold 8>&-
	tells "put${TAB}f"
	exec 8>&-
}

@test "every way to make or change a file is told" {
	mkdir a
	printf '0123456789' | tee a/trunc a/map a/mode a/time a/over >/dev/null
	start_watch
	"$TBIN/fsop" truncate a/trunc 4
	tells "put${TAB}trunc"
	"$TBIN/fsop" mmap a/map
	tells "put${TAB}map"
	"$TBIN/fsop" tmpfile a/tmpfile
	tells "put${TAB}tmpfile"
	chmod 600 a/mode
	tells "put${TAB}mode"
	touch -d '2001-01-01' a/time
	tells "put${TAB}time"
	ln a/mode a/hard
	tells "put${TAB}hard"
	echo x >outside
	ln outside a/hard2
	tells "put${TAB}hard2"
	echo new >new
	mv new a/over
	tells "put${TAB}over"
	ln -s nowhere a/sym
	tells "symlink${TAB}sym"
	: >a/empty
	tells "put${TAB}empty"
}

@test "a delete is told once the name is gone, an exchange is none" {
	mkdir a
	echo 1 >a/f
	echo 1 >a/g
	echo 2 >other
	start_watch
	"$TBIN/fsop" exchange other a/f
	tells "put${TAB}f"
	rm a/g
	tells "del${TAB}g"
	quiet 1
	! has out "del${TAB}f"
}

@test "renames inside are mv, in and out are put and del" {
	mkdir -p a/d
	echo 1 >a/f
	echo 2 >in
	start_watch
	mv a/f a/d/g
	tells "mv${TAB}f${TAB}d/g"
	mv a/d a/e
	tells "mv${TAB}d${TAB}e"
	echo 3 >a/e/h
	tells "put${TAB}e/h"
	mv in a/in
	tells "put${TAB}in"
	mv a/e/g out-of-it
	tells "del${TAB}e/g"
}

@test "a directory that moves in is told with its contents, and watched" {
	mkdir -p d/e
	echo 1 >d/1
	echo 2 >d/e/2
	start_watch
	mv d a/d
	tells "mkdir${TAB}d"
	tells "put${TAB}d/1"
	tells "put${TAB}d/e/2"
	echo 3 >a/d/e/3
	tells "put${TAB}d/e/3"
}

@test "a directory that moves out is told name by name, and not watched on" {
	[ "$(id -u)" -eq 0 ] || skip "needs open_by_handle_at(2)"
	mkdir -p a/d/e
	echo 1 >a/d/1
	echo 2 >a/d/e/2
	start_watch
	mv a/d gone
	tells "del${TAB}d"
	has out "del${TAB}d/1"
	has out "del${TAB}d/e/2"
	echo 3 >gone/e/3
	quiet 1
	! says out "e/3"
}

@test "new directories are raced against their contents: all is told" {
	start_watch
	for i in $(seq 100); do
		mkdir -p "a/$i/x"
		echo "$i" >"a/$i/f"
		echo "$i" >"a/$i/x/g"
	done
	for i in $(seq 100); do
		tells "put${TAB}$i/f"
		tells "put${TAB}$i/x/g"
	done
	quiet 1
	# Nothing twice without reason.
	[ "$(grep -c '^put' out)" -le 240 ]
}

@test "-s tells what exists with found=1, then '# ready'; -1 ends there" {
	mktree a
	rask-watch -1 a >out
	[ "$(tail -n 1 out)" = "# ready" ]
	has out "put${TAB}plain${TAB}found=1"
	has out "mkdir${TAB}deep/er${TAB}found=1"
	has out "symlink${TAB}link${TAB}found=1"
	[ "$(grep -c 'found=1' out)" -eq \
	    "$(find a -mindepth 1 -printf x | wc -c)" ]
}

@test "names are told byte by byte, with controls escaped" {
	start_watch
	: >a/$'new\nline'
	tells 'put'"${TAB}"'new\nline'
	: >a/$'t\tb\\s'
	tells 'put'"${TAB}"'t\tb\\s'
	: >a/$'latin-\xe9'
	tells "put${TAB}"$'latin-\xe9'
	: >a/-n
	tells "put${TAB}-n"
	: >a/$'\x01'
	tells 'put'"${TAB}"'\x01'
	n=$(printf 'n%.0s' $(seq 255))
	: >"a/$n"
	tells "put${TAB}$n"
}

@test "-l tells the fields that a node wants" {
	start_watch -l
	printf 12345 >a/f
	chmod 640 a/f
	wait_until 5 grep -q "^put${TAB}f${TAB}.*mode=0640" out
	grep -q "size=5.*mtime=$(stat -c %Y a/f)" out
	grep -q "ino=$(stat -c %i a/f)" out
	ln -s to/where a/l
	wait_until 5 grep -q "^symlink${TAB}l${TAB}.*target=to/where" out
}

@test "-j prints JSON, also for names that are not UTF-8" {
	start_watch_json() {
		mkdir -p a
		spawn out rask-watch -j a
		wait_until 10 says out '"ready"'
	}
	start_watch_json
	: >a/$'latin-\xe9'
	wait_until 5 says out path_base64
	python3 -c '
import base64, json
rows = [json.loads(l) for l in open("out")]
row = [r for r in rows if r.get("path_base64")][0]
assert base64.b64decode(row["path_base64"]) == b"latin-\xe9"'
}

@test "-x leaves names out, and what is below them" {
	start_watch -x '*.part' -x 'd/skip'
	mkdir -p a/d/skip a/d/keep a/e/skip
	echo 1 >a/f.part
	echo 1 >a/d/skip/f
	echo 1 >a/e/skip/f
	echo 1 >a/d/keep/f
	tells "put${TAB}d/keep/f"
	tells "put${TAB}e/skip/f"
	quiet 1
	! says out f.part
	! says out d/skip
}

@test ".rask at the root is neither watched nor told" {
	mkdir -p a/.rask/tmp a/d/.rask
	start_watch -s
	echo 1 >a/.rask/tmp/f
	echo 1 >a/d/.rask/f
	tells "put${TAB}d/.rask/f"
	quiet 1
	! grep -q "${TAB}\.rask" out
}

@test "an overflow of the queue is told, and everything is told again" {
	n=$(($(cat /proc/sys/fs/inotify/max_queued_events) + 100))
	[ "$n" -le 200000 ] || skip "the queue is too long to fill"
	mkdir -p a/d
	echo 1 >a/d/before
	start_watch
	kill -STOP "$WATCH"
	"$TBIN/fsop" many a "$n"
	echo 2 >a/d/lost
	kill -CONT "$WATCH"
	wait_until 20 has out "# rescan done"
	has out "# overflow"
	has out "put${TAB}d/before${TAB}found=1"
	has out "put${TAB}d/lost${TAB}found=1"
	says out.err max_queued_events
	echo 3 >a/d/after
	tells "put${TAB}d/after"
}

@test "what a stalled reader does not take folds, and is told in the end" {
	mkdir -p a/d
	mkfifo pipe
	exec 9<>pipe
	"$BIN/rask-watch" a >pipe 2>err 9>&- 3>&- &
	WATCH=$!
	SPAWNED="$SPAWNED $WATCH"
	read -r _ <&9
	read -r ready <&9
	[ "$ready" = "# ready" ]
	(cd a/d && seq 30000 | xargs touch)
	wait_until 20 idle_process "$WATCH"
	hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$WATCH/status")
	[ "$hwm" -le 16384 ] || sanitized
	echo last >a/last
	cat <&9 >out 3>&- &
	CAT=$!
	SPAWNED="$SPAWNED $CAT"
	wait_until 20 has out "put${TAB}last"
	wait_until 20 all_told
}

# It waits for its reader: no processor time for half a second.
idle_process() {
	local t
	t=$(awk '{ print $14 + $15 }' "/proc/$1/stat")
	sleep 0.5
	[ "$t" = "$(awk '{ print $14 + $15 }' "/proc/$1/stat")" ]
}

all_told() {
	[ "$(grep -o "^put${TAB}d/[0-9]*" out | sort -u | wc -l)" -eq 30000 ]
}

@test "when watches run out it says which sysctl, its value and the need" {
	unshare -Ur true 2>/dev/null || skip "no user namespaces here"
	mkdir -p a/{1..50}
	chmod 755 .
	run unshare -Ur sh -c '
		echo 20 >/proc/sys/user/max_inotify_watches || exit 99
		exec rask-watch a'
	[ "$status" -ne 99 ] || skip "max_inotify_watches cannot be set"
	[ "$status" -eq 78 ]
	[[ $output == *max_*watches* ]]
}

@test "the end of the root ends it with 69 and a clear error" {
	start_watch
	rmdir a
	wait_until 5 ended "$WATCH"
	must_end 69 "$WATCH"
	[ -s out.err ]
}

@test "a root that moves away ends it with 69" {
	start_watch
	mv a elsewhere
	must_end 69 "$WATCH"
}

@test "an unmount of the root ends it with 69, and is no delete" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	cat >try <<-'EOF'
	mkdir -p a && mount -t tmpfs none a && echo x >a/f || exit 99
	rask-watch a >out 2>err &
	pid=$!
	for i in $(seq 100); do grep -q ready out && break; sleep 0.05; done
	# It lets go of the tree when it has been idle for a moment.
	for i in $(seq 50); do umount a 2>/dev/null && break; sleep 0.1; done
	mountpoint -q a && exit 98
	wait $pid
	EOF
	run unshare -m sh try
	[ "$status" -ne 99 ] || skip "cannot mount here"
	[ "$status" -eq 69 ]
	! grep -q ^del out
	[ -s err ]
}

@test "a mount point inside is named and not crossed" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	cat >try <<-'EOF'
	mkdir -p a/m a/n && mount -t tmpfs none a/m && echo x >a/m/f || exit 99
	echo x >a/n/f
	rask-watch -1 a >out
	EOF
	run unshare -m sh try
	[ "$status" -ne 99 ] || skip "cannot mount here"
	has out "# mount m"
	has out "put${TAB}n/f${TAB}found=1"
	! says out "m/f"
}

@test "10,000 directories: 16 MiB at most, and no wake-up" {
	mkdir a
	(cd a && seq 10000 | xargs mkdir)
	start_watch
	hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$WATCH/status")
	[ "$hwm" -le 16384 ] || sanitized
	switches() {
		awk '/ctxt_switches/ { n += $2 } END { print n }' \
		    "/proc/$WATCH/status"
	}
	sleep 2
	before=$(switches)
	sleep 2
	[ "$(switches)" -eq "$before" ]
	echo x >a/7777/f
	tells "put${TAB}7777/f"
}

@test "SIGTERM and SIGINT end it with 0, SIGUSR1 prints counters" {
	start_watch
	echo x >a/f
	tells "put${TAB}f"
	kill -USR1 "$WATCH"
	wait_until 5 test -s out.err
	kill "$WATCH"
	must_end 0 "$WATCH"
}

@test "a reader that goes away ends it quietly, also while it is idle" {
	mkdir a
	mkfifo pipe
	"$BIN/rask-watch" a >pipe 2>err 3>&- &
	WATCH=$!
	SPAWNED="$SPAWNED $WATCH"
	head -n 2 <pipe >out
	must_end 0 "$WATCH"
	[ ! -s err ]
}
