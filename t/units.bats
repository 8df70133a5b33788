#!/usr/bin/env bats
#
# The library's pure modules.  Each program in t/unit holds a table of
# sentences; the ones that do not hold are printed.  't/bin/unit-line list'
# prints all of a program.

export RASK_VECTORS="$BATS_TEST_DIRNAME/vectors"

holds() {
	run "${TBIN:-$BATS_TEST_DIRNAME/bin}/unit-$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

replays() {
	target=$1
	shift
	run "${TBIN:-$BATS_TEST_DIRNAME/bin}/replay-$target" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "buf.h holds: a queue of bytes gives back what it took" {
	holds buf
}

@test "path.h holds: nothing outside the tree is a legal path" {
	holds path
}

@test "line.h holds: a change line is read, written or refused with a reason" {
	holds line
}

@test "json.h holds: any name can be told in JSON" {
	holds json
}

@test "version.h holds: versions cover, count and encode in one way" {
	holds version
}

@test "version.h holds: two contents have one verdict, in whatever order" {
	holds judge
}

@test "version.h holds: replicas come to agree and lose nothing" {
	holds replicas
}

@test "todo.h holds: what is to be told folds as in the model" {
	holds todo
}

@test "todo.h holds: a copy by what is told becomes the tree" {
	holds todosim
}

@test "msg.h holds: every frame is read and written in one way, or refused" {
	holds frames
}

@test "query.h holds: every question and reply is read in one way, or refused" {
	holds query
}

@test "frame.h holds: frames come whole, however the stream is cut" {
	holds deframe
}

@test "ack.h holds: acks are ranges, as many frames as they need" {
	holds ack
}

@test "sendq.h holds: classes are strict, and what is begun ends first" {
	holds sendq
}

@test "rate.h holds: a rate and a window are kept, and used up" {
	holds rate
}

@test "item.h holds: what stands below a directory has one sum" {
	holds item
}

@test "hash.h holds: hash and check are those of their standards" {
	holds hash
}

@test "entry.h holds: an entry has one encoding, and any order one outcome" {
	holds entry
}

@test "page.h holds: pages are what was put into them, however" {
	holds page
}

@test "filter.h holds: what was added is never denied" {
	holds filter
}

@test "gather.h holds: what changed is found by its place" {
	holds gather
}

@test "digest.h holds: sums are what the items come to, at every depth" {
	holds digest
}

@test "descend.h holds: what is asked and answered is well formed, or refused" {
	holds descend
}

@test "descend.h holds: two indexes find exactly where they differ" {
	holds descendsim
}

@test "record.h holds: a record is read where it was written, whole" {
	holds record
}

@test "record.h holds: what is no record of this feed is refused" {
	holds recordbad
}

@test "settle.h holds: a look at a path is a change only if it is one" {
	holds settle
}

@test "settle.h holds: what is settled makes the entry that it should" {
	holds settled
}

@test "lines.h holds: lines are hints, and changes what a look finds" {
	holds hints
}

@test "lines.h holds: what is renamed or vanishes loses nothing it should not" {
	holds hintmoves
	holds hintscans
}

@test "lines.h holds: whatever happens, index and tree come to be alike" {
	holds hintsim
}

@test "lines.h holds: nobody installs where somebody else does" {
	holds grants
}

@test "lines.h holds: what is installed takes no edit away" {
	holds installs
}

@test "store.h holds: followers are told what they may see, in bounded time" {
	holds told
}

@test "fuzz targets pass over the golden lines" {
	replays line "$RASK_VECTORS"/lines/*.in
	replays json "$RASK_VECTORS"/lines/*.in
}

@test "fuzz targets pass over the golden paths" {
	replays path "$RASK_VECTORS"/paths/*.txt "$RASK_VECTORS"/lines/paths.in
}

@test "fuzz targets pass over the golden versions" {
	replays version "$RASK_VECTORS"/versions/*.hex \
	    "$RASK_VECTORS"/versions/*.txt
}

@test "fuzz targets pass over the golden entries and pages" {
	replays entry "$RASK_VECTORS"/entries/*.hex
	replays page "$RASK_VECTORS"/pages/*.hex
}

@test "fuzz targets pass over the golden frames" {
	for f in "$RASK_VECTORS"/frames/*.hex; do
		sed 's/#.*//' "$f" | tr -d ' \n'
		echo
	done >"$BATS_TEST_TMPDIR/frames.hex"
	sed 's/#.*//' "$RASK_VECTORS"/frames/good-*.hex | tr -d ' \n' \
	    >"$BATS_TEST_TMPDIR/stream.hex"
	replays frames "$BATS_TEST_TMPDIR"/*.hex
}

@test "fuzz targets pass over the golden records" {
	replays record "$RASK_VECTORS"/records/*.hex
}

@test "fuzz targets pass over the golden questions and answers" {
	replays descend "$RASK_VECTORS"/descend/*.hex
}

@test "state.h holds: what is damaged is refused, and ends nothing" {
	holds state
}

@test "checkpoint.h holds: states follow from the feed, none from damage" {
	holds fold
}

@test "store.h holds: batches are whole, and room is made" {
	holds store
}

@test "fuzz targets pass over the golden frames of the index's socket" {
	for f in "$RASK_VECTORS"/index/*.hex; do
		sed 's/#.*//' "$f" | tr -d ' \n'
		echo
	done >"$BATS_TEST_TMPDIR/frames.hex"
	sed 's/#.*//' "$RASK_VECTORS"/index/good-*.hex | tr -d ' \n' \
	    >"$BATS_TEST_TMPDIR/stream.hex"
	replays query "$BATS_TEST_TMPDIR"/*.hex
}
