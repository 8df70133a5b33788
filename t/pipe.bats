#!/usr/bin/env bats
# rask-watch | rask-send to rask-recv: the whole pipe, as people use it.

load helper

@test "what is written to a tree is in the other one" {
	start_pipe a b
	mktree a
	wait_until 20 same_tree a b
}

@test "what exists first arrives with -s, while live changes overtake" {
	mktree a
	start_recv b
	open_fifo pipe
	spawn send.out rask-send "127.0.0.1:$PORT" <pipe 9>&-
	spawn pipe rask-watch -s a 9>&-
	exec 9>&-
	wait_until 20 same_tree a b
}

@test "edits, links, modes, times, renames and deletes follow" {
	mktree a
	start_recv b
	open_fifo pipe
	spawn send.out rask-send "127.0.0.1:$PORT" <pipe 9>&-
	spawn pipe rask-watch -s a 9>&-
	exec 9>&-
	wait_until 20 same_tree a b
	echo more >>a/plain
	truncate -s 3 a/large
	chmod 600 a/empty
	touch -d '2020-02-02 02:02:02.5' a/sparse
	ln a/plain a/second
	ln -sfn elsewhere a/dangling
	wait_until 10 same_tree a b
	mv a/deep a/moved
	mv a/large a/plain
	rm -r a/-dash
	rm a/link
	wait_until 10 same_tree a b
}

@test "an editor's save, by a temporary and a rename, is one whole file" {
	start_pipe a b
	echo one >a/text
	wait_until 5 same_tree a b
	sed -i 's/one/two/' a/text
	wait_until 5 same_tree a b
	[ "$(cat b/text)" = two ]
}

@test "a deep tree that is made and removed at once leaves nothing" {
	start_pipe a b
	p=a
	for i in $(seq 30); do p=$p/d$i; done
	mkdir -p $p
	for i in $(seq 20); do echo "$i" >"$p/$i"; done
	wait_until 10 same_tree a b
	rm -rf a/d1
	wait_until 10 same_tree a b
}

@test "a tree unpacked by tar is the same, and so is one removed by rm -rf" {
	mkdir -p src/{1..20}
	for d in src/*; do
		for i in $(seq 20); do echo "$d $i" >"$d/$i"; done
	done
	tar -C src -cf src.tar .
	start_pipe a b
	tar -C a -xf src.tar
	wait_until 20 same_tree a b
	rm -rf a/[1-9]*
	wait_until 20 same_tree a b
}

@test "type changes follow: a file becomes a directory and back" {
	start_pipe a b
	echo x >a/t
	wait_until 5 same_tree a b
	rm a/t
	mkdir a/t
	echo y >a/t/u
	wait_until 5 same_tree a b
	rm -r a/t
	ln -s u a/t
	wait_until 5 same_tree a b
	rm a/t
	echo z >a/t
	wait_until 5 same_tree a b
}

@test "a filter in the pipe keeps files out" {
	mkdir a
	start_recv b
	open_fifo pipe
	mkfifo some
	exec 8<>some
	spawn send.out rask-send "127.0.0.1:$PORT" <some 8>&- 9>&-
	spawn some grep --line-buffered -v '\.part$' <pipe 8>&- 9>&-
	spawn pipe rask-watch a 8>&- 9>&-
	exec 8>&- 9>&-
	wait_until 5 poke a b
	echo x >a/up.part
	echo x >a/up.jpg
	wait_until 5 test -e b/up.jpg
	[ ! -e b/up.part ]
	mv a/up.part a/up2.jpg
	wait_until 5 test -e b/up2.jpg
	[ ! -e b/up.part ]
}

@test "find feeds it too" {
	mkdir a
	: >.stamp
	touch -d '1 hour ago' .stamp
	echo x >a/new
	echo x >a/old
	touch -d '2 hours ago' a/old
	start_recv b
	(cd a && find . -type f -newer ../.stamp -printf 'put\t%P\n') >lines
	rask-send -q -C a "127.0.0.1:$PORT" <lines
	[ -e b/new ] && [ ! -e b/old ]
}

@test "applied lines drive a script, name by name" {
	mkdir a
	start_recv b
	open_fifo pipe
	spawn send.out rask-send -q "127.0.0.1:$PORT" <pipe 9>&-
	spawn pipe rask-watch a 9>&-
	exec 9>&-
	wait_until 5 poke a b
	echo x >"a/with space.jpg"
	wait_until 5 has recv.out "put${TAB}with space.jpg"
	rm "a/with space.jpg"
	wait_until 5 has recv.out "del${TAB}with space.jpg"
}

@test "two trees go to one peer, each line relative to its own" {
	mkdir a1 a2
	start_recv b
	open_fifo pipe
	spawn send.out rask-send -q "127.0.0.1:$PORT" <pipe 9>&-
	spawn pipe rask-watch a1 a2 9>&-
	exec 9>&-
	wait_until 5 poke a1 b
	echo 1 >a1/one
	echo 2 >a2/two
	echo 3 >a1/three
	wait_until 5 test -e b/three
	wait_until 5 test -e b/two
	cmp a1/one b/one
	cmp a2/two b/two
}

@test "a receiver that restarts gets all that it missed" {
	mkdir a b
	spawn recv1 rask-recv -q -l "$PWD/sock" b
	R=$PID
	wait_until 5 test -S sock
	open_fifo pipe
	spawn send.out rask-send -q "$PWD/sock" <pipe 9>&-
	spawn pipe rask-watch a 9>&-
	exec 9>&-
	wait_until 5 poke a b
	echo 1 >a/1
	wait_until 5 test -e b/1
	kill "$R"
	wait_until 5 ended "$R"
	for i in $(seq 100); do echo "$i" >"a/$i"; done
	rm a/1
	mkdir a/d
	mv a/2 a/d/2
	spawn recv2 rask-recv -q -l "$PWD/sock" b
	wait_until 20 same_tree a b
}

@test "a root that is removed ends the watcher, though the sender holds it" {
	start_pipe a b
	rm a/.up
	rmdir a
	must_end 69 "$WATCH"
}

@test "a chain of three is level, and its middle does not echo" {
	mkdir a
	start_pipe b c
	spawn recv0 rask-recv -q -l "$PWD/sock" b
	wait_until 5 test -S sock
	open_fifo pipe2
	spawn send2.out rask-send "$PWD/sock" <pipe2 9>&-
	spawn pipe2 rask-watch a 9>&-
	exec 9>&-
	rm b/.up
	wait_until 5 test ! -e c/.up
	wait_until 5 poke a c
	for i in $(seq 50); do echo "$i" >"a/$i"; done
	wait_until 10 same_tree a c
	wait_until 10 same_tree a b
}

@test "many small files while a large one is on its way, all whole" {
	start_pipe a b
	head -c 60000000 /dev/urandom >large
	mv large a/large
	for i in $(seq 300); do echo "$i" >"a/$i"; done
	wait_until 30 same_tree a b
}

@test "make demo shows changes and exits 0 when everything arrived" {
	cd "$ROOT"
	run env DEMO=once TMPDIR="$BATS_TEST_TMPDIR" PATH="$BIN:$PATH" share/demo
	[ "$status" -eq 0 ]
	[[ $output == *" ms  put     hello.txt"* ]]
	[[ $output == *"everything arrived" ]]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name 'rask-demo.*')" ]
}

@test "the shell scripts are clean" {
	cd "$ROOT"
	shellcheck -x share/demo share/deps t/fuzz/run t/bench/run .ci/run
}

@test "the shared library exports rask_ symbols alone, and installs" {
	cd "$ROOT"
	[ -e lib/libraskproto.so ] || skip "this build has its library elsewhere"
	run nm -D --defined-only lib/libraskproto.so
	[ "$status" -eq 0 ]
	[ -z "$(awk '$2 ~ /[TDBR]/ && $3 !~ /^rask_/' <<<"$output")" ]
	make -s install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	cd "$BATS_TEST_TMPDIR"
	cat >use.c <<-'EOF'
	#include <rask/line.h>
	#include <rask/msg.h>
	#include <rask/path.h>
	#include <rask/version.h>
	int main(void) { return rask_path_check("a/b", 3); }
	EOF
	cc -Iroot/usr/include -o use use.c -Lroot/usr/lib -lraskproto
	LD_LIBRARY_PATH=root/usr/lib ./use
	root/usr/bin/rask-send --version
	grep -q '^Version: ' root/usr/lib/pkgconfig/libraskproto.pc
}
