#!/usr/bin/env bats
# rask-recv: changes from a peer into a tree.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# start_at ADDR DIR [OPTION...]: a receiver at an address of our choice.
start_at() {
	local at=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	rm -f recv.out
	spawn recv.out rask-recv -l "$at" "$@" "$dir"
	RECV=$PID
	wait_until 5 test -s recv.out
}

# raw ADDR LINE...: speak to a receiver line by line; the answer is in raw.out.
raw() {
	local addr=$1
	shift
	printf '%s\n' "$@" >raw.in
	"$TBIN/rawpeer" "$addr" <raw.in >raw.out
}

# send_put ADDR FILE...: files of the directory a, by rask-send.
send_put() {
	local addr=$1
	shift
	printf 'put\t%s\n' "$@" >lines
	rask-send -q -t 10 -C a "$addr" <lines
}

# alone: the receiver has no connection.
alone() {
	! pgrep -P "$RECV" >/dev/null
}

# The process of the latest connection.
connection() {
	pgrep -n -P "$RECV"
}

# told FILE N: so many lines are there, or said to be dropped.
told() {
	[ "$(awk '/^# dropped/ { n += $3 } /^put/ { n++ } END { print n + 0 }' \
	    "$1")" -eq "$2" ]
}

# tidy DIR: nothing is left below its .rask/tmp.
tidy() {
	[ -z "$(ls "$1/.rask/tmp")" ]
}

# is_blocking FILE: fds(1) found all descriptors as they were.
is_blocking() {
	has_count "$1" ' blocking$' 3
}

# Options.

@test "an unknown option, no directory and two of them are usage errors" {
	mkdir b
	must_fail 64 rask-recv -Z b
	must_fail 64 rask-recv
	must_fail 64 rask-recv b b
	must_fail 64 rask-recv -f sometimes b
	must_fail 64 rask-recv -T '' b
	must_fail 64 rask-recv --stdio -l :0 b
	must_fail 64 rask-recv --stdio -a localhost b
	must_fail 64 rask-recv -l
	run --separate-stderr rask-recv -Z b
	[ "${stderr_lines[0]}" = "rask-recv: -Z: unknown option" ]
	[[ ${stderr_lines[1]} == usage:* ]]
	[ -z "$output" ]
}

@test "-h and -V print to stdout and exit 0" {
	run --separate-stderr rask-recv --help
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [[ $output == usage:* ]]
	run --separate-stderr rask-recv --version
	[ "$status" -eq 0 ] && [[ $output == "rask-recv "* ]]
}

@test "a rule of -a that makes no sense is a usage error" {
	mkdir b
	for rule in 10.0.0.0/33 10.0.0/8 ::1/129 host/8 / 1.2.3.4/ 1.2.3.4/x \
	    1.2.3.4/-1 '' '[::1'; do
		must_fail 64 rask-recv -l 127.0.0.1:0 -a "$rule" b 2>err
		says err "-a $rule"
	done
}

@test "a missing directory, or none, is status 66 and changes nothing" {
	touch file
	must_fail 66 rask-recv -l 127.0.0.1:0 gone 2>err
	says err "rask-recv: gone: No such file or directory"
	must_fail 66 rask-recv -l 127.0.0.1:0 file
	[ ! -e gone ]
}

@test "a read-only tree is status 73" {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	mkdir b
	must_fail 73 unshare -m sh -c \
	    'mount -t tmpfs -o ro none b && exec rask-recv -l 127.0.0.1:0 b' \
	    2>err
	says err "rask-recv: b: Read-only file system"
}

@test "a .rask that is a symbolic link is not followed" {
	mkdir b outside
	ln -s ../outside b/.rask
	must_fail 66 rask-recv -l 127.0.0.1:0 b
	[ -z "$(ls outside)" ]
}

# Listening.

@test "a port in use is status 69" {
	start_recv b
	must_fail 69 rask-recv -l "127.0.0.1:$PORT" b 2>err
	says err "127.0.0.1:$PORT: cannot listen: Address already in use"
}

@test "an address that is none is a usage error" {
	mkdir b
	must_fail 64 rask-recv -l '[::1' b
	must_fail 64 rask-recv -l 127.0.0.1:nosuchservice b
}

@test "the first line is '# listening', with the port that was chosen" {
	start_recv b
	[ "$(cat recv.out)" = "# listening 127.0.0.1:$PORT" ]
	[ "$PORT" -gt 0 ]
	raw "$PORT" hello 'wait HELLO'
}

@test "the first line is '# listening' with -q too, and nothing follows" {
	start_at ./s b -q
	raw ./s hello 'put 1 f x' 'wait ACK'
	[ "$(cat recv.out)" = "# listening ./s" ]
}

@test "with -j all lines are JSON" {
	start_at ./s b -j
	raw ./s hello 'put 1 f x' 'symlink 2 l f' 'mkdir 3 d' 'wait ACK durable'
	python3 - <<'EOF'
import json
lines = [json.loads(l) for l in open("recv.out")]
assert lines[0]["remark"] == "listening", lines
assert lines[0]["text"] == "./s", lines
assert [l["op"] for l in lines[1:]] == ["put", "symlink", "mkdir"], lines
assert lines[1]["path"] == "f" and lines[1]["size"] == 1, lines
assert lines[1]["mtime"] == 1000000000000000007, lines
assert lines[2]["target"] == "f", lines
EOF
}

@test "it listens on several addresses" {
	start_at ./s b -l 127.0.0.1:0 -l ./s2
	[ "$(grep -c '^# listening' recv.out)" -eq 3 ]
	raw ./s hello 'wait HELLO'
	raw ./s2 hello 'wait HELLO'
}

@test "a stale Unix socket is replaced, a live one is not" {
	start_at ./s b
	kill -9 "$RECV"
	wait_until 5 ended "$RECV"
	[ -S s ]
	start_at ./s b
	raw ./s hello 'wait HELLO'
	must_fail 69 rask-recv -l ./s b
	raw ./s hello 'wait HELLO'
}

@test "a file in the place of a Unix socket is kept" {
	mkdir b
	echo precious >file
	must_fail 69 timeout 5 rask-recv -l ./file b
	[ "$(cat file)" = precious ]
}

@test "it refuses to listen beyond this machine without -a or --open" {
	mkdir b
	must_fail 78 rask-recv -l :0 b 2>err
	says err "needs -a"
	must_fail 78 rask-recv -l 0.0.0.0:0 b
	must_fail 78 rask-recv -l 127.0.0.1:0 -l '[::]:0' b
	[ ! -s out ]
}

@test "':port' with --open is all addresses, IPv4 and IPv6" {
	start_at :0 b --open
	port=$(sed -n 's/^# listening .*:\([0-9]*\)$/\1/p' recv.out)
	raw "$port" hello 'wait HELLO'
	[ ! -e /proc/net/if_inet6 ] || ! grep -q ' lo$' /proc/net/if_inet6 ||
	    python3 -c "import socket
socket.create_connection(('::1', $port))"
}

@test "-a takes a host, or an address and bits" {
	for rule in localhost 127.0.0.1 127.0.0.0/8 127.0.0.1/32 0.0.0.0/0; do
		rm -f recv.out
		start_recv b -a 192.0.2.1 -a "$rule"
		raw "$PORT" hello 'wait HELLO'
		kill "$RECV"
		must_end 0 "$RECV"
	done
}

@test "a peer that is not in the list gets a BYE, and one log line" {
	start_recv b -a 192.0.2.0/24 -a 2001:db8::/32
	"$TBIN/rawpeer" "$PORT" </dev/null >raw.out
	grep -q '^BYE 77 127.0.0.1:.* may not connect here$' raw.out
	has_count recv.out.err 'not in the list of -a; refused$' 1
	has_count recv.out.err '' 1
	mkdir a && touch a/f
	must_fail 77 send_put "127.0.0.1:$PORT" f
}

@test "a socket that systemd has opened is taken" {
	mkdir b
	spawn recv.out "$TBIN/fds" listen ./s rask-recv -l :9 b
	RECV=$PID
	wait_until 5 has recv.out "# listening ./s"
	raw ./s hello 'put 1 f x' 'acked visible 1'
	# No connection holds it open when the listener is gone.
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello 'wait HELLO' \
	    'until end')
	wait_until 5 says raw.out HELLO
	kill -9 "$RECV"
	wait_until 5 ended "$RECV"
	must_fail 2 "$TBIN/rawpeer" ./s </dev/null
	touch end
}

@test "a descriptor from systemd that is no socket is status 78, and told" {
	mkdir b
	must_fail 78 "$TBIN/fds" pass 0 rask-recv b </dev/null 2>err
	[ -s err ]
}

@test "environment of systemd that is for another process is passed over" {
	mkdir b
	LISTEN_PID=1 LISTEN_FDS=1 start_at ./s b
	has recv.out '# listening ./s'
}

@test "a supervisor is told READY=1 once it listens" {
	spawn ready.out "$TBIN/fds" notify ./n
	NOTIFY=$PID
	wait_until 5 test -S n
	NOTIFY_SOCKET=$PWD/n start_at ./s b
	must_end 0 "$NOTIFY"
	has ready.out READY=1
}

@test "it starts with descriptors 0 and 1 closed" {
	mkdir b
	spawn recv.out sh -c 'exec rask-recv -l ./s b <&- >&-'
	RECV=$PID
	wait_until 5 test -S s
	raw ./s hello 'put 1 f x' 'acked visible 1'
}

# --stdio.

@test "--stdio takes one connection over a socket pair" {
	mkdir a b
	echo x >a/f
	printf 'put\tf\n' >lines
	rask-send -q -C a -e 'rask-recv --stdio b; echo $? >status' <lines
	same_tree a b
	wait_until 5 has status 0
}

@test "--stdio takes one connection over pipes" {
	mkdir a b
	head -c 3000000 /dev/urandom >a/large
	echo x >a/f
	printf 'put\tf\nput\tlarge\n' >lines
	rask-send -q -C a -e 'cat | rask-recv --stdio b | cat' <lines
	same_tree a b
}

@test "--stdio with an end of input at once exits 0" {
	mkdir b
	rask-recv --stdio b </dev/null >out
	[ ! -s out ]
}

@test "--stdio of what is no frame is status 76, and a BYE" {
	mkdir b
	printf 'GET / HTTP/1.1\r\n\r\n' >in
	must_fail 76 rask-recv --stdio b <in >out 2>err
	says err "this is not Rask speaking"
	says out "this is not Rask speaking"
}

@test "inherited descriptors keep their blocking mode" {
	mkdir a b
	head -c 3000000 /dev/urandom >a/large
	printf 'put\tlarge\n' >lines
	rask-send -q -C a <lines -e \
	    "$TBIN/fds modes pair rask-recv --stdio b"
	wait_until 5 test -s pair
	is_blocking pair
	rask-send -q -C a <lines -e \
	    "cat | $TBIN/fds modes pipe rask-recv --stdio b | cat"
	wait_until 5 test -s pipe
	is_blocking pipe
}

@test "a listener's stdout keeps its blocking mode" {
	mkdir b
	mkfifo out
	spawn modes.out sh -c \
	    "exec $TBIN/fds modes list rask-recv -l ./s b >out"
	MODES=$PID
	spawn cat.out cat out
	wait_until 5 says cat.out listening
	raw ./s hello 'put 1 f x' 'acked visible 1'
	kill "$MODES"
	wait_until 5 test -s list
	is_blocking list
}

# What is carried.

@test "content, mtime to the nanosecond, mode and targets are carried" {
	mktree a
	start_at ./s b
	(cd a && find . -mindepth 1 -printf '%P\0') | sed -z \
	    's/\\/\\\\/g; s/\t/\\t/g; s/\n/\\n/g; s/^/put\t/' |
	    tr '\0' '\n' >lines
	rask-send -q -C a ./s <lines
	same_tree a b
	for m in 0 1 200 400 666 777; do
		chmod "$m" a/plain
		send_put ./s plain
		[ "$(stat -c %a b/plain)" = "$m" ]
	done
	touch -d '1960-05-05 05:05:05.000000001' a/plain
	send_put ./s plain
	same_tree a b
}

@test "modes come from the sender, whatever the umask is" {
	umask 077
	mkdir b
	start_at ./s b
	raw ./s hello 'put 1 f x mode=666' 'mkdir 2 d mode=777' \
	    'put 3 d/e/f x mode=640' 'acked visible 3'
	[ "$(stat -c %a b/f b/d b/d/e b/d/e/f | tr '\n' ' ')" = \
	    "666 777 755 640 " ]
}

@test "an mtime beyond what 64 bits of ns can say harms nothing" {
	start_at ./s b
	raw ./s hello 'put 1 f x' 'acked visible 1'
	touch -d '2400-01-01' b/f
	raw ./s hello 'put 1 f yy' 'acked visible 1' 'wait ACK durable'
	[ "$(cat b/f)" = yy ]
	raw ./s hello 'put 1 f z mtime=-9223372036854775808' \
	    'put 2 g z mtime=9223372036854775807' 'wait ACK visible'
	[ "$(cat b/f b/g)" = zz ]
}

@test "content that is held is not written again" {
	start_at ./s b
	raw ./s hello 'put 1 f content' 'acked visible 1'
	ino=$(stat -c %i b/f)
	raw ./s hello 'put 1 f content' 'acked visible 1' \
	    'put 2 f content mtime=5 mode=600' 'acked visible 2' \
	    'meta 3 f 7 base=5 mtime=6' 'acked visible 3'
	[ "$(stat -c '%i %a %.9Y' b/f)" = "$ino 644 0.000000006" ]
	# What was so already is no line.
	[ "$(grep -c '^put' recv.out)" -eq 3 ]
}

@test "a large file that is held is not sent again" {
	start_at ./s b
	raw ./s hello 'open 1 f 100000' 'data 1 0 x*100000' 'end 1 x*100000' \
	    'acked visible 1'
	ino=$(stat -c %i b/f)
	raw ./s hello 'open 1 f 100000 mode=600' 'wait SKIP 1' \
	    'acked visible 1'
	[ "$(stat -c '%i %a' b/f)" = "$ino 600" ]
}

@test "what is held is synced before it is acked as durable" {
	start_at ./s b
	raw ./s hello 'put 1 f content' 'open 2 g 100000' \
	    'data 2 0 x*100000' 'end 2 x*100000' 'acked durable 2'
	for line in 'put 1 f content' 'open 1 g 100000' \
	    'meta 1 f 7 mode=600'; do
		printf '%s\n' hello "$line" 'acked durable 1' >raw.in
		"$TBIN/rawpeer" -e "export ASAN_OPTIONS=detect_leaks=0
		    exec strace -f -y -o trace \
		    -e trace=fsync,syncfs rask-recv --stdio b" <raw.in >raw.out
		read -r _ _ file _ <<<"$line"
		grep -qE "sync(fs)?\([0-9]+<[^>]*/b/$file>" trace
	done
}

@test "owner, group and bits above 0777 of what is replaced stay" {
	[ "$(id -u)" -eq 0 ] || skip "chown needs root"
	start_at ./s b
	raw ./s hello 'put 1 f x' 'acked visible 1'
	chown 1234:4321 b/f
	chmod 4755 b/f
	raw ./s hello 'put 1 f y mode=750' 'acked visible 1'
	[ "$(cat b/f) $(stat -c '%u %g %a' b/f)" = "y 1234 4321 4750" ]
}

@test "each kind replaces each other kind, but a directory with entries" {
	start_at ./s b
	raw ./s hello 'put 1 f x' 'symlink 2 f target' 'wait ACK visible' \
	    'mkdir 3 f' 'symlink 4 f target' 'mkdir 5 f' 'put 6 f y' \
	    'mkdir 7 f' 'put 8 f/g z' 'wait ACK durable' 'put 9 f x' \
	    'symlink 10 f t' 'del 11 f' 'wait REFUSE 11'
	grep -q '^REFUSE 9 73 .*directory' raw.out
	grep -q '^REFUSE 10 73 .*directory' raw.out
	grep -q '^REFUSE 11 73 .*not empty' raw.out
	[ "$(cat b/f/g)" = z ]
	[ ! -e b/.rask/conflicts ]
}

@test "a rename is a rename, if what is here is what the mover had" {
	mkdir -p a/d/e
	echo 1 >a/d/f
	echo 2 >a/d/e/g
	start_at ./s b
	send_put ./s d d/f d/e d/e/g
	ino=$(stat -c %i b/d/e/g)
	mv a/d a/new
	printf 'mv\td\tnew\n' >lines
	rask-send -q -C a ./s <lines
	same_tree a b
	[ "$(stat -c %i b/new/e/g)" = "$ino" ]
	raw ./s hello 'mv 1 new other' 'wait REFUSE 1 66' 'mv 2 gone x' \
	    'wait REFUSE 2 66'
	same_tree a b
}

@test "a delete of what is gone is held, and never recurses" {
	start_at ./s b
	raw ./s hello 'put 1 d/f x' 'wait ACK visible' 'del 2 gone' \
	    'del 3 gone/too' 'del 4 d/f/below' 'wait ACK durable' 'del 5 d' \
	    'wait REFUSE 5' 'del 6 d/f' 'del 7 d' 'acked visible 7'
	[ ! -e b/d ]
}

@test "it needs no privileges" {
	[ "$(id -u)" -eq 0 ] || skip "the others have shown it then"
	mkdir b
	echo root >b/f
	chmod 600 b/f
	chown 65534:65534 . b
	spawn recv.out setpriv --reuid 65534 --regid 65534 --clear-groups \
	    rask-recv -l ./s b
	wait_until 5 test -s recv.out
	raw ./s hello 'put 1 f new' 'put 2 g x mode=0' 'put 3 g y mode=0' \
	    'open 4 h 100' 'data 4 0 x*100' 'end 4 x*100' 'mkdir 5 d mode=0' \
	    'acked durable 5' 'del 6 g' 'del 7 d' 'acked durable 7'
	[ "$(cat b/f)" = new ]
	[ "$(stat -c '%u %a' b/f b/h | tr '\n' ' ')" = "65534 644 65534 644 " ]
	[ ! -e b/g ] && [ ! -e b/d ]
	must_fail 1 grep REFUSE raw.out
}

# Readers.

@test "a reader sees the old file or the new one, never a mix" {
	start_at ./s b -q
	raw ./s hello 'put 1 f a*20000' 'acked visible 1'
	spawn reader.out "$TBIN/reader" b/f 20000 30000
	READER=$PID
	{
		echo hello
		for i in $(seq 2 2 1000); do
			echo "put $i f b*30000"
			echo "put $((i + 1)) f a*20000"
		done
		echo 'bye 0 done'
	} >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
	[ "$(head -c 1 b/f)" = a ]
	kill "$READER"
	must_end 0 "$READER"
	[ "$(cat reader.out)" -gt 100 ]
}

@test "nothing of a large file is visible before all of it is" {
	start_at ./s b
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'open 1 f 200000' 'data 1 0 x*100000' 'wait WRITTEN 100000' \
	    'tell half' 'until go')
	wait_until 5 test -e half
	[ -z "$(ls b)" ]
	touch go
	must_end 0 "$PID"
	[ -z "$(ls b)" ]
}

# Ends.

@test "SIGTERM finishes what was begun, tells the peer and exits 0" {
	start_at ./s b
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f x' 'acked visible 1' 'tell ready' 'until end')
	wait_until 5 test -e ready
	kill "$RECV"
	must_end 0 "$RECV"
	touch end
	wait_until 5 has raw.out EOF
	grep -q '^ACK durable 1-1$' raw.out
	[ "$(grep -v WRITTEN raw.out | tail -n 2 | head -n 1)" = \
	    "BYE 75 shutting down" ]
	has recv.out "put${TAB}f"
	tidy b
	[ "$(cat b/f)" = x ]
}

@test "SIGTERM: a reader that is slow still gets every line" {
	mkdir b
	mkfifo out
	# Held open both ways, so that nobody waits for the other end.
	exec 8<>out
	spawn err sh -c 'exec rask-recv -l ./s b >out' 8>&-
	RECV=$PID
	wait_until 5 test -S s
	{
		echo hello
		echo "repeat 1 2000 put % $(printf 'n%.0s' $(seq 200))/% x"
		echo 'wait ACK durable'
		echo 'bye 0 done'
	} >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
	wait_until 5 alone
	kill "$RECV"
	spawn lines.out cat out 8>&-
	wait_until 5 test -s lines.out
	exec 8>&-
	must_end 0 "$RECV"
	wait_until 5 has_count lines.out '^put' 2000
}

@test "SIGUSR1 prints a line of counters, here and in each connection" {
	start_at ./s b
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f content' 'acked visible 1' 'put 2 ../f x' \
	    'wait REFUSE' 'until end')
	wait_until 5 says raw.out REFUSE
	kill -USR1 "$RECV"
	wait_until 5 grep -q 'connections=1 accepted=1' recv.out.err
	kill -USR1 "$(connection)"
	wait_until 5 grep -q 'raw: changes=1 held=0 refused=1 bytes=7' \
	    recv.out.err
	touch end
}

@test "end of stdout's reader ends it quietly" {
	mkdir b
	mkfifo out
	spawn err sh -c 'exec rask-recv -l ./s b >out'
	RECV=$PID
	head -n 1 out >first
	has first '# listening ./s'
	raw ./s hello 'put 1 f x' 'bye 0 done' || :
	wait_until 5 ended "$RECV"
	must_end 0 "$RECV"
	[ ! -s err.err ]
}

@test "a connection whose listener is killed ends" {
	start_at ./s b
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello 'wait HELLO' \
	    'until end')
	wait_until 5 has raw.out 'HELLO rask'
	pid=$(connection)
	kill -9 "$RECV"
	wait_until 5 ended "$pid"
	touch end
}

# Many connections.

@test "more than 256 connections get a BYE, and none is harmed" {
	start_at ./s b
	spawn first.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'wait HELLO' 'until go' 'put 1 f x' 'acked visible 1')
	wait_until 5 says first.out HELLO
	mkfifo hold
	exec 8<>hold
	spawn crowd.out "$TBIN/rawpeer" -x 300 ./s <hold 8>&-
	wait_until 20 has_count crowd.out '^BYE 75' 45
	touch go
	wait_until 5 has first.out 'ACK visible 1-1'
	says recv.out.err 'more than 256 connections; refused'
	echo >&8
	exec 8>&-
	wait_until 10 alone
	raw ./s hello 'put 1 g x' 'acked visible 1'
}

@test "1,000 connections at once do no harm" {
	start_at ./s b
	mkfifo hold
	exec 8<>hold
	spawn crowd.out "$TBIN/rawpeer" -x 1000 ./s <hold 8>&-
	wait_until 30 has_count crowd.out '^BYE 75' 744
	echo >&8
	exec 8>&-
	wait_until 10 alone
	raw ./s hello 'put 1 g x' 'acked visible 1'
	[ "$(wc -l <recv.out.err)" -lt 20 ]
}

@test "a new connection of the same sender ends its old one first" {
	start_at ./s b
	spawn old.out "$TBIN/rawpeer" ./s < <(printf '%s\n' 'hello node=7' \
	    'wait HELLO' 'open 1 f 100000' 'data 1 0 x*50000' \
	    'wait WRITTEN' 'tell ready' 'until end')
	wait_until 5 test -e ready
	pid=$(connection)
	raw ./s 'hello node=7' 'wait HELLO' 'open 1 f 100000' 'wait RESUME 1' \
	    'data 1 50000 x*50000' 'end 1 x*100000' 'acked visible 1'
	grep -q '^RESUME 1 50000$' raw.out
	ended "$pid"
	touch end
	[ "$(wc -c <b/f)" -eq 100000 ]
}

@test "connections that begin at once do not clean each other away" {
	start_at ./s b
	for _ in 1 2 3 4; do
		seq 40 | xargs -P 40 -I{} sh -c 'printf "%s\n" hello \
		    "wait HELLO" | "$0" ./s >raw{}.out || echo {}' \
		    "$TBIN/rawpeer" >failed
		[ ! -s failed ]
	done
}

@test "connections of different senders live side by side" {
	start_at ./s b
	for node in 1 2 0 0 0; do
		spawn "$node.out" "$TBIN/rawpeer" ./s < <(printf '%s\n' \
		    "hello node=$node" 'wait HELLO' 'until end')
	done
	# One that says nothing holds nobody up.
	spawn silent.out "$TBIN/rawpeer" ./s < <(printf 'until end\n')
	raw ./s 'hello node=0' 'put 1 f x' 'acked visible 1'
	[ "$(pgrep -c -P "$RECV")" -ge 6 ]
	touch end
}

# Durability.

@test "-f batch acks what is visible at once and what is durable behind it" {
	start_at ./s b -f batch
	raw ./s hello 'repeat 1 50 put % f% x' 'wait ACK visible' \
	    'acked durable 50'
	grep -q '^ACK visible 1-' raw.out
}

@test "-f each acks nothing before it is durable" {
	start_at ./s b -f each
	raw ./s hello 'put 1 f x' 'acked durable 1' 'put 2 g x' \
	    'acked durable 2'
	[ "$(grep '^ACK' raw.out | tr '\n' ' ')" = "ACK visible 1-1 ACK\
 durable 1-1 ACK visible 2-2 ACK durable 2-2 " ]
}

@test "-f none never says durable, and rask-send ends all the same" {
	mkdir a
	echo x >a/f
	start_at ./s b -f none
	raw ./s hello 'put 1 g x' 'acked visible 1'
	must_fail 1 grep -q durable raw.out
	send_put ./s f
	[ "$(cat b/f)" = x ]
}

@test "what cannot be synced is not acked as durable, and sent again" {
	mkdir a b
	echo x >a/f
	# The first of all fsync(2) fails.
	printf 'put\tf\n' >lines
	rask-send -C a -t 20 <lines >send.out 2>send.err -e "
	    [ -e failed ] || export FAILAT=1:5:failed FAILAT_ONLY=fsync \
	        LD_PRELOAD=$TBIN/failat.so
	    exec rask-recv --stdio b"
	[ "$(cat failed)" = fsync ]
	says send.err 'b: cannot sync: Input/output error'
	[ "$(grep -c 'ack=durable' send.out)" -eq 1 ]
}

@test "a temporary or the old file is gone once its successor is durable" {
	start_at ./s b
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'put 1 f x' 'put 2 f y' 'open 3 f 9' 'data 3 0 z*9' 'end 3 z*9' \
	    'acked visible 3' 'del 4 f' 'put 5 f x' 'mkdir 6 d' 'put 7 d x' \
	    'acked durable 7' 'tell ready' 'until go')
	wait_until 10 test -e ready
	[ -z "$(ls b/.rask/tmp/w.*)" ]
	touch go
	must_end 0 "$PID"
	wait_until 5 tidy b
}

# Lines.

@test "a reader of stdout that never reads does not hold changes up" {
	mkdir b
	mkfifo out
	exec 8<>out
	spawn err sh -c 'exec rask-recv -l ./s b >out' 8>&-
	RECV=$PID
	wait_until 5 test -S s
	dir=$(for _ in $(seq 15); do printf 'd%.0s' $(seq 250); printf /; done)
	{
		echo hello
		echo "repeat 1 800 put % ${dir}f%8 %"
		echo 'bye 0 done'
	} >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
	[ "$(find b -type f -path '*/d/*' -o -name 'f*8' | wc -l)" -ge 800 ]
	# The gap is told in its place, once there is somebody to hear it.
	spawn lines.out cat out 8>&-
	wait_until 5 test -s lines.out
	exec 8>&-
	wait_until 5 told lines.out 800
	raw ./s hello 'put 1 last x' 'acked visible 1'
	wait_until 5 told lines.out 801
	has lines.out "put${TAB}last"
	grep -q '^# dropped [1-9]' lines.out
}

@test "a line of JSON may be as long as a path can make it" {
	start_at ./s b -j
	name=$(printf '\\x01\\xff%.0s' $(seq 127))
	dir=$(for _ in $(seq 7); do printf '%s/' "$name"; done)
	raw ./s hello "put 1 ${dir}f x" "put 2 ${dir}$name x" 'put 3 g x' \
	    'acked visible 3'
	wait_until 5 says recv.out '"g"'
	[ "$(wc -l <recv.out)" -eq 4 ]
	python3 -c 'import json
for line in open("recv.out"): json.loads(line)'
}
