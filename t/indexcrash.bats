#!/usr/bin/env bats
# rask-index, killed at any moment, and on machines that lose their power.
#
# RASK_KILLS: how many times it is killed at no chosen moment (10).
# RASK_CUTS: how many times the power goes (3).
# RASK_BOOTS: how many boots end without a stop (20).
# RASK_EVERY: it is killed at every RASK_EVERY-th call of a kind (23).

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

KILLS=${RASK_KILLS:-10}
EVERY=${RASK_EVERY:-23}

# listening: the server tells that it does; false once it has ended.
listening() {
	[ -s serve.out ] || ended "$SERVE"
}

# start [CMD...]: serve ./d at ./s, run by a command; checkpoints come often.
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
	must_end 0 "$SERVE" || { cat serve.out.err; return 1; }
}

# checkpointer_gone: none of a killed server's is left.
checkpointer_gone() {
	! pgrep -f "^rask-index checkpoint .* $SERVE\$" >/dev/null
}

# killed: wait for the server's end by a SIGKILL.
killed() {
	must_end 137 "$SERVE"
	wait_until 5 checkpointer_gone
}

# sound WHAT: a new server has all that was told taken, or durable; and it is
# sound, before it is opened and after.  (Before it has a node it is none.)
sound() {
	if { [ -e d/node ] && ! rask-index check -d d 2>check.err; } ||
	    ! start || ! ixwriter check s log "$1" >wrong 2>&1 ||
	    ! rask-index check -i s 2>check.err; then
		cat wrong check.err serve.out.err log.err 2>&1
		return 1
	fi
}

# ascending: the feed's seqs go up.
ascending() {
	rask-index log -i s | sed -n "s/.*${TAB}seq=\([0-9]*\).*/\1/p" >seqs
	[ -s seqs ]
	awk '$1 <= last { exit 1 } { last = $1 }' seqs
}

ixwriter() {
	"$TBIN/ixwriter" "$@"
}

@test "killed at any moment under load, it has all that it told was taken" {
	start
	for _ in $(seq "$KILLS"); do
		spawn log.err "$TBIN/ixwriter" load s log 2000 100000
		wait_until 5 test -s log
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
		kill -9 "$SERVE"
		killed
		must_end 1 "$PID"
		sound taken
		ascending
	done
	grep -c taken log
	[ "$(grep -c durable log)" -gt "$KILLS" ]
	stop
	rask-index check -d d
}

# seed N: a store of about so many entries in ./seed, and its log.
seed() {
	GATHER=2000 start
	ixwriter load s log "$1" "$(($1 * 2))"
	stop
	rm d/lock
	mv d seed
	mv log seed.log
}

# kill_at VERB KIND N WHAT: load, until the N-th call of a kind in the server
# or the checkpointer, where all is killed; false: there is no such call.
kill_at() {
	rm -rf d log fault fault.count
	[ ! -d seed ] || cp -r seed d
	cp seed.log log 2>/dev/null || touch log
	GATHER=$FEW start env IXFAULT="$2:$3:$4:fault" IXFAULT_IN="$1" \
	    LD_PRELOAD="$TBIN/ixfault.so"
	[ -e fault ] ||
	    ixwriter load s log 100 "$((FEW * 8))" 2>log.err || :
	if [ ! -e fault ]; then
		kill "$SERVE"
		wait "$SERVE" || :
	fi
	[ -e fault ] || return 1
	killed
	if ! sound taken; then
		echo "$1 killed at $2 $3" >broken
		return 1
	fi
	stop
}

# kill_at_all VERB KIND WHAT: at every one that the sample has.
kill_at_all() {
	local n=$((1 + RANDOM % EVERY)) calls
	while kill_at "$1" "$2" "$n" "$3"; do
		n=$((n + EVERY))
	done
	calls=$(awk -v v="$1" -v k="$2" '$1 == v && $2 == k && $3 > n {
	    n = $3 } END { print n + 0 }' fault.count)
	echo "$1 makes $calls calls of $2"
	[ ! -e broken ] || { cat broken; false; }
	[ "$calls" -gt 0 ]
}

@test "killed at the N-th write, sync, rename or other call: the same" {
	FEW=40
	for kind in write sync rename room make unlink; do
		kill_at_all serve $kind kill
	done
	kill_at_all serve write half
}

@test "killed where the checkpointer writes, syncs, copies: the same" {
	FEW=40
	for kind in write sync make; do
		kill_at_all checkpoint $kind kill
	done
	kill_at_all checkpoint write half
	# Where few pages change the state is copied.
	FEW=4
	seed 10000
	for kind in copy write sync; do
		kill_at_all checkpoint $kind kill
	done
}

# at_boot N: a server at a boot of this number.
at_boot() {
	printf '%032d\n' "$1" >boot
	start env IXFAULT_BOOT="$PWD/boot" LD_PRELOAD="$TBIN/ixfault.so"
}

# seq: the last one given.
seq_now() {
	rask-index stat -i s | sed -n 's/^seq=//p'
}

@test "after a lost boot seqs go on above all that may have been given" {
	for edits in 0 30; do
		rm -rf d log
		at_boot 1
		ixwriter load s log 50 $edits
		kill -9 "$SERVE"
		killed
		# No change comes before it is killed again.
		at_boot 2
		[ "$(seq_now)" -ge 1000000 ]
		kill -9 "$SERVE"
		killed
		rask-index check -d d
		at_boot 2
		[ "$(seq_now)" -ge 1000000 ]
		stop
		at_boot 2
		[ "$(seq_now)" -ge 1000000 ]
		ixwriter load s log 50 100
		ixwriter check s log taken
		ascending
		stop
		at_boot 3
		[ "$(seq_now)" -eq 1000100 ]
		stop
	done
}

@test "it opens after more lost boots than a feed has segments" {
	at_boot 1
	for n in $(seq "${RASK_BOOTS:-20}"); do
		kill -9 "$SERVE"
		must_end 137 "$SERVE"
		at_boot "$n"
		ixwriter load s log 50 $((n % 2))
	done
	ixwriter check s log taken
	rask-index check -i s
	stop
}

# What a power cut can leave of the feed, made by hand.

# many N: lines of a dump with so many files, about 90 bytes of feed each.
many() {
	seq -f "put${TAB}more/%06.0f${TAB}size=1${TAB}mtime=1700000000000000000${TAB}mode=644${TAB}version=60a24181e4000@5" "$1"
}

# unsynced: a killed server's ./d, of whose feed little was durable.
unsynced() {
	GATHER=100000 start env IXFAULT=sync:6:5:fault IXFAULT_IN=serve \
	    IXFAULT_UNTIL=never LD_PRELOAD="$TBIN/ixfault.so"
	many 10 | rask-index load -D -i s
	# a batch goes into one segment: small ones, that it takes many
	many 4000 | split -l 200 - unsynced.
	for part in unsynced.*; do
		rask-index load -i s <"$part"
	done
	rm unsynced.*
	kill -9 "$SERVE"
	killed
	[ "$(ls d | grep -c feed-)" -ge 4 ]
}

# segment N: the name of a segment, counted from the last.
segment() {
	find d -name 'feed-*' | sort | tail -n "$1" | head -n 1
}

# goes_on: it opens, serves, and opens again.
goes_on() {
	start
	[ -s serve.out ]
	[ "$(rask-index list -i s | wc -l)" -ge 10 ]
	many 4000 | rask-index load -D -i s
	rask-index check -i s
	stop
	rask-index check -d d
	start
	[ "$(rask-index list -i s | wc -l)" -eq 4000 ]
	stop
}

@test "a feed whose end was torn off is cut there" {
	unsynced
	truncate -s -100 "$(segment 1)"
	rask-index check -d d
	goes_on
}

@test "a segment behind one whose end was torn off is dropped" {
	unsynced
	torn=$(segment 2)
	truncate -s -100 "$torn"
	rask-index check -d d 2>err
	says err 'cut off'
	start
	says serve.out.err dropped
	stop
	goes_on
}

@test "a segment that is missing or has no head yet: so are those behind it" {
	for what in missing empty zeros; do
		rm -rf d fault
		unsynced
		torn=$(segment 3)
		case $what in
		missing) rm "$torn" ;;
		empty) truncate -s 0 "$torn" ;;
		zeros) head -c 64 /dev/zero | dd of="$torn" conv=notrunc status=none
		esac
		rask-index check -d d
		goes_on
	done
}

@test "an empty last segment is none, also when others follow it later" {
	unsynced
	truncate -s -100 "$(segment 1)"
	: >d/feed-00000000000fffff
	goes_on
}

@test "a torn segment is damage if a later one tells that it was durable" {
	GATHER=100000 start
	many 4000 >lines
	split -n l/40 lines part.
	for part in part.*; do
		rask-index load -D -i s <"$part"
	done
	kill -9 "$SERVE"
	killed
	for torn in 2 3; do
		cp -r d e
		truncate -s -100 "$(segment $torn)"
		must_fail 1 rask-index check -d d
		start
		must_end 65 "$SERVE"
		says serve.out.err 'damaged'
		rm -r d
		mv e d
	done
	start
	stop
}

@test "a torn segment is damage if the stop was clean" {
	GATHER=100000 start
	many 4000 | rask-index load -i s
	stop
	truncate -s -100 "$(segment 2)"
	must_fail 1 rask-index check -d d
	start
	must_end 65 "$SERVE"
}

@test "what a torn feed still has is durable once it was synced, and not before" {
	unsynced
	truncate -s -100 "$(segment 1)"
	n=$(find d -name 'feed-*' | wc -l)
	start env LD_PRELOAD="$TBIN/ixfault.so" IXFAULT_TRACE=trace
	timeout 5 rask-index ingest -D -i s </dev/null
	[ "$(grep -c ^sync trace)" -ge "$n" ]
	stop
}

@test "a feed of another node is refused" {
	for n in 10 20; do
		start
		many $n | rask-index load -i s
		kill -9 "$SERVE"
		killed
		mv d "d$n"
	done
	mv d10 d
	cp d20/feed-* d
	start
	must_end 65 "$SERVE"
	says serve.out.err 'of another node'
	must_fail 1 rask-index check -d d
}

# A machine that loses its power, but nothing of what was written.

# off: no power; what comes is another boot.
off() {
	kill -9 "$SERVE"
	killed
	cat /proc/sys/kernel/random/uuid >boot
}

# seq_of: the last one given.
seq_of() {
	rask-index stat -i s | sed -n 's/^seq=//p'
}

@test "a store that lost its power before it had anything opens again" {
	cat /proc/sys/kernel/random/uuid >boot
	boot
	off
	boot
	stop
	start
	stop
	rask-index check -d d
}

@test "no seq is given twice, though nothing came after a power cut" {
	cat /proc/sys/kernel/random/uuid >boot
	boot
	many 10 | rask-index load -D -i s
	off
	boot
	seq=$(seq_of)
	[ "$seq" -gt 10 ]
	timeout 5 rask-index ingest -D -i s </dev/null
	kill -9 "$SERVE"
	killed
	boot
	[ "$(seq_of)" -eq "$seq" ]
	stop
	boot
	[ "$(seq_of)" -eq "$seq" ]
	many 11 | rask-index load -D -i s
	[ "$(seq_of)" -eq "$((seq + 1))" ]
	rask-index check -i s
	stop
	rask-index check -d d
}

# A machine that loses its power: a filesystem on a loop device is shut down
# with all that it had not yet written.

# can_mount: are there loop devices for us, or skip.
can_mount() {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	command -v mkfs.ext4 >/dev/null || skip "there is no mkfs.ext4"
	truncate -s 48M image
	mkfs.ext4 -q -E lazy_itable_init=0 image
	mkdir m
	mount -o loop image m 2>/dev/null ||
	    skip "loop devices cannot be mounted here"
}

# power_off PID: who listens to the server hears no more, the filesystem ends,
# then whoever uses it, and there is another boot.
power_off() {
	"$TBIN/powercut" m "$1"
	kill -9 "$1"
	kill -9 "$SERVE"
	killed
	wait_until 10 umount m
	cat /proc/sys/kernel/random/uuid >boot
}

# power_on: with all that the disk has.
power_on() {
	mount -o loop image m
}

# boot [CMD...]: a server at this boot, in m.
boot() {
	start env IXFAULT_BOOT="$PWD/boot" LD_PRELOAD="$TBIN/ixfault.so" "$@"
}

teardown() {
	local pid
	for pid in $SPAWNED; do
		kill -9 "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	! mountpoint -q "$BATS_TEST_TMPDIR/m" 2>/dev/null ||
	    wait_until 5 umount "$BATS_TEST_TMPDIR/m"
}

# cut_at SECONDS: the power goes under load, after so long.
cut_at() {
	spawn log.err "$TBIN/ixwriter" load s log 2000 100000
	wait_until 5 test -s log
	sleep "$1"
	power_off "$PID"
	power_on
	rask-index check -d d 2>check.err || { cat check.err; false; }
	boot
	ixwriter check s log durable || { cat serve.out.err; false; }
	rask-index check -i s 2>check.err || { cat check.err; false; }
	ascending
}

@test "after a power cut it has all that it told was durable, and no seq twice" {
	can_mount
	mkdir m/d
	ln -s m/d d
	cat /proc/sys/kernel/random/uuid >boot
	boot
	for _ in $(seq "${RASK_CUTS:-3}"); do
		cut_at "0.$((RANDOM % 10))$((RANDOM % 10))"
	done
	[ "$(grep -c durable log)" -gt 10 ]
	stop
	rask-index check -d d
}
