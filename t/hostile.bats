#!/usr/bin/env bats
# What a peer sends is hostile until it was checked.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# start [OPTION...]: a receiver of b at ./s.
start() {
	mkdir -p b
	rm -f recv.out
	spawn recv.out rask-recv -l ./s "$@" b
	RECV=$PID
	wait_until 5 test -s recv.out
}

# start_with NAME=VALUE...: the same, with these in its environment.
start_with() {
	rm -f recv.out
	spawn recv.out env "$@" rask-recv -l ./s b
	RECV=$PID
	wait_until 5 test -s recv.out
}

# raw LINE...: one connection, a line of rawpeer's script each; the answer is
# in raw.out.
raw() {
	printf '%s\n' "$@" >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
}

# breaks LINE...: the connection ends with a BYE of status 76, and the next one
# is served.
breaks() {
	raw hello 'wait HELLO' "$@" || return 1
	tail -n 2 raw.out | head -n 1 | grep -q '^BYE 76 .*breaks the rules$' ||
	    { cat raw.out; echo "no BYE after: $*"; return 1; }
	tail -n 1 raw.out | grep -qx EOF && sound
}

# sound: the receiver still serves, and no process of it was ended by a signal.
sound() {
	raw hello 'put 1 sound x' 'acked visible 1' &&
	    ! grep 'ended by signal' recv.out.err
}

# refused N CODE TEXT: change N was refused so, and the connection went on.
refused() {
	grep -q "^REFUSE $1 $2 .*$3" raw.out || { cat raw.out; return 1; }
}

# tidy DIR: nothing is left below its .rask/tmp.
tidy() {
	[ -z "$(ls "$1/.rask/tmp")" ]
}

# The session that is cut and damaged.
session() {
	printf '%s\n' 'hello node=9' 'mkdir 1 d' 'put 2 d/small s*10' \
	    'symlink 3 d/link target' 'open 4 d/large 30' 'data 4 0 l*20' \
	    'data 4 20 l*10' 'end 4 l*30' 'meta 5 d/small 10 mode=600' \
	    'mv 6 d/small d/new' 'del 7 d/new' 'bye 0 done'
}

# whole: what is there of it is all of it.
whole() {
	local f
	for f in b/d/small b/d/new; do
		[ ! -e "$f" ] || [ "$(cat "$f")" = ssssssssss ] || return 1
	done
	[ ! -e b/d/large ] ||
	    [ "$(cat b/d/large)" = llllllllllllllllllllllllllllll ]
}

# memory_below KIB: the one connection, until its end, takes no more.
memory_below() {
	local conn rss most=0
	wait_until 5 pgrep -P "$RECV"
	conn=$(pgrep -P "$RECV")
	while rss=$(ps -o rss= -p "$conn"); do
		[ "$rss" -le "$most" ] || most=$rss
	done
	echo "at most $most KiB"
	# A sanitizer's shadow takes more.
	[ "$most" -lt "$1" ] || grep -q asan <(ldd "$BIN/rask-recv")
}

# A handshake that fails.

@test "random bytes are no handshake" {
	start
	for seed in $(seq 40); do
		raw "random $seed 200"
		[ "$(cat raw.out)" = "BYE 76 this is not Rask speaking
EOF" ]
	done
	sound
}

@test "another magic, version or tree is refused with words and a code" {
	start -T here
	raw 'hello tree=here magic=RUSK' || :
	has raw.out 'BYE 76 this is not Rask speaking'
	raw 'hello tree=here min=2 max=9' || :
	has raw.out 'BYE 76 protocol versions 2 to 9 are not spoken here, but 1 to 1'
	raw 'hello tree=here min=0 max=0' || :
	grep -q '^BYE 76 protocol versions 0 to 0 ' raw.out
	raw 'hello tree=here min=3 max=2' || :
	has raw.out 'BYE 76 this is not Rask speaking'
	raw 'hello tree=there' || :
	has raw.out "BYE 78 the tree here is 'here', not 'there'"
	raw 'hello tree=here min=0 max=200' 'wait HELLO here'
}

@test "a HELLO with names that are too long or not clean is none" {
	start
	for o in tree=x*65 name=x*256 'name=a\x0ab' 'name=a\x00b' stream=1; do
		raw "hello $o"
		has raw.out 'BYE 76 this is not Rask speaking'
	done
	raw 'hello name=x*255' 'wait HELLO'
	raw 'hello name=' 'wait HELLO'
}

@test "no frame comes before HELLO, and no second HELLO" {
	start
	for line in 'put 1 f x' 'data 1 0 x' 'number 36 0 5' 'ack 0 1 1' \
	    'end 1 x'; do
		raw "$line"
		has raw.out 'BYE 76 this is not Rask speaking'
	done
	[ ! -e b/f ]
	breaks hello
	raw 'bye 0 never\x20mind'
	has raw.out EOF
	raw hello 'frame 2 0 0 x'
	has raw.out 'BYE 76 a BYE that makes no sense'
	sound
}

# Broken sessions.

@test "a session that is cut at any byte leaves whole files or none" {
	start
	session >raw.in
	"$TBIN/rawpeer" -t ./s <raw.in >raw.out
	grep -q '^[0-9]* sessions, 0 without end$' raw.out
	whole
	sound
}

@test "a session with bytes changed leaves whole files or none" {
	start
	session >raw.in
	"$TBIN/rawpeer" -m 400 ./s <raw.in >raw.out
	has raw.out '400 sessions, 0 without end'
	whole
	sound
}

@test "a length that no frame can have ends the connection" {
	start
	for head in '4294967295 16 1 0 1' '300000 22 2 0 1' '5000 36 0 0 0' \
	    '20000 18 1 0 1' '5000 23 2 0 1'; do
		breaks "head $head"
	done
}

@test "a type, class or zero that does not exist ends the connection" {
	start
	breaks 'frame 0 0 0'
	breaks 'frame 3 0 0'
	breaks 'frame 255 0 0'
	breaks 'frame 18 4 1'
	breaks 'head 0 18 1 1 1'
}

@test "a receiver's frames from a sender end the connection" {
	start
	for line in 'ack 0 1 1' 'refuse 1 75 no' 'number 34 1 0' \
	    'number 35 1 0' 'number 36 0 0'; do
		breaks "$line"
	done
}

@test "a body shorter or longer than its fields ends the connection" {
	start
	for type in 16 17 18 19 20 21 25; do
		breaks "frame $type 1 1"
		breaks "frame $type 1 1 x*30"
	done
	breaks 'frame 22 2 1 x*8'
	breaks 'frame 22 2 1 x*7'
	breaks 'frame 23 2 1 x*15'
		breaks 'put 1 f x size=2'
	breaks 'put 1 f x size=0'
	breaks 'put 1 f x size=65537'
	breaks 'put 1 f x size=18446744073709551615'
	[ ! -e b/f ]
}

@test "a change with number 0, odd bits of mode or a second name breaks rules" {
	start
	breaks 'put 0 f x'
	breaks 'put 1 f x mode=4755'
	breaks 'put 1 f x mode=37777777777'
	breaks 'mkdir 1 d other'
	breaks 'open 1 f 9223372036854775808'
	breaks 'put 1 f x extras=\x80\x01\x00\x00'
	breaks 'put 1 f x extras=\x00\x01\x00\x05'
	raw hello 'put 1 f x extras=\x00\x01\x00\x02yy' 'acked visible 1'
	[ "$(cat b/f)" = x ]
}

# The order of a large file's frames.

@test "DATA or END of a file that was not opened is passed over" {
	start
	raw hello 'data 1 0 x*100' 'wait WRITTEN 100' 'end 1 x*100' \
	    'number 24 1 0' 'put 2 f x' 'acked visible 2'
	[ "$(ls b)" = f ]
}

@test "a gap, DATA past the size or after END ends the connection" {
	start
	breaks 'open 1 f 100' 'data 1 10 x*10'
	breaks 'open 1 f 100' 'data 1 0 x*101'
	breaks 'open 1 f 100' 'data 1 9223372036854775807 x'
	breaks 'open 1 f 100' 'data 1 18446744073709551615 x'
	[ ! -e b/f ]
}

@test "END too early, or a check that does not match, is refused as damaged" {
	start
	raw hello 'open 1 f 100' 'data 1 0 x*50' 'end 1 x*50' 'wait REFUSE 1' \
	    'open 2 g 100' 'data 2 0 x*100' 'end 2 x*100 tag=bad' \
	    'wait REFUSE 2' 'open 3 h 100' 'data 3 0 y*100' 'end 3 x*100' \
	    'wait REFUSE 3' 'put 4 i x hash=bad' 'wait REFUSE 4' \
	    'put 5 ok x' 'acked visible 5'
	for n in 1 2 3 4; do
		refused "$n" 65 'does not match'
	done
	[ "$(ls b)" = ok ]
	wait_until 5 tidy b
}

@test "what comes after END changes nothing" {
	start
	for more in 'end 1 x*100' 'end 1 y*100' 'data 1 0 y*100' \
	    'data 1 100 y' 'number 24 1 0' 'open 1 f 5'; do
		raw hello 'open 1 f 100' 'data 1 0 x*100' 'end 1 x*100' \
		    "$more" 'bye 0 done'
		[ ! -e b/f ] || [ "$(tr -d x <b/f | wc -c) $(wc -c <b/f)" = \
		    "0 100" ]
		rm -f b/f
		sound
	done
}

@test "slices that come twice are written once" {
	start
	raw hello 'open 1 f 30' 'data 1 0 x*20' 'data 1 0 x*20' \
	    'data 1 10 x*20' 'data 1 0 y*5' 'end 1 x*30' 'acked visible 1'
	[ "$(cat b/f)" = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ]
	# Every byte's credit came back.
	grep -q '^WRITTEN 65$' raw.out
}

@test "a changed prefix of a transfer is found at its end" {
	start
	raw hello 'open 1 f 100' 'data 1 0 y*50' 'wait WRITTEN 50'
	raw hello 'open 1 f 100' 'wait RESUME 1 50' 'data 1 50 x*50' \
	    'end 1 x*100' 'wait REFUSE 1 65' 'open 2 f 100' 'data 2 0 x*100' \
	    'end 2 x*100' 'acked visible 2'
	[ "$(tr -d x <b/f | wc -c) $(wc -c <b/f)" = "0 100" ]
}

@test "changes that come twice are made once" {
	start
	raw hello 'put 1 f x' 'put 1 f x' 'mkdir 2 d' 'mkdir 2 d' \
	    'symlink 3 l t' 'symlink 3 l t' 'del 4 f' 'del 4 f' \
	    'open 5 g 9' 'data 5 0 x*9' 'data 5 0 x*9' 'end 5 x*9' \
	    'acked visible 5' 'put 6 last x' 'acked visible 6'
	[ "$(grep -v '^#' recv.out | wc -l)" -eq 6 ]
	[ "$(cat b/g)" = xxxxxxxxx ]
}

@test "more large files than can be at once are refused for later" {
	start
	raw hello 'repeat 1 65 open % f% 100 id=%' 'wait REFUSE 65 75' \
	    'repeat 1 64 data % 0 x*100' 'repeat 1 64 end % x*100' \
	    'acked visible 64' 'open 65 f65 100' 'data 65 0 x*100' \
	    'end 65 x*100' 'acked visible 65'
	[ "$(find b -type f -size 100c | wc -l)" -eq 65 ]
}

@test "a size that no disk has is refused for later" {
	start
	raw hello 'open 1 f 9223372036854775807' 'wait REFUSE 1 75' \
	    'put 2 g x' 'acked visible 2'
	refused 1 75 'No space left'
	wait_until 5 tidy b
}

@test "a transfer that another connection writes is not gone on with" {
	start
	spawn first.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'open 1 f 100' 'data 1 0 x*50' 'wait WRITTEN' 'tell half' \
	    'until go' 'data 1 50 x*50' 'end 1 x*100' 'acked visible 1')
	FIRST=$PID
	wait_until 5 test -e half
	raw hello 'open 1 g 100' 'data 1 0 x*100' 'end 1 x*100' \
	    'acked visible 1'
	must_fail 1 grep RESUME raw.out
	touch go
	must_end 0 "$FIRST"
	cmp b/f b/g
	[ "$(wc -c <b/f)" -eq 100 ]
}

@test "such a file leaves nothing behind when it cannot be put in place" {
	start
	echo old >b/f
	spawn first.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'open 1 g 100' 'data 1 0 x*50' 'wait WRITTEN' 'tell half' \
	    'until end')
	wait_until 5 test -e half
	exec 7>>b/f
	spawn second.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'open 1 f 100' 'data 1 0 x*100' 'end 1 x*100' \
	    'wait REFUSE 1 75' 'tell refused' 'until end')
	wait_until 5 test -e refused
	[ -z "$(find b/.rask/tmp/w.* -type f)" ]
	exec 7>&-
	touch end
}

@test "connections that fight for the same names leave whole files" {
	start -q
	spawn reader.out "$TBIN/reader" b 0 5000 8000 100000
	READER=$PID
	for i in 1 2 3 4; do
		{
			echo hello
			for n in $(seq 1 8 2400); do
				echo "put $n f$((n % 5)) $i*5000"
				echo "put $((n + 1)) f$((n % 3)) $i*8000"
				echo "open $((n + 2)) f$((n % 5)) 100000 id=$((n % 7))"
				echo "data $((n + 2)) 0 $i*100000"
				echo "end $((n + 2)) $i*100000"
				echo "symlink $((n + 3)) f$((n % 4)) $i"
				echo "mkdir $((n + 4)) f$((n % 4))"
				echo "del $((n + 5)) f$((n % 5))"
				echo "mv $((n + 6)) f1 f2 size=5000"
				echo "put $((n + 7)) f4/x$((n % 5)) $i*5000"
			done
			echo 'bye 0 done'
		} >"raw$i.in"
		spawn "raw$i.out" "$TBIN/rawpeer" ./s <"raw$i.in"
		pids="$pids $PID"
	done
	for pid in $pids; do
		must_end 0 "$pid"
	done
	kill "$READER"
	must_end 0 "$READER"
	must_fail 1 grep -h '^BYE' raw?.out
	sound
	wait_until 5 sh -c '! ls b/.rask/tmp/w.*/* 2>/dev/null'
}

# Names.

@test "a path that is not legal is refused alone" {
	start
	n255=$(printf 'n%.0s' $(seq 255))
	long=$(for _ in $(seq 17); do printf '%s/' "$n255"; done)
	i=0
	{
		echo hello
		for path in .. ../x d/.. d/../x ../../etc/x /x /etc/x // d//x \
		    d/ . ./x d/./x '""' .rask .rask/x .rask/tmp/x .rask/id \
		    'a\x00b' '\x00' "${n255}n" "d/${n255}n/x" "${long}x" \
		    "$long$long$long"; do
			for op in "put % $path x" "mkdir % $path" \
			    "del % $path" "symlink % $path t" \
			    "open % $path 9" "mv % $path to" \
			    "mv % from $path" "meta % $path 1"; do
				i=$((i + 1))
				echo "${op/\%/$i}"
			done
		done
		echo "put $((i + 1)) ok x"
		echo "acked visible $((i + 1))"
	} >raw.in
	"$TBIN/rawpeer" ./s <raw.in >raw.out
	[ "$(grep -c '^REFUSE [0-9]* 73 the path is ' raw.out)" -eq $i ]
	[ "$(ls -A b | sort | tr '\n' ' ')" = ".rask ok " ]
	[ ! -e b/.rask/x ] && [ ! -e b/.rask/id ]
	[ ! -e x ] && [ ! -e ../x ]
}

@test "a name of 255 bytes and a path of 4,095 are legal, bytes are bytes" {
	start
	n255=$(printf 'n%.0s' $(seq 255))
	long=$(for _ in $(seq 15); do printf '%s/' "$n255"; done)$n255
	raw hello "put 1 ${n255%n}m x" "put 2 ${long} x" \
	    'put 3 a\x01\x0a\x09\xff\x5c x' 'put 4 ...x x' 'put 5 d/.rask x' \
	    'put 6 -n x' 'acked visible 6'
	[ "$(cat "b/${n255%n}m")" = x ]
	[ "$(cat "b/a"$'\001\n\t\xff\\')" = x ]
	[ "$(cat b/...x b/d/.rask b/-n)" = xxx ]
	cd b
	for _ in $(seq 15); do
		cd "$n255"
	done
	[ "$(cat "$n255")" = x ]
	cd "$BATS_TEST_TMPDIR"
}

@test "what is refused is told with its path, on one line without controls" {
	start
	raw hello 'put 1 ../a\x0a\x1b[31m<0>b x' 'wait REFUSE 1'
	[ "$(cat recv.out.err)" = \
	    "rask-recv: raw: ../a??[31m<0>b: the path is not legal" ]
	n=$(printf 'n%.0s' $(seq 300))
	raw hello "put 1 $n x" 'wait REFUSE 1'
	grep -q '^rask-recv: raw: nnnn.*nnn\.\.\.: the path is too long$' \
	    recv.out.err
}

@test "a symbolic link on the way is not followed" {
	mkdir -p outside/sub
	start
	ln -s ../outside b/out
	ln -s . b/self
	ln -s /etc b/abs
	raw hello 'put 1 out/x x' 'put 2 self/x x' 'mkdir 3 out/d' \
	    'symlink 4 out/l t' 'del 5 out/sub' 'mv 6 out/sub moved' \
	    'put 7 f x' 'mv 8 f out/f' 'open 9 out/big 9' 'put 10 abs/rask x' \
	    'meta 11 out/x 1' 'put 12 out/a/b/c x' 'put 13 ok x' \
	    'acked visible 13'
	for n in 1 2 3 4 9 10 12; do
		refused "$n" 73 'a symbolic link is on its way'
	done
	for n in 6 8; do
		refused "$n" '[67][36]' ''
	done
	[ "$(ls outside)" = sub ]
	[ ! -e /etc/rask ] && [ ! -e b/x ]
	# The link itself can be replaced.
	raw hello 'put 1 out x' 'acked visible 1'
	[ -f b/out ] && [ ! -L b/out ]
}

@test "a mount point on the way is not crossed" {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	mkdir -p b/mnt
	spawn recv.out unshare -m sh -c 'mount -t tmpfs none b/mnt &&
	    exec rask-recv -l ./s b'
	RECV=$PID
	wait_until 5 test -s recv.out
	raw hello 'put 1 mnt/x x' 'del 2 mnt' 'put 3 ok x' 'acked visible 3'
	refused 1 73 'on another filesystem'
	[ -z "$(ls "/proc/$RECV/root$PWD/b/mnt")" ]
}

@test "a directory swapped with a link to outside lets nothing out" {
	mkdir -p outside b/d
	ln -s ../outside b/link
	start -q
	spawn swap.out "$TBIN/swap" b/d b/link
	SWAP=$PID
	{
		echo hello
		for n in $(seq 1 6 6000); do
			echo "put $n d/e/f$n x"
			echo "mkdir $((n + 1)) d/m$n"
			echo "symlink $((n + 2)) d/s$n t"
			echo "open $((n + 3)) d/o$n 9 id=$((n % 251))"
			echo "data $((n + 3)) 0 x*9"
			echo "end $((n + 3)) x*9"
			echo "mv $((n + 4)) d/m$n d/n$n"
			echo "del $((n + 5)) d/e/f$((n - 60))"
		done
		echo 'bye 0 done'
	} >raw.in
	for _ in 1 2 3 4; do
		"$TBIN/rawpeer" ./s <raw.in >raw.out
		[ -z "$(ls -A outside)" ]
	done
	kill "$SWAP"
	must_end 0 "$SWAP"
	[ "$(cat swap.out)" -gt 1000 ]
	[ -z "$(ls -A outside)" ]
	# Some of it was made where it belongs.
	[ -n "$(ls b/d)" ]
	sound
}

@test "a name that becomes a link to outside changes no mode there" {
	mkdir -p outside/dir b/d
	head -c 70000 /dev/zero | tee b/f >outside/file
	touch -d @1000000000.000000007 b/f
	chmod 600 outside/file b/f
	chmod 700 outside/dir b/d
	start_with LD_PRELOAD="$TBIN/slow_rename.so" SLOW_RENAME="chmod:$PWD/x"
	for change in 'mkdir 1 d mode=755' 'open 1 f 70000 mode=644'; do
		rm -f x.here x.go
		spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
		    "$change" 'acked visible 1')
		wait_until 5 test -e x.here
		read -r _ _ name _ <<<"$change"
		mv "b/$name" aside
		ln -s "../outside/$([ $name = d ] && echo dir || echo file)" \
		    "b/$name"
		touch x.go
		must_end 0 "$PID"
		rm -rf aside
	done
	[ "$(stat -c %a outside/dir outside/file | tr '\n' ' ')" = "700 600 " ]
}

@test "a tree that is moved away under a connection takes nothing outside" {
	start
	spawn raw.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello 'put 1 d/f x' \
	    'acked visible 1' 'tell ready' 'until go' 'put 2 d/g x' \
	    'acked visible 2')
	wait_until 5 test -e ready
	mv b moved
	touch go
	must_end 0 "$PID"
	[ -e moved/d/g ] && [ ! -e b ]
}

# Peers that do not do their part.

@test "a peer that stalls does not disturb another one" {
	start
	for line in '#' hello 'bytes \x00\x00\x00' "head 100000 16 1 0 1"; do
		spawn stall.out "$TBIN/rawpeer" ./s < <(printf '%s\n' "$line" \
		    'until end')
	done
	spawn stall.out "$TBIN/rawpeer" ./s < <(printf '%s\n' hello \
	    'open 1 f 100' 'data 1 0 x*50' 'until end')
	raw hello 'open 1 f 100' 'data 1 0 x*100' 'end 1 x*100' 'put 2 g x' \
	    'acked visible 2'
	raw hello 'open 1 f2 100 id=1' 'data 1 0 x*100' 'end 1 x*100' \
	    'acked visible 1'
	touch end
}

@test "a peer that never reads is not read from for ever" {
	start
	printf '%s\n' hello 'repeat 1 400000 put % ../x y' >raw.in
	spawn raw.out "$TBIN/rawpeer" ./s <raw.in
	memory_below 30000
	must_end 0 "$PID"
	has raw.out STUCK
	grep -q '^REFUSE 1 73' raw.out
	sound
}

@test "slices faster than the disk are not gathered without bound" {
	start
	printf '%s\n' hello 'open 1 f 100000' 'repeat 0 99999 data 1 % x' \
	    'end 1 x*100000' 'acked visible 1' >raw.in
	spawn raw.out "$TBIN/rawpeer" ./s <raw.in
	memory_below 60000
	must_end 0 "$PID"
	[ "$(wc -c <b/f)" -eq 100000 ]
}

@test "a peer that resets the connection harms nothing" {
	start -l 127.0.0.1:0
	port=$(sed -n 's/.*127.0.0.1:\([0-9]*\)$/\1/p' recv.out)
	for _ in $(seq 20); do
		printf '%s\n' hello 'put 1 f x*50000' 'open 2 g 100' \
		    'data 2 0 x' reset >raw.in
		"$TBIN/rawpeer" "$port" <raw.in >raw.out
	done
	[ ! -e b/f ] || [ "$(wc -c <b/f)" -eq 50000 ]
	sound
}

# A receiver that is hostile to rask-send.

# fake N LINE...: a receiver that speaks so to each of N connections.
fake() {
	local n=$1
	shift
	rm -f f
	spawn fake.out "$TBIN/rawpeer" -l ./f "$n" < <(printf '%s\n' "$@")
	wait_until 5 test -S f
}

# send_to_fake STATUS TIMEOUT: rask-send ends so, by itself.
send_to_fake() {
	mkdir -p a
	echo x >a/small
	[ -e a/large ] || head -c 3000000 /dev/zero >a/large
	printf 'put\tsmall\nput\tlarge\nmkdir\td\ndel\tgone\n' >lines
	must_fail "$1" rask-send -C a -t "$2" ./f <lines >send.out 2>send.err
}

# cpu PID: clock ticks that it used.
cpu() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

@test "rask-send: a receiver that is none, or of another tree, is told" {
	fake 1 'random 1 500' 'wait HELLO'
	send_to_fake 75 1
	says send.err 'this is not Rask speaking'
	fake 1 'hello magic=RUSK root=1'
	send_to_fake 76 1
	says send.err 'this is not Rask speaking'
	fake 1 'hello min=2 max=3 root=1'
	send_to_fake 76 1
	says send.err 'it speaks protocol versions 2 to 3'
	fake 1 'hello tree=other root=1'
	send_to_fake 78 1
	says send.err "the tree there is 'other'"
}

@test "rask-send: numbers that cannot be end that connection" {
	for line in 'number 36 0 18446744073709551615' 'number 36 0 1' \
	    'ack 9 1 1' 'ack 0 1 1' 'ack 1 0 1' 'ack 1 5 1' 'ack 1' 'frame 32 0 0' \
	    'frame 36 0 0 x' 'frame 33 0 1' 'hello root=1' 'put 1 f x' \
	    'data 1 0 x' 'head 4294967295 32 0 0 0' 'frame 99 0 0'; do
		fake 1 'hello root=1' 'wait HELLO' "$line" 'wait nothing'
		mkdir -p a
		: >a/small
		rm -f send.out.err
		spawn send.out rask-send -C a ./f < <(printf 'put\tsmall\n')
		wait_until 5 grep -qsE 'breaks the rules|not Rask' \
		    send.out.err || {
			echo "not after: $line"
			return 1
		}
		kill "$PID"
		must_end 75 "$PID"
	done
}

@test "rask-send: answers to what it never sent are passed over" {
	fake 1 'hello root=1' 'wait HELLO' 'ack 2 100 18446744073709551615' \
	    'refuse 999 65 what' 'refuse 0 73 what' 'number 34 999 0' \
	    'number 35 999 7' 'number 35 0 18446744073709551615' \
	    'wait DEL' 'ack 2 1 18446744073709551615' 'until over'
	send_to_fake 0 10
	touch over
	grep -q "^put${TAB}small.*ack=durable" send.out
}

@test "rask-send: an offset beyond the file is passed over" {
	fake 1 'hello root=1' 'wait HELLO' 'repeat 1 4 number 35 % 3000001' \
	    'repeat 1 4 number 35 % 18446744073709551615' 'wait DATA' \
	    'ack 2 1 9' 'until over'
	send_to_fake 0 10
	touch over
}

@test "rask-send: a receiver that acks all at once is believed and left" {
	fake 1 'hello root=1' 'ack 1 1 18446744073709551615' \
	    'ack 2 1 18446744073709551615' 'wait DEL' \
	    'repeat 1 200 ack 2 1 18446744073709551615' 'until over'
	send_to_fake 0 10
	touch over
}

@test "rask-send: a receiver without a window gets no bulk, and no spin" {
	fake 1 'hello root=1 window=0' 'wait DEL' 'until over'
	mkdir a
	head -c 100000000 /dev/zero >a/large
	spawn send.out sh -c 'exec rask-send -C a ./f' < <(
	    printf 'put\tlarge\ndel\tgone\n'; until [ -e over ]; do
	    sleep 0.1; done)
	SEND=$PID
	wait_until 5 says fake.out DEL
	before=$(cpu "$SEND")
	sleep 1
	[ "$(($(cpu "$SEND") - before))" -lt 20 ]
	touch over
}

@test "rask-send: one that always asks for it again gets no flood" {
	mkdir -p a
	echo x >a/small
	for code in 65 66 75; do
		rm -f send.out.err
		fake 1 'hello root=1' "refuse_all $code"
		spawn send.out rask-send -C a ./f < <(printf 'put\tsmall\n')
		wait_until 5 says fake.out 'PUT 1'
		sleep 0.5
		kill -USR1 "$PID"
		wait_until 5 says send.out.err 'sent='
		kill "$PID"
		sent=$(sed -n 's/.* sent=\([0-9]*\) .*/\1/p' send.out.err)
		echo "code $code: $sent sent"
		[ "$sent" -lt 20 ]
	done
}

@test "rask-send: words from the wire are printed without controls" {
	fake 1 'hello root=1' 'wait PUT 1' \
	    'refuse 1 73 no\x0a\x1b[31mred' 'bye 77 go\x0aaway'
	send_to_fake 77 5
	says send.err 'no??[31mred'
	says send.err 'go?away'
}
