#!/usr/bin/env bats
# rask-index: disks that are full or fail, files that are damaged or made to be
# hostile, clients that are no good.
#
# RASK_EVERY=1: each call of a kind fails once, not only some.

load helper

# A preloaded library comes before a sanitizer's.
export ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

SOME=3		# calls of a kind that fail

ixwriter() {
	"$TBIN/ixwriter" "$@"
}

# listening: the server tells that it does; false once it has ended.
listening() {
	[ -s serve.out ] || ended "$SERVE"
}

# start [CMD...]: serve ./d at ./s, run by a command.
start() {
	rm -f serve.out s
	spawn serve.out "$@" rask-index serve -d d -i s --feed 1M \
	    --gather "${GATHER:-300}" <"${LINES_FROM:-/dev/null}" 9>&-
	SERVE=$PID
	wait_until 10 listening
}

# stop: the server ends as it should.
stop() {
	kill "$SERVE"
	must_end 0 "$SERVE" || { cat serve.out.err; return 1; }
}

# fault KIND:N:WHAT [VAR=VALUE...]: a server in which a call fails.
fault() {
	local f=$1
	shift
	start env IXFAULT="$f:fault" LD_PRELOAD="$TBIN/ixfault.so" "$@"
}

# stat_of NAME: what the server tells of itself.
stat_of() {
	rask-index stat -i s | sed -n "s/^$1=//p"
}

# Calls that fail.

# work: some load with many checkpoints.
work() {
	ixwriter load s log 100 320
}

# fail_at VERB:KIND:ERRNO N: that call fails, in a directory of its own; all
# that was told taken is there, then and after another opening.
fail_at() {
	local verb=${1%%:*} what=${1#*:}
	mkdir "$1:$2"
	cd "$1:$2"
	GATHER=40
	fault "${what%:*}:$2:${what#*:}" IXFAULT_IN="$verb"
	if [ -e fault ] && ended "$SERVE"; then
		wait "$SERVE" || [ $? -lt 128 ]
	else
		work
		ixwriter check s log taken
		rask-index check -i s
		kill "$SERVE"
		wait "$SERVE" || [ $? -eq 74 ]
	fi
	touch log
	start
	ixwriter check s log taken
	stop
	rask-index check -d d
	: >good
}

# numbers VERB:KIND:ERRNO: which of these calls fail.
numbers() {
	local what=${1#*:} n
	n=$(awk -v v="${1%%:*}" -v k="${what%:*}" '$1 == v && $2 == k &&
	    $3 > n { n = $3 } END { print n + 0 }' fault.count)
	[ "$n" -gt 0 ] || return 1
	if [ "${RASK_EVERY:-0}" -eq 1 ] || [ "$n" -lt "$SOME" ]; then
		seq "$n"
	else
		shuf -i "1-$n" -n "$SOME"
	fi
}

# fail_all VERB:KIND:ERRNO...: of each some, many at a time.
fail_all() {
	local c n job
	GATHER=40 fault none:0:0
	work
	stop
	for c in "$@"; do
		numbers "$c" >numbers || { echo "$c: no such calls"; return 1; }
		while read -r n; do
			echo "$c $n"
		done <numbers
	done >todo
	export -f fail_at fault start stop work ixwriter listening ended \
	    wait_until spawn must_end teardown
	export TBIN
	xargs -P 12 -L 1 -a todo bash -c 'set -e; SPAWNED=; trap teardown EXIT
	    cd "$0"; exec >"$0/$1:$2.out" 2>&1; fail_at "$1" "$2"' "$PWD" ||
	    for job in *:*.out; do
		[ -e "${job%.out}/good" ] ||
		    tail -n 20 "$job" "${job%.out}/serve.out.err"
	    done
	[ "$(ls -d ./*/good | wc -l)" -eq "$(wc -l <todo)" ]
}

@test "a full disk at the N-th call: refused, taken later, and nothing lost" {
	fail_all serve:write:28 serve:room:28 serve:make:28 \
	    checkpoint:write:28 checkpoint:make:28
}

# full_from N: each write and each file to be made fails from the N-th on, until
# it is mended: changes wait, and what is known is told.
full_from() {
	rm -rf d log fault* mended
	GATHER=40 fault "$1:$2:28" IXFAULT_UNTIL=mended
	ended "$SERVE" || {
		spawn work.out "$TBIN/ixwriter" load s log 100 320
		wait_until 5 test -e fault
		wait_until 5 grep -q '^refused 28' log ||
		    grep -qi 'no space' serve.out.err
		timeout 2 rask-index stat -i s >stat
		timeout 2 rask-index list -i s >list
		touch mended
		must_end 0 "$PID"
		ixwriter check s log taken
		rask-index check -i s
	}
	kill "$SERVE" 2>/dev/null || :
	wait "$SERVE" || case $? in 73 | 74) ;; *) false ;; esac
	touch log mended
	start
	ixwriter check s log taken
	stop
	rask-index check -d d
}

@test "a disk that is full from the N-th call on: reads go on, it recovers" {
	for n in 3 $((4 + RANDOM % 20)) $((24 + RANDOM % 30)); do
		full_from write "$n"
	done
	full_from make 3
}

@test "a sync, a rename or another call that fails once: the same" {
	fail_all serve:sync:5 serve:rename:5 serve:unlink:5 checkpoint:sync:5
}

# A disk that is full.

# start_small SIZE: a server of ./d on a small disk; from outside it is $there.
start_small() {
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	mkdir -p d
	# shellcheck disable=SC2016
	start unshare -m sh -c "mount -t tmpfs -o size=$1 none d"' &&
	    exec "$0" "$@"'
	there=/proc/$SERVE/root$PWD/d
}

# fill: there is no room at all.
fill() {
	head -c 100M /dev/zero >"$there/.fill" 2>/dev/null || :
}

# dumped N: a dump of so many files.
dumped() {
	seq -f "put${TAB}more/%06.0f${TAB}size=1${TAB}mtime=1700000000000000000${TAB}mode=644${TAB}version=60a24181e4000@5" "$1"
}

@test "on a full disk reads go on, changes are refused, and come when they can" {
	GATHER=1000 start_small 4m
	ixwriter load s log 300 600
	fill
	dumped 20000 >dump
	must_fail 74 timeout 10 rask-index load -i s <dump 2>err
	says err 'No space left on device'
	must_fail 74 timeout 10 rask-index load -D -i s <dump 2>err
	ixwriter check s log durable
	rask-index get -i s "$(rask-index list -i s | head -n 1 |
	    cut -f 2)" >/dev/null
	rask-index check -i s
	# A change that has to wait is made as soon as there is room.
	spawn more.out "$TBIN/ixwriter" load s log 300 3000
	wait_until 5 says log 'refused 28'
	rm "$there/.fill"
	must_end 0 "$PID"
	ixwriter check s log durable
	rask-index load -D -i s <dump
	[ "$(rask-index list -i s more | wc -l)" -eq 20000 ]
	rask-index check -i s
	[ "$(stat_of seq)" -eq "$(stat_of durable_seq)" ]
	stop
}

@test "on a full disk lines wait on stdin, and nothing of them is lost" {
	mkdir a
	(cd a && seq -f 'f%04.0f' 3000 | xargs touch)
	open_fifo lines
	LINES_FROM=lines start_small 4m
	printf 'tree\t%s\n' "$PWD/a" >&9
	wait_until 5 test -n "$(stat_of seq)"
	fill
	seq -f "put${TAB}f%04.0f" 3000 >&9
	wait_until 5 says serve.out.err 'changes wait'
	[ "$(rask-index list -i s | wc -l)" -lt 3000 ]
	rm "$there/.fill"
	all_known() { [ "$(rask-index list -i s | wc -l)" -eq 3000 ]; }
	wait_until 10 all_known
	says serve.out.err 'changes are taken again'
	rask-index check -i s
	exec 9>&-
	must_end 0 "$SERVE"
}

# soon STATUS CMD...: it ends within 5 s, and like this.
soon() {
	local status=$1
	shift
	must_fail "$status" timeout 5 "$@" 2>err
}

@test "when no checkpoint has room, changes are refused before long" {
	mkdir a
	(cd a && seq -f 'f%04.0f' 2000 | xargs touch)
	seq -f "put${TAB}f%04.0f" 2000 >lines
	dumped 2000 >dump
	open_fifo pipe
	LINES_FROM=pipe fault make:1:28 IXFAULT_IN=checkpoint \
	    IXFAULT_UNTIL=mended
	printf 'tree\t%s\n' "$PWD/a" >&9
	soon 74 rask-index load -i s <dump
	says err 'No space left on device'
	soon 74 rask-index load -D -i s <dump
	soon 74 rask-index ingest -i s <lines
	says err 'No space left on device'
	# Lines of the tree wait.
	cat lines >&9
	wait_until 5 says serve.out.err 'changes wait'
	rask-index check -i s
	touch mended
	all_known() { [ "$(rask-index list -i s f0001)" ] &&
	    [ "$(stat_of entries)" -ge 2000 ]; }
	wait_until 15 all_known
	rask-index load -D -i s <dump
	[ "$(stat_of entries)" -eq 4000 ]
	exec 9>&-
	must_end 0 "$SERVE"
}

@test "when there is no room to sync, who waits for that is told before long" {
	dumped 10 >dump
	touch mended
	fault sync:1:28 IXFAULT_IN=serve IXFAULT_UNTIL=mended
	rm mended
	for _ in 1 2 3 4; do
		soon 74 rask-index load -D -i s <dump
	done
	says err 'No space left on device'
	[ "$(stat_of durable_seq)" -eq 0 ]
	touch mended
	synced() { [ "$(stat_of durable_seq)" -eq 10 ]; }
	wait_until 10 synced
	rask-index load -D -i s <dump
	stop
}

# A disk that cannot sync.

@test "what could not be synced is told durable only when it was written again" {
	start
	ixwriter load s log 50 50
	stop
	touch trace
	fault sync:4:5 IXFAULT_IN=serve IXFAULT_UNTIL=mended IXFAULT_TRACE=trace
	spawn load.out "$TBIN/ixwriter" load s log 50 40
	wait_until 5 says serve.out.err 'd: sync: Input'
	durable=$(grep -c durable log)
	wait_until 5 has_count trace 'sync.*failed' 3
	[ "$(grep -c durable log)" -le "$durable" ]
	touch mended
	must_end 0 "$PID"
	ixwriter check s log durable
	cat trace
	# Between a failure and the next sync all that lacks it is written.
	awk '/^sync.*failed/ { failed = 1; again = 0; next }
	    /^sync/ { if (failed) { seen++; bad += again < end - base }
		failed = 0; base = end }
	    /^write/ && $2 + $3 > end { end = $2 + $3; next }
	    /^write/ { again += $3 }
	    END { exit !(seen && !bad) }' trace
	stop
}

@test "a checkpoint that fails is tried again in a while, whoever is in a hurry" {
	GATHER=1000 start
	mkdir d/state.new
	dumped 1000 | rask-index load -D -i s
	wait_until 5 says serve.out.err 'trying again'
	for n in $(seq 1001 1050); do
		dumped "$n" | tail -n 1 | rask-index load -D -i s
	done
	[ "$(grep -c 'checkpoint: state.new: ' serve.out.err)" -le 5 ]
	rmdir d/state.new
	wait_until 20 says serve.out.err 'works again'
	stop
	rask-index check -d d
}

@test "a state that is gone before it is in place is made again" {
	GATHER=100 fault sync:4:5 IXFAULT_IN=serve IXFAULT_UNTIL=mended
	dumped 200 | rask-index load -i s
	wait_until 5 says serve.out.err 'd: sync: Input'
	wait_until 5 test -s d/state.new
	whole() { ls d/sums-* && ! pgrep -f "rask-index checkpoint .* $SERVE\$"; }
	wait_until 5 whole
	rm d/state.new
	touch mended
	wait_until 20 test -e d/state
	dumped 201 | rask-index load -D -i s
	rask-index check -i s
	stop
	rask-index check -d d
}

# Files that are damaged.

# store: a small one in ./d, closed, with some feed; its log.
store() {
	start
	ixwriter load s log 60 150
	stop
	rm d/lock
}

# bits: in how many ways the store can be damaged.
bits() {
	echo $(($(cat d/* | wc -c) * 8))
}

@test "a flipped bit anywhere in any file is found by check, and named" {
	store
	rask-index check -d d
	every=$(($(bits) / ${RASK_FLIPS:-1000}))
	cp -r d e
	"$TBIN/ixflip" e $((2 * every)) $((RANDOM % every)) \
	    rask-index check -d e >e.out 3>&- &
	"$TBIN/ixflip" d $((2 * every)) $((every + RANDOM % every)) \
	    rask-index check -d d >d.out || { cat d.out; false; }
	wait $! || { cat e.out; false; }
	rask-index check -d d
}

# right WORD FILE: what this verb prints is what it printed before, or it fails
# and says that there is damage.
right() {
	local got=0
	rask-index "$1" -i s >again 2>err || got=$?
	if [ "$got" -eq 0 ]; then
		cmp "$2" again
	else
		[ "$got" -lt 128 ] && grep -Eq 'damaged|missing|newer' err
	fi
}

# served_right NAME: the server of a store with this damaged file refuses and
# names it; or it tells nothing that is wrong.
served_right() {
	start || return 1
	if ended "$SERVE"; then
		must_end 65 "$SERVE" && grep -qF "$1" serve.out.err
		return
	fi
	ixwriter check s log served && right dump dump && right log feed &&
	    right list list || return 1
	kill "$SERVE"
	wait "$SERVE" || [ $? -eq 74 ]
}

@test "a flipped bit is never served" {
	store
	start
	rask-index dump -i s >dump
	rask-index log -i s >feed
	rask-index list -i s >list
	stop
	rm d/lock
	mv d good
	for file in state feed- sums- node; do
		for _ in $(seq "${RASK_SERVES:-8}"); do
			cp -r good d
			name=$(cd d && echo "$file"*)
			bit=$((SRANDOM % (8 * $(stat -c %s "d/$name"))))
			"$TBIN/ixflip" "d/$name" "$bit"
			served_right "$name" || {
				echo "$name, bit $bit"
				cat serve.out.err err
				false
			}
			rm -rf d
		done
	done
}

# Files that are made to be hostile: their sums are right.

# forged WHAT: such a store in ./d, of a good one.
forged() {
	rm -rf d
	cp -r "${2:-good}" d
	"$TBIN/ixforge" d "$1"
}

# good_store: one in ./good, closed; its log, and what it prints.
good_store() {
	start
	ixwriter load s log 300 600
	rask-index dump -i s >dump
	rask-index log -i s >feed
	rask-index list -i s >list
	stop
	rm d/lock
	mv d good
}

@test "a page that is wrong inside is found, and no illegal path is served" {
	good_store
	for what in page-path page-place page-twice page-order meta-bits \
	    digest; do
		forged $what
		must_fail 1 rask-index check -d d 2>err
		grep -q 'page [0-9]* of the state is damaged\|digest' err
		start
		must_fail 1 ended "$SERVE"
		for verb in dump list; do
			got=0
			rask-index $verb -i s >again 2>err || got=$?
			[ $got -eq 0 ] || { [ $got -eq 65 ] && says err damaged; }
			must_fail 1 grep -qF ../ again
		done
		# Whoever asks for a path may hear that there is none.
		ixwriter check s log served >wrong || :
		must_fail 1 grep -v ' 0 is there' wrong
		must_fail 1 rask-index check -i s
		kill "$SERVE"
		wait "$SERVE" || [ $? -eq 74 ]
	done
}

@test "a record that is wrong inside is found, and not served" {
	good_store
	forged record-path
	must_fail 1 rask-index check -d d 2>err
	says err 'is damaged'
	start
	must_fail 65 rask-index log -i s >again
	must_fail 1 grep -qF ../ again
	stop
}

@test "files of a newer format are refused by name" {
	good_store
	for file in meta:state page:state sums:sums node:node feed:feed \
	    record:feed; do
		name=${file#*:}
		file=${file%:*}
		forged "$file-newer"
		must_fail 1 rask-index check -d d 2>err
		grep -q "$name.*newer" err
		start
		case $file in
		sums | page)
			# These are found when they are needed.
			must_fail 1 ended "$SERVE"
			kill "$SERVE"
			wait "$SERVE" || [ $? -eq 74 ] ;;
		record)
			must_fail 65 rask-index log -i s >again 2>err
			says err newer
			stop ;;
		*)
			must_end 65 "$SERVE"
			grep -q "$name.*newer" serve.out.err
		esac
	done
}

@test "a killed server's feed with a bad record: cut off, or refused" {
	GATHER=10000 start
	ixwriter load s log 300 600
	kill -9 "$SERVE"
	must_end 137 "$SERVE"
	rm d/lock
	mv d good
	for what in path newer old; do
		forged record-$what
		got=0
		rask-index check -d d 2>err || got=$?
		start
		if ended "$SERVE"; then
			[ $got -eq 1 ]
			must_end 65 "$SERVE"
			grep -q feed- serve.out.err
		elif [ $got -eq 0 ]; then
			grep -q 'cut off' err
			rask-index check -i s
			ixwriter check s log served || :
			stop
		else
			[ $what = old ]
			says err digest
			must_fail 1 rask-index check -i s
			kill "$SERVE"
			wait "$SERVE" || [ $? -eq 74 ]
		fi
	done
}

@test "a killed server's feed, damaged where it was durable: refused by name" {
	GATHER=10000 start
	ixwriter load s log 300 600
	ixwriter load s log 300 600
	kill -9 "$SERVE"
	must_end 137 "$SERVE"
	for bit in 700 30000 100000; do
		"$TBIN/ixflip" d/feed-0000000000000000 $bit
		must_fail 1 rask-index check -d d 2>err
		says err feed-0000000000000000
		start
		must_end 65 "$SERVE"
		says serve.out.err feed-0000000000000000
		"$TBIN/ixflip" d/feed-0000000000000000 $bit
	done
	start
	ixwriter check s log taken
	stop
}

@test "a dump with lines that are wrong: those are refused, the others taken" {
	start
	v=version=60a24181e4000@5
	m="size=1${TAB}mtime=1700000000000000000${TAB}mode=644"
	cat >dump <<EOF2
put${TAB}good${TAB}$m${TAB}$v
put${TAB}../up${TAB}$m${TAB}$v
put${TAB}/root${TAB}$m${TAB}$v
put${TAB}a//b${TAB}$m${TAB}$v
put${TAB}.rask/x${TAB}$m${TAB}$v
put${TAB}none${TAB}$m
put${TAB}bad${TAB}$m${TAB}version=0@5
put${TAB}bad${TAB}$m${TAB}version=60a24181e4000@5,60a24181e4001@5
put${TAB}bad${TAB}size=-1${TAB}$v
put${TAB}bad${TAB}$m${TAB}hash=12${TAB}$v
put${TAB}$(printf 'x%.0s' $(seq 5000))${TAB}$m${TAB}$v
symlink${TAB}link${TAB}$v
mv${TAB}a${TAB}b${TAB}$v
nonsense
put${TAB}last${TAB}$m${TAB}$v
EOF2
	must_fail 65 rask-index load -i s <dump 2>err
	cat err
	[ "$(rask-index list -i s | wc -l)" -eq 2 ]
	has_count err 'line' 13
	head -c 300000 /dev/urandom >noise
	must_fail 65 rask-index load -i s <noise 2>err
	printf 'a\0b\tc\n' | must_fail 65 rask-index load -i s 2>err
	rask-index check -i s
	stop
}

@test "a file that is missing is missed" {
	start
	ixwriter load s log 600 16000
	stop
	mv d good
	for file in state feed- sums- node; do
		cp -r good d
		rm "d/$(cd d && ls | grep "^$file" | tail -n 1)"
		rask-index check -d d 2>err && false
		grep -q "${file%-}" err
		start
		if ended "$SERVE"; then
			must_end 65 "$SERVE"
			grep -q "${file%-}" serve.out.err
		else
			# Sums are not needed to serve.
			[ $file = sums- ]
			ixwriter check s log taken
			stop
		fi
		rm -r d
	done
}

# Clients that are no good.

# crowd WHAT...: some of them, which stay.
crowd() {
	spawn "crowd.$1" "$TBIN/ixcrowd" "$@"
	wait_until 20 grep -q ready "crowd.$1"
}

# served_soon: others are served within a deadline.
served_soon() {
	timeout 2 rask-index stat -i s >/dev/null &&
	    timeout 5 "$TBIN/ixwriter" load s log 300 200 &&
	    timeout 5 "$TBIN/ixwriter" check s log taken
}

# memory_within BYTES: the server's, told by itself.
memory_within() {
	local got
	got=$(stat_of memory_bytes)
	[ "$got" -gt 0 ] && [ "$got" -lt "$1" ] ||
	    { echo "memory_bytes=$got"; return 1; }
}

@test "a thousand clients that say nothing, or half a HELLO: others are served" {
	start
	crowd silent s 500
	crowd half s 500
	crowd greeted s 1000
	[ "$(stat_of clients)" -ge 2000 ]
	served_soon
	sanitized || memory_within 500000000
	# Who says no HELLO within ten seconds is sent away.
	fewer() { [ "$(stat_of clients)" -le 1001 ]; }
	wait_until 15 fewer
	served_soon
	stop
}

@test "clients that ask much and read nothing hold nobody up, nor much memory" {
	start
	ixwriter load s log 300 3000
	before=$(stat_of memory_bytes)
	crowd asker s dir001/file-000001
	crowd lister s
	crowd follower s 100
	served_soon
	ixwriter load s log 300 20000
	served_soon
	sanitized || memory_within $((before + 100 * 500000 + 10000000))
	rask-index check -i s
	stop
}

@test "a follower that reads nothing loses the feed, and no room is kept for it" {
	start
	crowd follower s 1
	ixwriter load s log 300 30000
	[ "$(stat_of oldest_seq)" -gt 1 ]
	[ "$(stat_of feed_bytes)" -lt 2000000 ]
	stop
}

@test "noise ends its own connection only" {
	start
	for seed in $(seq 20); do
		timeout 5 "$TBIN/ixcrowd" noise s "$seed"
	done
	served_soon
	[ "$(stat_of clients)" -eq 1 ]
	stop
}
