#!/usr/bin/env bats
# rask-index rebuild: a store made anew from what is sound, and from the tree.

load helper

# index [OPTION...]: serve ./d from its lines on stdin, to their end.
index() {
	rask-index serve -d d -C "$PWD/tree" "$@" >/dev/null
}

# known: 3,000 files, part of them in the state and all in the feed.
known() {
	mkdir tree d0
	(cd tree && seq 3000 | xargs touch)
	rask-watch -1ls tree | index --gather 2000
}

# scribble FILE TIMES: damage it at random places.
scribble() {
	python3 - "$1" "$2" <<-'PY'
	import random, sys
	random.seed(1)
	b = bytearray(open(sys.argv[1], 'rb').read())
	for i in range(int(sys.argv[2])):
	    b[random.randrange(len(b))] ^= 1 << random.randrange(8)
	open(sys.argv[1], 'wb').write(b)
	PY
}

# dumped: what the store holds, without what a rebuild gives anew.
dumped() {
	spawn serve.out rask-index serve -d d -i s </dev/null
	wait_until 10 has serve.out "# listening s"
	rask-index dump -i s | grep -v '^#' |
	    sed 's/	seq=[0-9]*//' | sort
	kill "$PID"
	must_end 0 "$PID"
}

@test "a store that is sound is rebuilt to the same" {
	known
	dumped >before
	[ "$(wc -l <before)" -eq 3000 ]
	run --separate-stderr rask-index rebuild -d d -C tree
	[ "$status" -eq 0 ]
	dumped >after
	cmp before after
	rask-index check -d d
}

@test "a damaged state is made anew from the feed" {
	known
	dumped >before
	scribble d/state 200
	must_fail 1 rask-index check -d d
	rask-index rebuild -d d -C tree
	rask-index check -d d
	dumped >after
	cmp before after
	ls -d d/damaged-*
	[ -f "$(echo d/damaged-*/state)" ]
}

@test "a damaged feed is made anew from the state" {
	known
	dumped >before
	for f in d/feed-*; do
		scribble "$f" 20
	done
	must_fail 1 rask-index check -d d
	rask-index rebuild -d d -C tree
	rask-index check -d d
	dumped >after
	cmp before after
}

@test "what no file tells is taken from the tree" {
	known
	dumped >before
	rm d/feed-* d/state
	must_fail 65 rask-index serve -d d </dev/null
	rask-index rebuild -d d -C tree
	dumped >after
	cmp before after
}

@test "with its node's file lost, it is a new node" {
	known
	printf x >d/node
	must_fail 65 rask-index serve -d d </dev/null 2>said
	says said "node: damaged"
	run --separate-stderr rask-index rebuild -d d -C tree
	[ "$status" -eq 0 ]
	[[ $stderr == *"this is a new node now"* ]]
	dumped >after
	[ "$(wc -l <after)" -eq 3000 ]
}

@test "versions and tombstones outlive a rebuild; seqs and counters go on" {
	mkdir tree
	cat >lines <<-E
	put${TAB}a${TAB}size=1${TAB}mtime=5${TAB}mode=0644${TAB}version=9@7
	del${TAB}b${TAB}version=8@7,a@9
	E
	spawn serve.out rask-index serve -d d -i s </dev/null
	wait_until 10 has serve.out "# listening s"
	rask-index load -D -i s <lines
	kill "$PID"
	must_end 0 "$PID"
	dumped >before
	rask-index rebuild -d d -C tree
	dumped >after
	cmp before after
	says after "version=8@7,a@9"
}

@test "a rebuild that was interrupted is refused by serve, and ended" {
	known
	dumped >before
	cp -r d saved
	rask-index rebuild -d d -C tree
	# as if it had ended before anything was moved
	mkdir again
	mv d/node d/state d/sums-* d/feed-* again
	rm -rf d
	mv saved d
	mv again d/rebuilt
	must_fail 65 rask-index serve -d d </dev/null 2>said
	says said "run it again"
	rask-index rebuild -d d -C tree
	[ ! -e d/rebuilt ]
	dumped >after
	cmp before after
	# as if it had ended in the middle
	mkdir d/rebuilt
	mv d/state d/sums-* d/rebuilt
	rask-index rebuild -d d -C tree
	dumped >after
	cmp before after
}

@test "a store in use is left alone, with 75" {
	known
	spawn serve.out rask-index serve -d d -i s </dev/null
	wait_until 10 has serve.out "# listening s"
	must_fail 75 rask-index rebuild -d d -C tree 2>said
	says said "in use"
}

@test "rebuild wants a directory and a tree" {
	must_fail 64 rask-index rebuild -d d
	must_fail 64 rask-index rebuild -C tree
	mkdir tree
	must_fail 66 rask-index rebuild -d none -C tree
	must_fail 66 rask-index rebuild -d tree -C none
}
