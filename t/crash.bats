#!/usr/bin/env bats
# Programs that are killed, disks that are full, calls that fail, and others
# who write to the tree at the wrong moment.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# start [CMD...]: a receiver of b at ./s, run by a command.
start() {
	mkdir -p b
	rm -f recv.out
	spawn recv.out "$@" rask-recv -l ./s b
	RECV=$PID
	wait_until 5 test -s recv.out
}

# raw LINE...: one connection, as rawpeer's script says.
raw() {
	printf '%s\n' "$@" >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
}

# mkfiles N: small files of one size, each of one byte throughout, in a; their
# lines.
mkfiles() {
	mkdir -p a
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) {
		s = sprintf("%8000s", ""); c = sprintf("%c", 97 + i % 26)
		gsub(" ", c, s); f = "a/f" i; printf "%s", s >f; close(f)
		print "put\tf" i } }' >lines
}

# mklarge NAME SIZE: a file of one byte throughout.
mklarge() {
	mkdir -p a
	head -c "$2" /dev/zero | tr '\0' x >"a/$1"
}

# start_reader SIZE...: whoever reads b sees files of these sizes only.
start_reader() {
	spawn reader.out "$TBIN/reader" b "$@"
	READER=$PID
}

# reader_content: and so it was until now.
reader_content() {
	kill "$READER" && must_end 0 "$READER" || { cat reader.out; return 1; }
}

# connection: the process of the latest connection.
connection() {
	pgrep -n -P "$RECV"
}

# kill_connection: end one with SIGKILL at no chosen moment.
kill_connection() {
	wait_until 10 connection >/dev/null
	sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
	kill -9 "$(connection)" 2>/dev/null || :
}

# tidy DIR: nothing is left below its .rask/tmp.
tidy() {
	[ -z "$(ls "$1/.rask/tmp")" ]
}

# clean: after another connection nothing is left below .rask/tmp.
clean() {
	raw hello 'put 1 .last x' 'acked durable 1' || return 1
	rm -f b/.last
	wait_until 5 tidy b
}

# part_has BYTES: that much of a large file is there, but not visible.
part_has() {
	[ "$(find b/.rask/tmp -name 'p.*' -size "+$(($1 / 1024))k" | wc -l)" \
	    -gt 0 ]
}

# start_proxy [BYTES]...: between ./p and ./s; see proxy.c.
start_proxy() {
	rm -f p
	spawn proxy.out "$TBIN/proxy" ./p ./s "$@"
	wait_until 5 test -S p
}

# went_up N MIN MAX: so many bytes went up in the N-th connection.  A megabyte
# goes before the receiver can say what it has.
went_up() {
	local n
	n=$(grep '^up' proxy.out | sed -n "$1s/up //p")
	[ "$n" -ge "$2" ] && [ "$n" -le "$3" ] || { cat proxy.out; return 1; }
}

# Programs that are killed.

@test "the process of a connection is killed: small files are whole, and come" {
	mkfiles 3000
	start
	start_reader 8000
	spawn send.out rask-send -q -C a ./s < <(cat lines; sleep 3)
	SEND=$PID
	for _ in 1 2 3; do
		kill_connection
	done
	must_end 0 "$SEND"
	reader_content
	same_tree a b
	grep -q 'ended by signal 9' recv.out.err
	clean
}

@test "the listener is killed: its successor goes on" {
	mkfiles 3000
	start
	start_reader 8000
	spawn send.out rask-send -q -C a ./s < <(cat lines; sleep 3)
	SEND=$PID
	for _ in 1 2; do
		wait_until 10 connection >/dev/null
		sleep "0.0$((RANDOM % 10))"
		kill -9 "$RECV"
		wait_until 5 ended "$RECV"
		start
	done
	must_end 0 "$SEND"
	reader_content
	same_tree a b
	clean
}

@test "the sender is killed: what it had begun is dropped, the rest comes" {
	mkfiles 3000
	start
	start_reader 8000
	for _ in 1 2 3; do
		spawn send.out rask-send -q -C a ./s <lines
		wait_until 5 connection >/dev/null
		sleep "0.0$((RANDOM % 10))"
		kill -9 "$PID"
		wait_until 5 ended "$PID"
	done
	rask-send -q -C a ./s <lines
	reader_content
	same_tree a b
	clean
}

@test "any of them is killed while a large file is replaced by another" {
	mklarge f 3000000
	start
	printf 'put\tf\n' >lines
	rask-send -q -C a ./s <lines
	start_reader 3000000 9000000
	rm a/f
	mklarge f 9000000
	spawn send.out rask-send -q -r 20M -C a ./s <lines
	kill_connection
	must_end 0 "$PID"
	same_tree a b
	rm a/f
	mklarge f 3000000
	spawn send.out rask-send -q -r 10M -C a ./s <lines
	SEND=$PID
	wait_until 5 part_has 100000
	kill -9 "$RECV"
	wait_until 5 ended "$RECV"
	start
	must_end 0 "$SEND"
	reader_content
	same_tree a b
	clean
}

@test "an interrupted large file goes on where it ended" {
	mklarge f 8000000
	start
	start_proxy 5000000
	printf 'put\tf\n' >lines
	rask-send -q -C a ./p <lines
	wait_until 5 has_count proxy.out '^up' 2
	went_up 1 5000000 5000000
	went_up 2 2900000 4400000
	same_tree a b
	clean
}

@test "the receiver is restarted in the middle of a large file, which goes on" {
	mklarge f 8000000
	start
	start_proxy
	printf 'put\tf\n' >lines
	spawn send.out rask-send -q -r 8M -C a ./p <lines
	SEND=$PID
	wait_until 5 part_has 3000000
	kill "$RECV"
	must_end 0 "$RECV"
	start
	must_end 0 "$SEND"
	wait_until 5 has_count proxy.out '^up' 2
	went_up 2 1000 6150000
	same_tree a b
}

@test "the sender is restarted in the middle of a large file, which goes on" {
	mklarge f 8000000
	start
	start_proxy
	printf 'put\tf\n' >lines
	spawn send.out rask-send -q -r 8M -C a ./p <lines
	wait_until 5 part_has 3000000
	kill -9 "$PID"
	wait_until 5 has_count proxy.out '^up' 1
	rask-send -q -C a ./p <lines
	wait_until 5 has_count proxy.out '^up' 2
	went_up 2 1000 6150000
	same_tree a b
	clean
}

@test "an interrupted large file that changed meanwhile is sent from its start" {
	mklarge f 8000000
	start
	printf 'put\tf\n' >lines
	start_proxy 5000000
	spawn send.out rask-send -q -C a ./p <lines
	wait_until 5 has_count proxy.out '^up' 1
	echo y >>a/f
	must_end 0 "$PID"
	same_tree a b
	# The part of the first one may still be wanted.
	wait_until 5 sh -c '! ls b/.rask/tmp | grep -v "^p\."'
}

@test "parts that nobody wanted for a day are removed, younger ones stay" {
	start
	raw hello 'open 1 f 100' 'data 1 0 x*50' 'wait WRITTEN'
	[ -n "$(ls b/.rask/tmp/p.*)" ]
	kill "$RECV"
	must_end 0 "$RECV"
	start
	[ -n "$(ls b/.rask/tmp/p.*)" ]
	kill "$RECV"
	must_end 0 "$RECV"
	start env LD_PRELOAD="$TBIN/faketime.so"
	tidy b
}

# A disk that is full.

@test "a full disk: the sender hears it, and it arrives when there is room" {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	mkdir b
	start unshare -m sh -c \
	    'mount -t tmpfs -o size=6m none b && exec "$0" "$@"'
	there=/proc/$RECV/root$PWD/b
	spawn reader.out "$TBIN/reader" "$there" 8000 4000000
	READER=$PID
	mklarge f 4000000
	mklarge small 8000
	printf 'put\tf\nput\tsmall\n' >lines
	# It fits when it begins, and does not before it ends.
	spawn send.out rask-send -q -r 4M -C a ./s <lines
	wait_until 5 sh -c "ls -s $there/.rask/tmp | grep -q '[0-9]\{3,\} p\.'"
	head -c 8000000 /dev/zero >"$there/.fill" || :
	wait_until 10 says send.out.err 'No space left on device'
	[ ! -e "$there/f" ]
	[ -z "$(find "$there/.rask/tmp" -name 'p.*')" ]
	rm "$there/.fill"
	must_end 0 "$PID"
	kill "$READER"
	must_end 0 "$READER"
	cmp a/f "$there/f"
	cmp a/small "$there/small"
	wait_until 5 tidy "$there"
}

@test "a full disk: a small file waits too, and the old one stays" {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	start unshare -m sh -c \
	    'mount -t tmpfs -o size=1m none b && exec "$0" "$@"'
	there=/proc/$RECV/root$PWD/b
	raw hello 'put 1 f x*8000' 'acked durable 1'
	head -c 8000000 /dev/zero >"$there/.fill" || :
	raw hello 'put 1 f y*9000' 'wait REFUSE 1 75' 'put 2 d/g y*9000' \
	    'wait REFUSE 2 75' 'open 3 h 100000' 'wait REFUSE 3 75'
	[ "$(tr -d x <"$there/f" | wc -c) $(wc -c <"$there/f")" = "0 8000" ]
	rm "$there/.fill"
	raw hello 'put 1 f y*9000' 'put 2 d/g y*9000' 'acked durable 2'
	[ "$(wc -c <"$there/f") $(wc -c <"$there/d/g")" = "9000 9000" ]
}

# Others who write to the tree.

@test "a file that a local writer holds open is replaced once it closes" {
	start
	raw hello 'put 1 f old' 'put 2 large x*9' 'acked durable 2'
	exec 7>>b/f
	exec 8>>b/large
	mkdir a
	echo new >a/f
	mklarge large 300000
	printf 'put\tf\nput\tlarge\n' >lines
	spawn send.out rask-send -q -C a ./s <lines 7>&- 8>&-
	wait_until 5 says send.out.err 'f: a local writer holds it open'
	wait_until 5 says send.out.err 'large: a local writer holds it open'
	[ "$(cat b/f)" = old ]
	raw hello 'del 1 f' 'wait REFUSE 1 75' 'mv 2 f g size=3' \
	    'wait REFUSE 2 75' 'mkdir 3 f' 'wait REFUSE 3 75' \
	    'symlink 4 f t' 'wait REFUSE 4 75'
	[ "$(cat b/f)" = old ]
	exec 7>&- 8>&-
	must_end 0 "$PID"
	same_tree a b
	[ ! -e b/.rask/conflicts ]
}

# slip WHICH: a receiver that waits in a rename until ./x.go.
slip() {
	start env LD_PRELOAD="$TBIN/slow_rename.so" SLOW_RENAME="$1:$PWD/x"
	rm -f x.go x.here
}

# kept PATTERN CONTENT: it is among the conflicts.
kept() {
	[ "$(cat b/.rask/conflicts/$1)" = "$2" ]
}

@test "a local edit just before the replacement is kept in .rask/conflicts" {
	mkdir -p b/d
	echo old >b/d/f
	echo old >b/d/g
	slip exchange
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 d/f new' 'acked durable 1' 'tell first' 'until second' \
	    'put 2 d/g new' 'acked durable 2')
	wait_until 5 test -e x.here
	echo edited >b/d/f
	touch x.go
	wait_until 5 test -e first
	[ "$(cat b/d/f)" = new ]
	kept 'd/f.*' edited
	# An editor that puts a new file in place.
	rm x.go x.here
	touch second
	wait_until 5 test -e x.here
	echo other >b/d/tmp
	mv b/d/tmp b/d/g
	touch x.go
	must_end 0 "$PID"
	[ "$(cat b/d/g)" = new ]
	kept 'd/g.*' other
	says recv.out.err 'changed while it was replaced: 1 kept in .rask/conflicts'
}

@test "a writer that opened the file just before is waited for" {
	mkdir b
	echo old >b/f
	slip exchange
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f new' 'acked visible 1' 'tell first' 'until end')
	wait_until 5 test -e x.here
	exec 7<>b/f
	touch x.go
	wait_until 5 test -e first
	[ "$(cat b/f)" = new ]
	echo late >&7
	exec 7>&-
	wait_until 15 test -e b/.rask/conflicts
	kept 'f.*' late
	touch end
	must_end 0 "$PID"
}

@test "what it writes is kept if the connection has gone or was killed" {
	for how in end kill; do
		rm -rf b x.*
		mkdir b
		echo old >b/f
		echo other >b/g
		slip exchange
		rm -f end first
		spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
		    'put 1 f new' 'acked visible 1' 'tell first' 'until end')
		wait_until 5 test -e x.here
		exec 7<>b/f
		touch x.go
		wait_until 5 test -e first
		echo late >&7
		[ $how = end ] || kill -9 "$(connection)"
		touch end
		must_end 0 "$PID"
		raw hello 'put 1 g new' 'acked durable 1'
		exec 7>&-
		clean
		[ "$(cat b/f)" = new ]
		kept 'unnamed.*' late
		[ "$(ls b/.rask/conflicts | wc -l)" -eq 1 ]
		kill "$RECV"
		must_end 0 "$RECV"
	done
}

@test "a local edit just before a delete is not deleted unseen" {
	mkdir b
	echo old >b/f
	slip out
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello 'del 1 f' \
	    'wait REFUSE 1 75')
	wait_until 5 test -e x.here
	echo edited >b/f
	touch x.go
	must_end 0 "$PID"
	[ "$(cat b/f)" = edited ]
	[ ! -e b/.rask/conflicts ]
}

@test "a file that goes away just before it is replaced is no failure" {
	mkdir b
	echo old >b/f
	slip exchange
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f new' 'acked durable 1')
	wait_until 5 test -e x.here
	rm b/f
	touch x.go
	must_end 0 "$PID"
	[ "$(cat b/f)" = new ]
	[ ! -e b/.rask/conflicts ]
}

# Calls that fail.

# The session, and what was there before and is there after it.
session() {
	printf '%s\n' hello 'put 1 new n*10' 'put 2 old n*10' \
	    'put 3 held h*10 mtime=5 mode=600' 'symlink 4 link target' \
	    'symlink 5 old2 target' 'mkdir 6 d' 'mkdir 7 old3' \
	    'put 8 e/f/g n*10' 'open 9 large 10' 'data 9 0 n*4' \
	    'data 9 4 n*6' 'end 9 n*10' 'open 10 old4 10 id=2' \
	    'data 10 0 n*10' 'end 10 n*10' 'del 11 gone' 'del 12 goned' \
	    'mv 13 from to size=10' 'mv 14 from2 old5 size=10' \
	    'meta 15 meta 10 mtime=7' 'open 16 heldl 10 mode=600' 'bye 0 done'
}

before() {
	mkdir -p before/goned
	for f in old old2 old3 old4 old5 gone; do
		printf oooooooooo >before/$f
	done
	for f in held from from2 meta heldl; do
		printf hhhhhhhhhh >before/$f
		touch -d @1000000000.000000007 before/$f
		chmod 644 before/$f
	done
}

# whole: each file is the old one or the new one.
whole() {
	[ -z "$(grep -rLxE 'o{10}|n{10}|h{10}' b --exclude-dir=.rask)" ]
}

# state: all that is there.
state() {
	(cd b && find . -path ./.rask/tmp -prune -o -path ./.rask/from -o \
	    -type d -printf '%P %m\n' -o -printf '%P %m %T@ %l\n' &&
	    grep -r . --exclude-dir=.rask) | sort
}

# fail_at N: the session with the N-th call failing, then without; false: there
# is no such call.
fail_at() {
	local all=(28 5 12 24) errno
	errno=${all[$1 % 4]}
	rm -rf failed b
	cp -a before b
	"$TBIN/rawpeer" <session >raw.out 2>raw.err -e "exec env \
	    FAILAT=$1:$errno:failed LD_PRELOAD=$TBIN/failat.so \
	    rask-recv --stdio b"
	[ -e failed ] || return 1
	if ! whole || ! grep -q '^exit [0-9]' raw.out ||
	    grep -E 'TIMEOUT|RESET' raw.out || grep -q Sanitizer raw.err; then
		echo "call $1, $(cat failed), error $errno" >wrong
		cat raw.out raw.err
		return 1
	fi
	"$TBIN/rawpeer" <session >raw.out 2>raw.err -e \
	    'exec rask-recv -f none --stdio b'
	if [ "$(state)" != "$AFTER" ] || ! tidy b; then
		echo "after call $1, $(cat failed), error $errno" >wrong
		cat raw.out raw.err
		state
		return 1
	fi
}

@test "a call that fails neither crashes it nor shows a part of a file" {
	session >session
	before
	cp -a before b
	"$TBIN/rawpeer" <session >raw.out -e 'exec rask-recv --stdio b'
	has raw.out 'exit 0'
	must_fail 1 grep REFUSE raw.out
	AFTER=$(state)
	n=1
	while fail_at "$n"; do
		n=$((n + 1))
	done
	echo "$n calls"
	[ ! -e wrong ] || { cat wrong; false; }
	[ "$n" -gt 100 ]
}

@test "a filesystem that cannot exchange or make nameless files does as well" {
	session >session
	before
	cp -a before b
	"$TBIN/rawpeer" <session >raw.out -e 'exec rask-recv --stdio b'
	AFTER=$(state)
	for lack in tmpfile exchange noreplace tmpfile:exchange:noreplace; do
		rm -rf b
		cp -a before b
		"$TBIN/rawpeer" <session >raw.out -e "exec env LACK=$lack \
		    LD_PRELOAD=$TBIN/poorfs.so rask-recv --stdio b"
		must_fail 1 grep REFUSE raw.out
		[ "$(state)" = "$AFTER" ]
		tidy b
	done
}

@test "a listener that cannot run a process says so, and serves the next one" {
	for call in socketpair fork accept4; do
		start env FAILAT=1:24:failed FAILAT_ONLY=$call \
		    LD_PRELOAD="$TBIN/failat.so"
		"$TBIN/rawpeer" ./s </dev/null >raw.out
		[ "$(cat failed)" = $call ]
		[ $call = accept4 ] || has raw.out 'BYE 75 cannot run a process'
		says recv.out.err 'cannot'
		raw hello 'put 1 f x' 'acked visible 1'
		kill "$RECV"
		must_end 0 "$RECV"
	done
}

@test "without a descriptor for another connection it waits and does not spin" {
	start
	n=0
	while [ -e "/proc/$RECV/fd/$n" ]; do
		n=$((n + 1))
	done
	prlimit --pid "$RECV" --nofile="$n:20000"
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f x' 'acked visible 1')
	wait_until 5 says recv.out.err 'cannot accept: Too many open files'
	before=$(awk '{ print $14 + $15 }' "/proc/$RECV/stat")
	sleep 0.5
	[ "$(($(awk '{ print $14 + $15 }' "/proc/$RECV/stat") - before))" \
	    -lt 10 ]
	prlimit --pid "$RECV" --nofile=1000:20000
	must_end 0 "$PID"
}
