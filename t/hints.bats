#!/usr/bin/env bats
# rask-watch -ls | rask-index serve: what a tree's lines make of the index.

load helper

# index TREE: a watcher and an index of a tree, from what exists on.
index() {
	mkdir -p "$1"
	rm -f pipe
	open_fifo pipe
	spawn index.out rask-index serve -d state <pipe 9>&-
	INDEX=$PID
	spawn pipe rask-watch -ls "$1" 9>&-
	WATCH=$PID
	exec 9>&-
	export RASK_INDEX=state/sock
	wait_until 10 says index.out listening
	wait_until 20 level
}

# level: the index and the tree say the same of every path.
level() {
	rask-index check -t >check.out 2>&1
}

# stop: the watcher ends, and with it the index, having taken all of it.
stop() {
	kill "$WATCH"
	must_end 0 "$INDEX"
}

# seq: the number of the last change.
seq_now() {
	rask-index stat | sed -n 's/^seq=//p'
}

# logged N LINE: the log's lines after seq N begin with this, and only this.
logged() {
	rask-index log -s "$1" >log.out
	cut -f "1-$(printf '%s' "$2" | awk -F"$TAB" '{ print NF; exit }')" \
	    log.out >log.cut
	[ "$(cat log.cut)" = "$2" ]
}

@test "what exists is found content, known by all its names" {
	mktree a
	index a
	run -0 --separate-stderr rask-index get plain
	[[ $output = "put${TAB}plain${TAB}size="*"@0" ]]
	stop
}

@test "what happens is in the log, as it happened" {
	mkdir a
	index a
	echo one >a/f
	wait_until 5 logged 0 "put${TAB}f"
	mkdir a/d
	wait_until 5 logged 1 "mkdir${TAB}d"
	ln -s f a/l
	wait_until 5 logged 2 "symlink${TAB}l${TAB}target=f"
	chmod 600 a/f
	wait_until 5 logged 3 "put${TAB}f"
	rm a/f
	wait_until 5 logged 4 "del${TAB}f"
	must_fail 1 rask-index get f >get.out
	[[ $(cat get.out) = "del${TAB}f"* ]]
	level
}

@test "what nobody changed is no change, however often it is told" {
	mktree a
	index a
	n=$(seq_now)
	stop
	index a
	[ "$(seq_now)" -eq "$n" ]
	touch -r a/plain a/plain
	mv a/plain a/other
	mv a/other a/plain
	wait_until 5 level
	stop
}

@test "a file that was renamed is one change" {
	mkdir a
	echo one >a/f
	index a
	n=$(seq_now)
	mv a/f a/g
	wait_until 5 logged "$n" "mv${TAB}f${TAB}g"
	wait_until 5 level
}

@test "a directory of 2,000 files that was renamed is one change" {
	mkdir -p a/d/e
	for i in $(seq 1000); do : >a/d/$i; echo "$i" >a/d/e/$i; done
	index a
	n=$(seq_now)
	mv a/d a/new
	wait_until 10 level
	logged "$n" "mv${TAB}d${TAB}new"
	rask-index get new/e/7 >get.out
	must_fail 1 rask-index get d/e/7 >get.out
	[[ $(cat get.out) = "del${TAB}d/e/7"* ]]
}

@test "a rename goes on after the index was killed in the middle" {
	mkdir -p a/d
	for i in $(seq 3000); do : >a/d/$i; done
	index a
	n=$(seq_now)
	mv a/d a/new
	wait_until 10 logged "$n" "mv${TAB}d${TAB}new"
	kill -9 "$INDEX"
	wait "$INDEX" || :
	kill "$WATCH" || :	# it may have met the closed pipe
	wait "$WATCH" || :
	index a
	wait_until 20 level
	logged "$n" "mv${TAB}d${TAB}new"
	[ "$(rask-index list | wc -l)" -eq 3001 ]
}

@test "what is missing at the start is no delete, and a live one is" {
	mkdir a
	echo one >a/f
	echo two >a/g
	index a
	stop
	rm a/f
	mkdir -p a
	rm -f pipe
	open_fifo pipe
	spawn index.out rask-index serve -d state <pipe 9>&-
	INDEX=$PID
	spawn pipe rask-watch -ls a 9>&-
	exec 9>&-
	wait_until 10 says index.out listening
	rm a/g
	wait_until 10 must_fail 1 rask-index get g
	[[ $(rask-index get f) = "put${TAB}f"* ]]
}

@test "a directory that is moved out and one that is moved in are told" {
	mkdir -p a/d/e out
	echo one >a/d/e/f
	mkdir -p in/x
	echo two >in/x/y
	index a
	mv a/d out/d
	mv in a/in
	wait_until 10 level
	must_fail 1 rask-index get d/e/f >get.out
	[[ $(cat get.out) = "del${TAB}d/e/f"* ]]
	[[ $(rask-index get in/x/y) = "put${TAB}in/x/y"* ]]
}

@test "after any sequence of edits the index is level with the tree" {
	mktree a
	index a
	mkdir -p a/p/q a/r
	for i in $(seq 60); do
		echo "$i" >a/p/$i
		cp a/p/$i a/p/q/$i
		mv a/p/$i "a/r/$i"
	done
	mv a/p a/r/p
	mv a/r a/s
	echo edited >a/s/7
	rm a/s/p/q/1*
	mv a/s/p/q a/q
	mkdir a/p
	mv a/s a/p/s
	"$TBIN/fsop" exchange a/q a/p
	for i in $(seq 20); do mv a/q a/q$i; mv a/q$i a/q; done
	ln -sf q/2 a/link2
	rm -r a/deep
	wait_until 20 level
	stop
	index a
	level
}
