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
