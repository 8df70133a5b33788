#!/usr/bin/env bats
# The pages say what the programs do: usage texts, options, statuses, names.

load helper

# page NAME.SECTION: as it is read, a paragraph a line at most.
page() {
	mandoc -Tascii -O width=400 "$ROOT/share/man/$1" | sed 's/.\x08//g'
}

# section PAGE HEADING: what stands below a heading.
section() {
	page "$1" | awk -v want="$2" '
		/^[^ ]/ { on = $0 == want; next }
		on'
}

# forms NAME: join lines, one for each way to call the program.
forms() {
	tr -s ' \n' ' ' | sed "s/ *\$//; s/ *$1 /\n$1 /g" | grep .
}

# usage NAME: the forms that -h prints.
usage() {
	"$1" -h | sed '/^ *-/,$d; s/^usage://' | forms "$1"
}

# options NAME: the options that -h prints, as a manual page has them.
options() {
	"$1" -h | grep -E '^ +-' | sed -E 's/^ +//; s/  .*//
	    s/^(-.), (--[^ ]+)(.*)/\1\3, \2\3/' | sort
}

# listed NAME: the options that its page describes.
listed() {
	section "$1.8" OPTIONS | grep '^     -' |
	    sed 's/^     //; s/  .*//' | sort
}

# statuses NAME: the numbers of sysexits(3) that its code names.
statuses() {
	local name
	for name in $(cat "$ROOT/cmd/$1"/*.c "$ROOT"/cmd/common/*.c |
	    grep -o 'EX_[A-Z]*' | sort -u); do
		awk -v name="$name" '$1 == "#define" && $2 == name {
			print $3 }' /usr/include/sysexits.h
	done
}

# agrees NAME: a program and its page.
agrees() {
	local n
	"$1" -h >/dev/null
	[ "$(usage "$1")" = "$(section "$1.8" SYNOPSIS | forms "$1")" ]
	[ -n "$(options "$1")" ]
	diff <(options "$1") <(listed "$1")
	section "$1.8" "EXIT STATUS" >status
	grep -qw 0 status
	for n in $(statuses "$1"); do
		grep -qw "$n" status || {
			echo "status $n of $1 is not in its page" >&2
			return 1
		}
	done
	must_fail 64 "$1" --no-such-option 2>err
	diff <("$1" -h) <(sed 1d err)
}

# hex FILE...: the bytes of vectors in one line.
hex() {
	sed 's/#.*//' "$@" | tr -d ' \n'
}

@test "rask-watch's page has the options and statuses that it has" {
	agrees rask-watch
}

@test "rask-send's page has the options and statuses that it has" {
	agrees rask-send
}

@test "rask-recv's page has the options and statuses that it has" {
	agrees rask-recv
}

@test "rask-index's page has the options and statuses that it has" {
	agrees rask-index
}

@test "every program has a page, and every page is installed" {
	for p in $(sed -n 's/^\$(BIN)\/\(rask[a-z-]*\):.*/\1/p' \
	    "$ROOT/Makefile"); do
		[ -f "$ROOT/share/man/$p.8" ]
		grep -q "agrees $p\$" "$BATS_TEST_FILENAME"
	done
	for f in "$ROOT"/share/man/*; do
		grep -q "share/man/${f##*/}" "$ROOT/Makefile"
	done
}

@test "the pages are clean" {
	for f in "$ROOT"/share/man/*; do
		run mandoc -Tlint -Wwarning "$f"
		echo "$output"
		[ "$status" -eq 0 ] && [ -z "$output" ]
	done
}

@test "the pages fit a terminal of 80 columns" {
	for f in "$ROOT"/share/man/*; do
		run awk 'length > 80' <(mandoc -Tascii "$f" | sed 's/.\x08//g')
		echo "${f##*/}: $output"
		[ -z "$output" ]
	done
}

@test "pages name only pages, programs and files that are installed" {
	for x in $(cat "$ROOT"/share/man/* | grep -o '^\.Xr rask[a-z-]* [0-9]' |
	    sed 's/^.Xr //; s/ /./' | sort -u); do
		[ -f "$ROOT/share/man/$x" ]
	done
	for p in $(cat "$ROOT"/share/man/* | grep -oE '\brask-[a-z]+' |
	    sort -u); do
		[ "$p" = rask-index ] || compgen -G "$ROOT/share/man/$p.*"
	done
	# What is in the source only is not there for who reads a page.
	run grep -nE '(^|[^[:alnum:]/._-])(cmd|lib|share|t)/[[:alnum:]]' \
	    "$ROOT"/share/man/*
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "README's commands are targets, and what it names is there" {
	targets=$(grep -oE '(^    |`)make [a-z]+' "$ROOT/README" |
	    sed 's/.*make //' | sort -u)
	[ -n "$targets" ]
	for t in $targets; do
		grep -q "^$t:" "$ROOT/Makefile"
	done
	for f in LICENSE $(grep -o 'share/[a-zA-Z0-9./-]*' \
	    "$ROOT/README"); do
		[ -e "$ROOT/$f" ]
	done
}

@test "README's questions to the index have answers" {
	sed -n '/^Ask the index/,/^What it promises/p' "$ROOT/README" |
	    sed -n 's/^    \$ //p' |
	    sed "s/     .*//; s|/tmp/|$PWD/|g; /log -f/d" >all
	[ "$(wc -l <all)" -eq 8 ]
	while read -r line; do
		eval "$line" <&0 >>out 2>>err 3>&-
		case $line in
		*'&')
			SPAWNED="$SPAWNED $!"
			wait_until 5 grep -q '^# listening' out ;;
		export*)
			wait_until 5 rask-index get a.txt >/dev/null ;;
		esac
	done <all
	[ "$(grep -c '^put	a\.txt	' out)" -eq 2 ]
	grep -q '^entries=1$' out
	grep -q '^put	a\.txt	' up.dump
}

@test "what HACKING names is there" {
	for f in $(grep -oE '\b(cmd|lib|share|t)/[a-z][[:alnum:]./-]*' \
	    "$ROOT/share/doc/HACKING" | sed 's/[./-]*$//' | sort -u); do
		case $f in
		t/bin/* | *NAME*) ;;
		*) [ -e "$ROOT/$f" ] || compgen -G "$ROOT/$f.*" || {
			echo "$f is not there" >&2
			return 1
		} ;;
		esac
	done
}

@test "the frames in rask-protocol(7) are golden ones" {
	v=$ROOT/t/vectors/frames
	sed '1,/^\.Sh EXAMPLES/d; /^\.Sh/,$d' \
	    "$ROOT/share/man/rask-protocol.7" |
	    grep -E '^[0-9a-f]{2}[0-9a-f ]*(  |$)' | cut -c 1-37 >example
	want=$(hex "$v/good-hello-send.hex" "$v/good-put.hex")
	[ "${#want}" -eq 330 ]
	[ "$(tr -d ' \n' <example | cut -c 1-330)" = "$want" ]
}

@test "the entry and the records in rask-index(5) are golden ones" {
	v=$ROOT/t/vectors
	sed '1,/^\.Sh EXAMPLES/d; /^\.Sh/,$d' \
	    "$ROOT/share/man/rask-index.5" | awk '
		/^\.Bd/ { if (n++) print "" }
		/^[0-9a-f][0-9a-f ]*(  |$)/ {
			hex = substr($0, 1, 20)
			gsub(/ /, "", hex)
			printf "%s", hex
		}
		END { print "" }' >example
	[ "$(wc -l <example)" -eq 3 ]
	while read -r bytes; do
		cat "$v/entries/good.hex" "$v"/records/*.hex |
		    grep -q "^$bytes$TAB"
	done <example
}

@test "the lines in rask-changes(5) are well-formed" {
	sed '1,/^\.Sh EXAMPLES/d; /^\.Sh/,$d; s/\\e/\\/g' \
	    "$ROOT/share/man/rask-changes.5" >page
	awk -v tab="$TAB" '
		index($0, tab) == 1 && line != "" { line = line $0; next }
		line != "" { print line }
		{ line = "" }
		/^(put|symlink|mkdir|del|mv|tree)\t|^# / { line = $0 }
		END { if (line != "") print line }' page >lines
	[ "$(wc -l <lines)" -ge 10 ]
	grep -q "^mv$TAB.*ino=" lines
	must_fail 75 rask-send -t 0 -C . ./none <lines 2>err
	run grep 'line [0-9]' err
	echo "$output"
	[ "$status" -eq 1 ]
}
