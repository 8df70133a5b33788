#!/usr/bin/env bats
# rask-send: change lines to a peer.

load helper

# A rask-send that stays and reads what is written to descriptor 9.
start_send() {
	open_fifo lines
	spawn send.out rask-send "$@" <lines 9>&-
	SEND=$PID
}

# A large file is on its way.
begun() {
	[ -n "$(find b/.rask/tmp -name 'p.*')" ]
}

@test "an unknown option, no host and two hosts are usage errors" {
	must_fail 64 rask-send -Z host
	must_fail 64 rask-send
	must_fail 64 rask-send a b
	must_fail 64 rask-send -e true host
	must_fail 64 rask-send -r fast host
	must_fail 64 rask-send -t soon host
	must_fail 64 rask-send '[::1'
	run --separate-stderr rask-send -Z host
	[ "${stderr_lines[0]}" = "rask-send: -Z: unknown option" ]
	[[ ${stderr_lines[1]} == usage:* ]]
	[ -z "$output" ]
}

@test "-h and -V print to stdout and exit 0" {
	run --separate-stderr rask-send --help
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [[ $output == usage:* ]]
	run --separate-stderr rask-send --version
	[ "$status" -eq 0 ] && [[ $output == "rask-send "* ]]
}

@test "everything of an awkward tree arrives, and the status is 0" {
	mktree a
	start_recv b
	(cd a && find . -mindepth 1 -printf '%P\0') |
	    python3 -c '
import sys
esc = {9: b"\\t", 10: b"\\n", 13: b"\\r", 92: b"\\\\"}
for p in sys.stdin.buffer.read().split(b"\0")[:-1]:
    q = b"".join(esc.get(c, bytes([c])) for c in p)
    sys.stdout.buffer.write(b"put\t" + q + b"\n")' >lines
	rask-send -C a "127.0.0.1:$PORT" <lines >out
	same_tree a b
	grep -q "^put${TAB}plain${TAB}peer=127.0.0.1:$PORT${TAB}.*ack=visible" out
	grep -q "^put${TAB}plain${TAB}peer=127.0.0.1:$PORT${TAB}.*ack=durable" out
	grep -q "^mkdir${TAB}empty dir${TAB}" out
	grep -q "^symlink${TAB}dangling${TAB}" out
}

@test "a tree line says what paths are relative to, and -C overrides it" {
	mkdir a c
	echo a >a/f
	echo c >c/f
	start_recv b
	printf 'tree\t%s\nput\tf\n' "$PWD/a" >lines
	rask-send -q "127.0.0.1:$PORT" <lines
	[ "$(cat b/f)" = a ]
	rask-send -q -C c "127.0.0.1:$PORT" <lines
	[ "$(cat b/f)" = c ]
}

@test "a change without tree line or -C is an error, not a guess" {
	printf 'put\tf\n' >lines
	must_fail 65 rask-send -q 127.0.0.1:1 <lines
}

@test "a malformed line is told with its number, skipped, and status is 65" {
	mkdir a
	echo x >a/f
	echo x >a/g
	start_recv b
	printf 'put\tf\nfrobnicate\tx\nput\nput\t../x\nput\tg\n# remark\n' >lines
	must_fail 65 rask-send -q -C a "127.0.0.1:$PORT" <lines 2>err
	cmp a/f b/f
	cmp a/g b/g
	says err "line 2: unknown operation"
	says err "line 3: "
	says err "line 4: "
	! says err "line 5: "
}

@test "a del of what is there is dropped, of what is gone is done" {
	mkdir a b
	echo x >a/stays
	echo x >b/stays
	echo x >b/goes
	start_recv b
	printf 'del\tstays\ndel\tgoes\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	[ -e b/stays ] && [ ! -e b/goes ]
}

@test "a directory that is not empty over there is kept, and told" {
	mkdir -p a b/d
	echo own >b/d/own
	start_recv b
	printf 'del\td\n' >lines
	must_fail 1 rask-send -q -C a "127.0.0.1:$PORT" <lines 2>err
	[ "$(cat b/d/own)" = own ]
	says err "d: refused: Directory not empty"
}

@test "a put of a file that is gone sends nothing" {
	mkdir a
	start_recv b
	printf 'put\tnone\n' >lines
	rask-send -C a "127.0.0.1:$PORT" <lines >out
	[ ! -s out ]
}

@test "fifos and sockets are skipped with a remark on stderr" {
	mkdir a
	mkfifo a/pipe
	echo x >a/f
	start_recv b
	printf 'put\tpipe\nput\tf\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines 2>err
	says err "pipe: skipped"
	[ ! -e b/pipe ]
	[ -e b/f ]
}

@test "an unreadable file is told, and the status is 1" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	mkdir a
	echo secret >a/f
	chmod 0 a/f
	chmod 755 . a
	start_recv b
	printf 'put\tf\n' >lines
	run setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$BIN/rask-send" -q -C a "127.0.0.1:$PORT" <lines
	if [ "$status" -eq 66 ] || [ "$status" -eq 126 ]; then
		skip "this directory is closed to others"
	fi
	[ "$status" -eq 1 ]
	[[ $output == *"f: Permission denied"* ]]
	[ ! -e b/f ]
}

@test "what is behind a symbolic link in the tree is not followed" {
	mkdir a outside
	echo secret >outside/f
	ln -s ../outside a/d
	start_recv b
	printf 'put\td/f\nput\td\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines 2>err
	[ -L b/d ] && [ "$(readlink b/d)" = ../outside ]
	says err "d/f: skipped"
}

@test "a file renamed travels as a rename, also over another one" {
	mkdir a
	head -c 200000 /dev/urandom >a/one
	echo old >a/two
	start_recv b
	printf 'put\tone\nput\ttwo\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	ino=$(stat -c %i b/one)
	mv a/one a/two
	printf 'mv\tone\ttwo\n' >lines
	rask-send -C a "127.0.0.1:$PORT" <lines >out
	[ "$(stat -c %i b/two)" = "$ino" ]
	same_tree a b
	grep -q "^mv${TAB}one${TAB}two${TAB}" out
}

@test "a directory renamed travels as a rename" {
	mktree a/dir
	start_recv b
	(cd a && find . -mindepth 1 -name '*[![:print:]]*' -prune -o \
	    -mindepth 1 ! -name 'tab*' -printf 'put\t%P\n') >lines
	rm -f a/dir/*[![:print:]]* a/dir/tab*
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	same_tree a b
	ino=$(stat -c %i b/dir/deep/er/and/deeper/file)
	mv a/dir a/new
	printf 'mv\tdir\tnew\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	[ "$(stat -c %i b/new/deep/er/and/deeper/file)" = "$ino" ]
	same_tree a b
}

@test "a rename that the peer cannot follow goes entry by entry" {
	mkdir -p a/d/e b/d
	echo 1 >a/d/e/1
	echo 2 >a/d/2
	echo own >b/d/own
	start_recv b
	mv a/d a/new
	printf 'mv\td\tnew\n' >lines
	run rask-send -q -C a "127.0.0.1:$PORT" <lines
	[ "$status" -eq 1 ]	# b/d is not empty, and stays
	cmp a/new/e/1 b/new/e/1
	cmp a/new/2 b/new/2
	[ "$(cat b/d/own)" = own ]
}

@test "a chmod or utime of a large file travels without its content" {
	mkdir a
	head -c 5000000 /dev/urandom >a/f
	start_recv b
	start_send -C a "127.0.0.1:$PORT"
	printf 'put\tf\n' >&9
	wait_until 10 grep -q "^put${TAB}f.*ack=durable" send.out
	ino=$(stat -c %i b/f)
	chmod 600 a/f
	printf 'put\tf\n' >&9
	wait_until 10 same_tree a b
	touch -d '2010-01-01 00:00:00.123456789' a/f
	printf 'put\tf\n' >&9
	wait_until 10 same_tree a b
	[ "$(stat -c %i b/f)" = "$ino" ]
	kill -USR1 "$SEND"
	wait_until 5 says send.out.err "bytes=5000000 "
}

@test "nothing is forgotten while the peer is away" {
	mkdir a b
	for i in $(seq 50); do echo "$i" >"a/$i"; done
	spawn other.out rask-recv -q -l "$PWD/sock" b
	start_send -C a "$PWD/sock2"
	seq -f 'put	%g' 50 >&9
	wait_until 5 says send.out.err "trying again"
	echo newest >a/7
	printf 'put\t7\n' >&9
	wait_until 5 test -S sock
	ln -s sock sock2
	wait_until 15 same_tree a b
	[ "$(cat b/7)" = newest ]
}

@test "after the end of input it waits for -t seconds, then names what is left" {
	mkdir a
	echo x >a/f
	printf 'put\tf\n' >lines
	must_fail 75 rask-send -q -t 1 -C a "$PWD/nobody" <lines 2>err
	says err "not arrived: f"
	says err "nothing moved for 1 s"
}

@test "-e runs a command that is the connection" {
	mkdir a b
	mktree a
	rm -f a/*[![:print:]]* a/tab*
	(cd a && find . -mindepth 1 -printf 'put\t%P\n') >lines
	rask-send -q -C a -e "exec rask-recv --stdio b" <lines
	same_tree a b
	[ -z "$(find b/.rask/tmp -mindepth 1)" ]
}

@test "a command that cannot be run is told" {
	mkdir a
	echo x >a/f
	printf 'put\tf\n' >lines
	must_fail 75 rask-send -q -t 1 -C a -e /nonexistent/cmd <lines 2>err
	says err "cannot be run"
}

@test "another tree's name is refused with words and status 78" {
	mkdir a
	echo x >a/f
	start_recv b -T one
	printf 'put\tf\n' >lines
	must_fail 78 rask-send -q -T two -C a "127.0.0.1:$PORT" <lines 2>err
	says err "the tree here is 'one', not 'two'"
	[ ! -e b/f ]
}

@test "two directions without an index are refused with status 78" {
	mkdir a
	echo x >a/f
	start_recv b
	printf 'put\tf\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	spawn back.out rask-recv -q -l "$PWD/back" a
	wait_until 5 test -S back
	must_fail 78 rask-send -q -C b "$PWD/back" <lines 2>err
	says err "two directions need rask-index"
	# And the attempt has not spoilt the direction that works.
	echo y >a/f
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	cmp a/f b/f
}

@test "a directory is not sent into itself" {
	start_recv a
	echo x >a/f
	printf 'put\tf\n' >lines
	must_fail 78 rask-send -q -C a "127.0.0.1:$PORT" <lines 2>err
	says err "the same directory"
}

@test "-r limits large files" {
	mkdir a
	head -c 3000000 /dev/urandom >a/f
	start_recv b
	printf 'put\tf\n' >lines
	start=${EPOCHREALTIME/./}
	rask-send -q -r 1M -C a "127.0.0.1:$PORT" <lines
	took=$((${EPOCHREALTIME/./} - start))
	cmp a/f b/f
	[ "$took" -ge 2000000 ]
}

@test "a file that grows while it is sent is not visible until it is stable" {
	mkdir a
	head -c 3000000 /dev/urandom >a/f
	start_recv b
	start_send -r 2M -C a "127.0.0.1:$PORT"
	printf 'put\tf\n' >&9
	wait_until 5 begun
	echo more >>a/f
	wait_until 20 cmp -s a/f b/f
}

@test "a file that shrinks or vanishes while it is sent harms nothing" {
	mkdir a
	head -c 3000000 /dev/urandom >a/shrinks
	head -c 3000000 /dev/urandom >a/vanishes
	start_recv b
	start_send -r 2M -C a "127.0.0.1:$PORT"
	printf 'put\tshrinks\nput\tvanishes\n' >&9
	wait_until 5 begun
	truncate -s 1000000 a/shrinks
	rm a/vanishes
	printf 'del\tvanishes\n' >&9
	wait_until 20 cmp -s a/shrinks b/shrinks
	echo x >a/after
	printf 'put\tafter\n' >&9
	wait_until 10 test -e b/after
	[ ! -e b/vanishes ]
}

@test "a small file overtakes a large one" {
	mkdir a
	head -c 4000000 /dev/urandom >a/large
	echo x >a/small
	start_recv b
	start_send -r 1M -C a "127.0.0.1:$PORT"
	printf 'put\tlarge\n' >&9
	wait_until 5 begun
	printf 'put\tsmall\n' >&9
	wait_until 2 test -e b/small
	[ ! -e b/large ]
	wait_until 20 cmp -s a/large b/large
}

@test "a large file that became small while it waited is small" {
	mkdir a
	for i in 1 2 3 4 5 6; do head -c 2000000 /dev/urandom >a/$i; done
	start_recv b
	start_send -r 3M -C a "127.0.0.1:$PORT"
	printf 'put\t%s\n' 1 2 3 4 5 6 >&9
	wait_until 5 begun
	echo small >a/6
	wait_until 20 same_tree a b
	! says send.out.err "breaks the rules"
}

@test "a delete cancels the large file that is on its way" {
	mkdir a
	head -c 4000000 /dev/urandom >a/large
	start_recv b
	start_send -r 1M -C a "127.0.0.1:$PORT"
	printf 'put\tlarge\n' >&9
	wait_until 5 begun
	rm a/large
	printf 'del\tlarge\n' >&9
	wait_until 5 grep -q "^del${TAB}large.*visible" send.out
	[ ! -e b/large ]
}

@test "a large file that is renamed on its way goes on under its new name" {
	mkdir a
	head -c 4000000 /dev/urandom >a/large
	start_recv b
	start_send -r 1M -C a "127.0.0.1:$PORT"
	printf 'put\tlarge\n' >&9
	wait_until 5 begun
	mv a/large a/renamed
	printf 'mv\tlarge\trenamed\n' >&9
	wait_until 20 cmp -s a/renamed b/renamed
	[ ! -e b/large ]
}

@test "100,000 waiting paths fold, are walked when the peer is back" {
	mkdir -p a/x a/y b
	for d in x y; do (cd a/$d && seq 300 | xargs touch); done
	start_send -C a "$PWD/sock"
	{
		seq -f 'put	x/%g' 300
		seq -f 'put	z/n%g' 100000
		seq -f 'put	y/%g' 300
	} >&9
	wait_until 5 says send.out.err "trying again"
	kill -USR1 "$SEND"
	wait_until 5 says send.out.err "waiting="
	spawn other.out rask-recv -q -l "$PWD/sock" b
	wait_until 20 same_tree a b
	hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$SEND/status")
	[ "$hwm" -le 65536 ] || sanitized
}

@test "lines that nobody reads do not hold it up, and the gap is told" {
	mkdir a
	head -c 100 /dev/zero >a/f
	start_recv b
	mkfifo never
	exec 8<>never
	open_fifo lines
	"$BIN/rask-send" -C a "127.0.0.1:$PORT" <lines >never 2>send.err \
	    8>&- 9>&- 3>&- &
	SPAWNED="$SPAWNED $!"
	name=$(printf 'n%.0s' $(seq 200))
	(cd a && seq -f "$name%g" 6000 | xargs touch)
	seq -f "put	$name%g" 6000 >&9
	wait_until 30 test -e "b/${name}6000"
	echo x >a/last
	printf 'put\tlast\n' >&9
	wait_until 30 test -e b/last
	timeout 5 cat never >read || :
	says read "# dropped"
}

@test "-j prints acknowledged changes as JSON" {
	mkdir a
	echo x >a/f
	start_recv b
	printf 'put\tf\n' >lines
	rask-send -j -C a "127.0.0.1:$PORT" <lines >out
	python3 -c '
import json, sys
rows = [json.loads(l) for l in open("out")]
assert [r["ack"] for r in rows] == ["visible", "durable"], rows
assert all(r["op"] == "put" and r["path"] == "f" for r in rows), rows'
}

@test "SIGTERM ends it: 0 when all has arrived, 75 when something has not" {
	mkdir a
	echo x >a/f
	start_recv b
	start_send -C a "127.0.0.1:$PORT"
	printf 'put\tf\n' >&9
	wait_until 5 says send.out "ack=durable"
	kill "$SEND"
	must_end 0 "$SEND"
	exec 9>&-
	rm lines
	start_send -C a "$PWD/nobody"
	printf 'put\tf\n' >&9
	wait_until 5 says send.out.err "trying again"
	kill "$SEND"
	must_end 75 "$SEND"
	says send.out.err "not arrived: f"
}

@test "an idle connection wakes nobody" {
	mkdir a
	echo x >a/f
	start_recv b
	start_send -C a "127.0.0.1:$PORT"
	printf 'put\tf\n' >&9
	wait_until 5 says send.out "ack=durable"
	switches() {
		cat /proc/"$SEND"/task/*/status |
		    awk '/ctxt_switches/ { n += $2 } END { print n }'
	}
	sleep 0.5
	before=$(switches)
	sleep 3
	[ "$(($(switches) - before))" -le 1 ]
}

@test "a directory that became a symbolic link takes its entries along" {
	mkdir -p a b/t
	echo x >b/t/u
	ln -s u a/t
	start_recv b
	printf 'del\tt/u\ndel\tt\nsymlink\tt\n' >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	[ -L b/t ]
}
