#!/usr/bin/env bats
# rask-index: the server's socket, and the verbs that are its clients.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# start_index NAME [OPTION...]: an index in the directory NAME, with no tree's
# lines; its socket is $SOCK, or NAME/sock, and in $RASK_INDEX.
start_index() {
	local name=$1
	shift
	export RASK_INDEX=${SOCK:-$name/sock}
	spawn "$name.out" rask-index serve -d "$name" -i "$RASK_INDEX" "$@" \
	    </dev/null
	INDEX=$PID
	wait_until 5 has "$name.out" "# listening $RASK_INDEX"
}

# entry OP PATH VERSION: a line as dump prints it.
entry() {
	case $1 in
	put) printf 'put\t%s\tsize=5\tmtime=7\tmode=0644\tversion=%s\n' \
	    "$2" "$3" ;;
	mkdir) printf 'mkdir\t%s\tmode=0755\tversion=%s\n' "$2" "$3" ;;
	symlink) printf 'symlink\t%s\ttarget=x\tmtime=7\tversion=%s\n' \
	    "$2" "$3" ;;
	del) printf 'del\t%s\tversion=%s\n' "$2" "$3" ;;
	esac
}

# entries FROM TO VERSION: lines of so many files.
entries() {
	seq -f "put${TAB}dir/%.0f${TAB}size=5${TAB}mtime=7${TAB}mode=0644\
${TAB}version=$3" "$1" "$2"
}

# number NAME: that line of stat.
number() {
	rask-index stat | sed -n "s/^$1=//p"
}

# raw SOCK CODE...: a client of the test's own: python with a connected
# socket s, frame(type, body, stream) and hello().
raw() {
	local sock=$1
	shift
	timeout 30 python3 -c '
import os, socket, struct, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    return s
def frame(kind, body=b"", stream=1):
    return struct.pack(">IBBHQ", len(body), kind, 0, 0, stream) + body
def hello():
    return frame(64, b"RIDX" + bytes((1, 1, 0, 0)) + bytes(8) +
        struct.pack(">IH", os.getpid(), 4) + b"test", 0)
def read_all(s, n):
    b = b""
    while len(b) < n:
        p = s.recv(n - len(b))
        if not p:
            raise EOFError
        b += p
    return b
def reply(s):
    n, kind, _, _, stream = struct.unpack(">IBBHQ", read_all(s, 16))
    return kind, stream, read_all(s, n)
def number(n):
    b = bytes((n & 127,))
    while n > 127:
        n >>= 7
        b = bytes((n & 127 | 128,)) + b
    return b
def directory(path, counter):
    return (b"\3" + number(len(path)) + path + number(0o755) + b"\1" +
        struct.pack(">QQ", 1, counter) + b"\0")
def file(path, size, counter):
    return (b"\1" + number(len(path)) + path + number(0o644) + number(size) +
        struct.pack(">q", 7) + b"\1" + struct.pack(">QQ", 1, counter) + b"\0")
def seen(path):
    try:
        st = os.lstat(path)
    except FileNotFoundError:
        return struct.pack(">BHQqQqH", 0, 0, 0, 0, 0, 0, 0)
    if st.st_mode & 0o170000 == 0o100000:
        return struct.pack(">BHQqQqH", 1, st.st_mode & 0o777, st.st_size,
            st.st_mtime_ns, st.st_ino, st.st_ctime_ns, 0)
    return struct.pack(">BHQqQqH", 3, st.st_mode & 0o777, 0, 0, st.st_ino,
        st.st_ctime_ns, 0)
def bye(s):
    while True:
        kind, stream, body = reply(s)
        if kind == 2:
            return body[4:].decode()
s = connect()
exec(sys.stdin.read())
' "$sock" </dev/fd/0
}

@test "a verb without an index says so, with 69" {
	must_fail 64 rask-index get a 2>err
	says err "which index"
	must_fail 69 rask-index get -i ./none a 2>err
	says err "./none: no index is running there"
	: >file
	must_fail 69 rask-index stat -i ./file 2>err
}

@test "wrong usage is 64, with the usage" {
	must_fail 64 rask-index 2>err
	must_fail 64 rask-index frob 2>err
	says err "no such verb"
	must_fail 64 rask-index get -i s 2>err
	must_fail 64 rask-index get -i s -f a 2>err
	says err "get has no -f"
	must_fail 64 rask-index get -i s ../a 2>err
	says err "not a path in a tree"
	must_fail 64 rask-index log -i s -s x 2>err
}

@test "the socket is for its owner, and goes with the server" {
	start_index st
	[ "$(stat -c %a st/sock)" = 600 ]
	kill "$INDEX"
	must_end 0 "$INDEX"
	[ ! -e st/sock ]
}

@test "a stale socket is replaced, a live one refused" {
	start_index st
	must_fail 75 rask-index serve -d other -i st/sock </dev/null 2>err
	says err "in use"
	[ "$(number seq)" = 0 ]
	kill -9 "$INDEX"
	wait_until 5 ended "$INDEX"
	[ -S st/sock ]
	start_index st
	[ "$(number seq)" = 0 ]
}

@test "a second server of a directory is refused by the first one's pid" {
	start_index st
	must_fail 75 rask-index serve -d st -i ./other </dev/null 2>err
	says err "process $INDEX"
}

@test "another user is refused, and told so; the group of -g is not" {
	[ "$(id -u)" = 0 ] || skip "only root can be somebody else"
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" \
	    "$BATS_RUN_TMPDIR/test" 2>/dev/null || true
	local as="setpriv --reuid=65534 --clear-groups" games
	games=$(getent group games | cut -d: -f3)
	mkdir -m 755 pub
	SOCK=$PWD/pub/sock
	start_index st
	$as --regid=65534 test -S pub/sock || skip "nobody cannot get here"
	# The file's mode stops him; without that his credentials do.
	must_fail 77 $as --regid=65534 rask-index stat 2>err
	chmod 666 pub/sock
	must_fail 77 $as --regid=65534 rask-index stat 2>err
	says err "you may not connect"
	says st.out.err "of user 65534"
	kill "$INDEX"
	must_end 0 "$INDEX"
	start_index st -g games
	[ "$(stat -c '%a %G' pub/sock)" = "660 games" ]
	$as --regid="$games" rask-index stat
	as="setpriv --reuid=65534 --regid=65534 --groups=$games"
	$as rask-index stat
	# What it is handed it can read, although the files are not its own.
	entries 1 100 10@1 | $as rask-index load
	kill "$INDEX"
	must_end 0 "$INDEX"
	start_index st -g games
	entries 101 200 10@1 | $as rask-index load
	[ "$($as rask-index list | grep -c .)" = 200 ]
	[ "$($as rask-index dump | grep -vc '^#')" = 200 ]
}

@test "get prints an entry; a tombstone is its del line and 1" {
	start_index st
	{
		entry put a/b 10@1
		entry mkdir a 10@1
		entry symlink l 10@1
		entry del gone 10@1
	} | rask-index load
	rask-index get a/b >out
	grep -q "^put${TAB}a/b${TAB}size=5${TAB}mtime=7${TAB}mode=0644${TAB}" out
	says out "version=10@1"
	rask-index get l >out
	says out "target=x"
	rask-index get -j a >out
	says out '"op":"mkdir","path":"a"'
	must_fail 1 rask-index get gone >out
	says out "del${TAB}gone"
	must_fail 1 rask-index get unknown >out
	[ ! -s out ]
}

@test "log is the feed as lines; -s begins behind a seq" {
	start_index st
	for n in 1 2 3; do
		entry put "f$n" "1$n@1"
	done | rask-index load
	rask-index log >out
	has_count out '^put' 3
	[ "$(sed -n 's/.*seq=\([0-9]*\).*/\1/p' out | tr '\n' ' ')" = "1 2 3 " ]
	rask-index log -s 2 >out
	has_count out '^put' 1
	says out "f3"
	rask-index log -s 3 >out
	[ ! -s out ]
	rask-index log --since 60 >out
	has_count out '^put' 3
}

@test "log -f goes on, a line at once, until the server ends" {
	start_index st
	entry put a 10@1 | rask-index load
	spawn log rask-index log -f
	LOG=$PID
	wait_until 5 says log "put${TAB}a"
	entry put b 10@1 | rask-index load
	wait_until 5 says log "put${TAB}b"
	kill "$INDEX"
	must_end 69 "$LOG"
	says log.err "the index"
}

@test "list has the live entries below a prefix, at component bounds" {
	start_index st
	{
		entry mkdir a 10@1
		entry put a/b 10@1
		entry put ab 10@1
		entry del a/gone 10@1
	} | rask-index load
	rask-index list >out
	has_count out . 3
	rask-index list a >out
	has_count out . 2
	rask-index list a/ >out
	has_count out . 2
	rask-index list a/b >out
	has_count out . 1
	rask-index list x >out
	[ ! -s out ]
}

@test "what dump prints, load merges: the digests are alike" {
	start_index one
	{
		entries 1 2000 10@1
		entry symlink l 10@1
		entry mkdir dir 10@1
		entry del gone 10@1
		entry put "$(printf 'odd\\n\\\\name')" 10@1
	} | rask-index load
	rask-index dump >dump
	rask-index digest >digest
	start_index two
	rask-index load -D <dump
	diff <(rask-index digest) digest
	[ "$(number tombstones)" = 1 ]
	[ "$(number durable_seq)" = "$(number seq)" ]
	diff <(rask-index dump | grep -v '^#' | sed "s/${TAB}seq=[0-9]*//" |
	    sort) <(grep -v '^#' dump | sed "s/${TAB}seq=[0-9]*//" | sort)
	# Again it is no change.
	seq=$(number seq)
	rask-index load <dump
	[ "$(number seq)" = "$seq" ]
}

@test "load merges by version, whatever the order" {
	start_index st
	entry put a 20@1 | rask-index load
	entry put a 10@2 | rask-index load
	rask-index get a >out
	says out "version=20@1"
	entry del a 30@2 | rask-index load
	must_fail 1 rask-index get a >out
	says out "version="
}

@test "load takes what is there of a dump that is cut off, and says so, with 65" {
	start_index one
	entries 1 100 10@1 | rask-index load
	rask-index dump >dump
	start_index two
	head -n 50 dump >cut
	must_fail 65 rask-index load <cut 2>err
	says err "cut off"
	[ "$(number entries)" = 49 ]
	cat cut dump >both
	must_fail 65 rask-index load <both 2>err
	says err "line 51: the dump before this is cut off"
	[ "$(number entries)" = 100 ]
	sed 7d dump >less
	must_fail 65 rask-index load <less 2>err
	says err "line 101: entries are missing before this"
	cat dump dump | rask-index load 2>err
	[ ! -s err ]
	# What grep(1) has taken out of one is none.
	grep /7 dump | rask-index load 2>err
	[ ! -s err ]
}

@test "what is merged while a directory moves waits for its end" {
	mkdir -p tree/d
	(cd tree/d && seq 300 | xargs touch)
	start_index st -C "$PWD/tree"
	(cd tree && find d -printf 'put\t%p\n') | rask-index ingest -D
	mv tree/d tree/n
	raw st/sock <<-'EOF'
	e = file(b"n/5", 6, 1 << 60)
	s.sendall(hello() + frame(66, b"mv\td\tn\n", 1) +
	    frame(67, struct.pack(">H", len(e)) + e, 2))
	assert [reply(s)[0] for _ in range(3)] == [64, 97, 97]
	EOF
	rask-index get n/5 >out
	grep -q "${TAB}version=1000000000000000@1\$" out
	must_fail 1 rask-index get d/5 >out
	rask-index get n/6
}

@test "load names lines that are no entries, with 65, and takes the others" {
	start_index st
	{
		entry put a 10@1
		printf 'put\tb\tsize=5\n'
		printf 'nonsense\n'
		entry put c 10@1
	} >lines
	must_fail 65 rask-index load <lines 2>err
	says err "line 2: no version="
	says err "line 3: "
	[ "$(number entries)" = 2 ]
}

@test "ingest takes lines as hints, and names malformed ones by number" {
	mkdir tree
	echo 1 >tree/a
	start_index st -C "$PWD/tree"
	printf 'put\ta\nnonsense\nput\tb\n' >lines
	must_fail 65 rask-index ingest -D <lines 2>err
	says err "line 2"
	rask-index get a
	must_fail 1 rask-index get b
	[ "$(number entries)" = 1 ]
	[ "$(number durable_seq)" = "$(number seq)" ]
}

@test "ingest passes over a line that is too long" {
	mkdir tree
	echo 1 >tree/a
	start_index st -C "$PWD/tree"
	{
		printf 'put\t'
		head -c 100000 /dev/zero | tr '\0' x
		printf '\nput\ta\n'
	} >lines
	must_fail 65 rask-index ingest <lines 2>err
	says err "line 1: too long"
	wait_until 5 rask-index get a
}

# hashed FILE: a large file of which the index ST knows another content's hash.
hashed() {
	truncate -s 500M "$1"
	touch -d @7 "$1"
	chmod 644 "$1"
	printf 'put\tf\tsize=%s\tmtime=%s\tmode=0644\thash=%s\tversion=%s\n' \
	    524288000 7000000000 "$(printf '%064d' 0)" 10@1 |
	    rask-index load
	rask-index get f >out
	says out "version=10@1"
}

@test "ingest -D returns when what has to be read for its hash is read, too" {
	mkdir tree
	start_index st -C "$PWD/tree"
	hashed tree/f
	printf 'put\tf\n' | rask-index ingest -D
	rask-index get f >out
	must_fail 1 grep "${TAB}version=10@1\$" out
	[ "$(number seq)" = 2 ]
}

@test "at the end of its input serve reads what it has begun to read" {
	mkdir tree
	start_index st -C "$PWD/tree"
	hashed tree/f
	kill "$INDEX"
	must_end 0 "$INDEX"
	printf 'put\tf\n' | timeout 30 rask-index serve -d st -C tree >out
	start_index st
	rask-index get f >out
	must_fail 1 grep "${TAB}version=10@1\$" out
	[ "$(number seq)" = 2 ]
}

@test "diff shows where two indexes differ, and from which side" {
	start_index one
	entries 1 500 10@1 | rask-index load
	{
		entry put mine 10@1
		entry put both 20@1
		entry put old 10@1
		entry put deleted 10@1
	} | rask-index load
	start_index two
	entries 1 500 10@1 | rask-index load
	{
		entry put theirs 10@1
		entry put both 20@1
		entry put old 20@2
		entry del deleted 20@1
	} | rask-index load
	must_fail 1 rask-index diff -v -i one/sock two/sock >out 2>err
	has_count out . 4
	grep -q "^put${TAB}mine${TAB}.*from=local${TAB}reason=missing" out
	grep -q "^put${TAB}theirs${TAB}.*from=remote${TAB}reason=missing" out
	grep -q "^put${TAB}old${TAB}.*from=remote${TAB}reason=newer" out
	grep -q "^del${TAB}deleted${TAB}.*from=remote${TAB}reason=newer" out
	rask-index dump -i one/sock | rask-index load -i two/sock
	rask-index dump -i two/sock | rask-index load -i one/sock
	rask-index diff -v -i one/sock two/sock >out 2>err
	[ ! -s out ]
	# A frame each way, and HELLO.
	has err sent_frames=2
	has err received_frames=2
}

@test "check finds a running store sound, and says what the tree lacks" {
	mkdir -p tree/d
	echo 1 >tree/d/a
	echo 2 >tree/b
	start_index st -C "$PWD/tree"
	printf 'mkdir\td\nput\td/a\nput\tb\n' | rask-index ingest -D
	rask-index check 2>err
	says err "sound: 3 entries"
	rask-index check -t >out
	[ ! -s out ]
	echo longer >tree/b
	rm tree/d/a
	echo 3 >tree/new
	must_fail 1 rask-index check -t >out
	grep -q "^put${TAB}b${TAB}.*reason=differs" out
	grep -q "^put${TAB}d/a${TAB}.*reason=missing" out
	grep -q "^put${TAB}new${TAB}reason=unknown" out
	has_count out . 3
}

@test "check of a directory needs no server; damage is named" {
	start_index st
	entries 1 3000 10@1 | rask-index load -D
	must_fail 75 rask-index check -d st 2>err
	says err "process $INDEX"
	kill "$INDEX"
	must_end 0 "$INDEX"
	rask-index check -d st 2>err
	says err "sound: 3000 entries"
	cp -r st was
	for f in st/state st/feed-* st/sums-*; do
		[ -e "$f" ] || continue
		size=$(stat -c %s "$f")
		for at in $((size / 3)) $((size - 9)); do
			printf '\377' | cmp -s - <(tail -c +$((at + 1)) "$f" |
			    head -c 1) && continue
			printf '\377' | dd of="$f" bs=1 seek="$at" \
			    conv=notrunc status=none
			must_fail 1 rask-index check -d st 2>err
			says err "${f#st/}"
			cp "was/${f#st/}" "$f"
		done
	done
	rask-index check -d st
}

@test "of a damaged digest check says that, and compares nothing with it" {
	start_index st
	entries 1 3000 10@1 | rask-index load -D
	kill "$INDEX"
	must_end 0 "$INDEX"
	at=$(grep -abo digest st/state | head -n 1 | cut -d: -f1)
	printf '\377' | dd of=st/state bs=1 seek=$((at + 60)) conv=notrunc \
	    status=none
	must_fail 1 rask-index check -d st 2>err
	says err "the state's digest is damaged"
	says err "state at byte"
	has_count err . 2
}

@test "what is damaged is not served: check names it, the rest is there" {
	start_index st
	entries 1 3000 10@1 | rask-index load -D
	kill "$INDEX"
	must_end 0 "$INDEX"
	start_index st
	at=$(grep -abo 'dir/1234' st/state | head -n 1 | cut -d: -f1)
	printf X | dd of=st/state bs=1 seek=$((at + 4)) conv=notrunc \
	    status=none
	must_fail 65 rask-index get dir/1234 2>err
	says err "damaged"
	bad=0
	for n in 1 2 3 4 5 6 7 8 9; do
		rask-index get "dir/$n" >out 2>err || bad=$((bad + 1))
	done
	[ "$bad" -le 3 ]
	must_fail 65 rask-index list >out 2>err
	says err "page"
	must_fail 1 rask-index check 2>err
	says err "state at byte"
	says err "page"
}

@test "garbage, other protocols and oversized frames end with a BYE" {
	start_index st
	raw st/sock <<-'EOF'
	for junk in (b"GET / HTTP/1.0\r\n\r\n" * 10, os.urandom(4096),
	    frame(1, b"RASK"), frame(65, b"a"),
	    hello() + frame(96, b""), hello() + frame(22, bytes(9)),
	    hello() + struct.pack(">IBBHQ", 32769, 66, 0, 0, 1),
	    hello() + struct.pack(">IBBHQ", 2**32 - 1, 66, 0, 0, 1),
	    hello() + frame(65, b"a", 0), hello() + hello(),
	    hello() + frame(68, bytes(9)), hello() + frame(66, b"put\ta")):
	    s = connect()
	    s.sendall(junk)
	    bye(s)
	EOF
	[ "$(number clients)" = 1 ]
}

@test "a question that cannot be answered fails alone" {
	start_index st
	raw st/sock <<-'EOF'
	s.sendall(hello() + frame(65, b"../a", 1) +
	    frame(67, b"\0\3abc", 2) +
	    frame(78, struct.pack(">Q", 9), 3) +
	    frame(68, struct.pack(">Q", 99), 4) + frame(69, b"", 5))
	assert reply(s)[0] == 64
	assert [reply(s)[:2] for _ in range(5)] == [
	    (108, 1), (108, 2), (108, 3), (108, 4), (99, 5)]
	EOF
}

@test "who says nothing, or half a HELLO, is ended after 10 s" {
	start_index st
	raw st/sock <<-'EOF'
	t = connect()
	t.sendall(hello()[:20])
	begin = time.time()
	assert bye(s) == "no HELLO" and bye(t) == "no HELLO"
	assert 9 < time.time() - begin < 13
	EOF
}

@test "half a question holds nobody up" {
	start_index st
	raw st/sock <<-'EOF'
	s.sendall(hello() + frame(65, b"abcdef")[:18])
	assert reply(s)[0] == 64
	t = connect()
	t.sendall(hello() + frame(65, b"a", 7))
	assert reply(t)[0] == 64
	assert reply(t) == (96, 7, b"")
	s.sendall(b"cdef")
	assert reply(s) == (96, 1, b"")
	EOF
}

@test "a thousand clients are served, and leave nothing" {
	start_index st
	entry put a 10@1 | rask-index load
	raw st/sock <<-'EOF'
	import resource
	soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
	resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
	all = [connect() for _ in range(1000)]
	for c in all:
	    c.sendall(hello() + frame(65, b"a", 3))
	for c in all:
	    assert reply(c)[0] == 64
	    assert reply(c)[:2] == (96, 3)
	EOF
	wait_until 5 test "$(number clients)" = 1
	[ "$(ls "/proc/$INDEX/fd" | wc -l)" -lt 40 ]
}

@test "who never reads costs a bounded memory and nobody's time" {
	start_index st
	entries 1 3000 10@1 | rask-index load
	before=$(number memory_bytes)
	raw st/sock <<-'EOF' &
	s.sendall(hello() + frame(70, bytes(16) + b"\1", 1))
	s.setblocking(False)
	q = b"".join(frame(69, b"", n) for n in range(1, 1000))
	try:
	    for _ in range(1000):
	        s.send(q)
	except BlockingIOError:
	    pass
	open("stuck", "w")
	time.sleep(20)
	EOF
	SPAWNED="$SPAWNED $!"
	wait_until 10 test -e stuck
	entries 3001 9000 10@1 | timeout 10 rask-index load
	[ "$(rask-index log | grep -c .)" = 9000 ]
	sanitized || [ $(($(number memory_bytes) - before)) -lt 8000000 ]
}

@test "SYNC is answered when the disk has it, and at once if it had" {
	start_index st
	raw st/sock <<-'EOF'
	s.sendall(hello())
	assert reply(s)[0] == 64
	s.sendall(frame(68, bytes(8), 2))
	assert reply(s)[:2] == (98, 2)
	EOF
	entries 1 100 10@1 | rask-index load -D
	[ "$(number durable_seq)" = 100 ]
}

@test "an idle server with clients and followers does not wake up" {
	start_index st
	entry put a 10@1 | rask-index load
	spawn log rask-index log -f
	wait_until 5 says log "put"
	wait_until 5 test "$(number durable_seq)" = 1
	sleep 2
	before=$(awk '/ctxt_switches/ { n += $2 } END { print n }' \
	    "/proc/$INDEX/status")
	sleep 5
	after=$(awk '/ctxt_switches/ { n += $2 } END { print n }' \
	    "/proc/$INDEX/status")
	[ "$((after - before))" -le 1 ]
}

@test "a grant is one asker's at a time, and ends with its connection" {
	mkdir tree
	start_index st -C "$PWD/tree"
	raw st/sock <<-'EOF'
	def ask(c, path, n):
	    c.sendall(frame(76, directory(path, 10 ** 15), n))
	def quiet(c):
	    c.settimeout(0.2)
	    try:
	        return c.recv(1) == None
	    except socket.timeout:
	        c.settimeout(None)
	        return True
	t, u = connect(), connect()
	for c in s, t, u:
	    c.sendall(hello())
	    assert reply(c)[0] == 64
	ask(s, b"a", 1)
	kind, n, body = reply(s)
	assert (kind, n, body[0]) == (107, 1, 1), body
	# Below it and above it all wait, beside it nobody does.
	ask(t, b"a/b", 2)
	ask(u, b"c", 3)
	assert reply(u)[2][0] == 1
	assert quiet(t)
	os.mkdir("tree/a", 0o755)
	s.sendall(frame(77, struct.pack(">Q", 1) + seen("tree/a") + b"\0", 4))
	kind, n, body = reply(s)
	assert (kind, n) == (97, 4), (kind, body)
	assert reply(t)[:2] == (107, 2)
	# Who is gone holds nothing.
	ask(s, b"c", 5)
	assert quiet(s)
	u.close()
	assert reply(s)[:2] == (107, 5)
	s.sendall(frame(78, struct.pack(">Q", 5), 6))
	assert reply(s)[:2] == (97, 6)
	s.sendall(frame(78, struct.pack(">Q", 5), 7))
	assert reply(s)[:2] == (108, 7)
	# The same again is here already.
	t.sendall(frame(78, struct.pack(">Q", 2), 3))
	assert reply(t)[:2] == (97, 3)
	ask(s, b"a", 8)
	kind, n, body = reply(s)
	assert (n, body[0]) == (8, 2), body
	EOF
	rask-index get a
}

@test "TAKEN says if what was taken out is an edit to be kept" {
	mkdir tree
	echo one >tree/f
	start_index st -C "$PWD/tree"
	printf 'put\tf\n' | rask-index ingest
	raw st/sock <<-'EOF'
	def install(counter, taken, n):
	    s.sendall(frame(76, file(b"f", 6, counter), n))
	    kind, _, body = reply(s)
	    assert (kind, body[0]) == (107, 1), (kind, body)
	    if taken:
	        open("tree/f", "w").write("edited by somebody")
	    was = seen("tree/f")
	    os.unlink("tree/f")
	    open("tree/f", "w").write("hello\n")
	    os.utime("tree/f", ns=(7, 7))
	    s.sendall(frame(77, struct.pack(">Q", n) + seen("tree/f") + b"\1" +
	        was, n + 1))
	    kind, _, answer = reply(s)
	    assert kind == 97, (kind, answer)
	    return answer[40]
	s.sendall(hello())
	assert reply(s)[0] == 64
	assert install(1 << 60, True, 1) == 1
	assert install((1 << 60) + 1, False, 3) == 0
	EOF
	rask-index get f >out
	says out "version=1000000000000001@1"
}

@test "INSTALLED waits for a checkpoint, and is no conflict then" {
	mkdir tree
	IXFAULT=make:1:12:fault IXFAULT_IN=checkpoint IXFAULT_UNTIL=mended \
	    LD_PRELOAD=$TBIN/ixfault.so start_index st -C "$PWD/tree" \
	    --gather 10
	raw st/sock <<-'EOF'
	s.sendall(hello() + frame(76, file(b"f", 6, 1 << 60), 1))
	assert [reply(s)[0] for _ in range(2)] == [64, 107]
	open("tree/f", "w").write("hello\n")
	for n in range(40):
	    e = file(b"x%d" % n, 6, 10)
	    s.sendall(frame(67, struct.pack(">H", len(e)) + e, 2))
	    s.settimeout(1)
	    try:
	        assert reply(s)[0] == 97
	    except socket.timeout:
	        break
	assert n < 39
	s.settimeout(None)
	t = connect()
	t.sendall(hello() + frame(76, file(b"g", 6, 1 << 60), 1))
	assert [reply(t)[0] for _ in range(2)] == [64, 107]
	open("tree/g", "w").write("hello\n")
	t.sendall(frame(77, struct.pack(">Q", 1) + seen("tree/g") + b"\0", 2))
	t.settimeout(1)
	try:
	    assert reply(t) == 0
	except socket.timeout:
	    pass
	t.settimeout(None)
	open("mended", "w")
	kind, n, body = reply(t)
	assert (kind, n, body[40]) == (97, 2, 0), (kind, body)
	EOF
	rask-index get g
}

@test "questions may be asked faster than answers are read" {
	start_index st
	entries 1 1000 10@1 | rask-index load
	raw st/sock <<-'EOF'
	import threading
	s.sendall(hello())
	assert reply(s)[0] == 64
	many = 60000
	def ask():
	    for i in range(1, many + 1, 1000):
	        s.sendall(b"".join(frame(65, b"dir/%d" % (n % 1000 + 1), n)
	            for n in range(i, i + 1000)))
	threading.Thread(target=ask).start()
	time.sleep(1)
	f = s.makefile("rb", 1 << 20)
	for n in range(1, many + 1):
	    size, kind, _, _, stream = struct.unpack(">IBBHQ", f.read(16))
	    body = f.read(size)
	    assert (kind, stream) == (96, n)
	    assert b"dir/%d" % (n % 1000 + 1) in body
	EOF
}

@test "a slow follower gets every change once, and in order" {
	start_index st
	entries 1 5000 10@1 | rask-index load
	spawn log rask-index log -f
	LOG=$PID
	wait_until 5 test -s log
	kill -STOP "$LOG"
	entries 5001 20000 10@1 | timeout 20 rask-index load
	kill -CONT "$LOG"
	wait_until 20 has_count log . 20000
	sed 's/.*seq=\([0-9]*\).*/\1/' log >seqs
	diff seqs <(seq 20000)
}

@test "a view stays whole while the index goes on" {
	start_index st --gather 500
	entries 1 4000 10@1 | rask-index load
	(
		for n in 1 2 3 4 5 6 7 8; do
			entries 1 4000 "1$n@1" | rask-index load
		done
	) 3>&- &
	LOAD=$!
	SPAWNED="$SPAWNED $LOAD"
	for n in 1 2 3 4 5 6; do
		[ "$(rask-index list | wc -l)" -eq 4000 ]
		rask-index check 2>err
	done
	wait "$LOAD"
	rask-index check
}
