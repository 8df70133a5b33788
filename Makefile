.POSIX:
include config.mk

ALL_CFLAGS = -std=c11 $(CPPFLAGS) -Ilib -Icmd/common $(WARN) $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(LDFLAGS) $(THREADS) -o $@

# libraskproto: what is pure, what touches the system, the watcher.
LIB_NAMES = \
	buf line lineout field json path version versionio wire frame slab \
	hello msg ack sendq todo item hash rate pace \
	entry entrymerge page filter gather \
	digest descend descendwire record settle query reply \
	out addr link sock work beneath tree taken make part treeop treename \
	subtree origin lease walk exclude index indexopen \
	watch watchbase watchdir watchevent watchhalf watchjob watchjudge \
	watchleft watchlimit watchmoves watchnode watchscan watchseen \
	watchtell watchwait
HEADERS = lib/ack.h lib/addr.h lib/buf.h lib/descend.h lib/digest.h \
	lib/entry.h lib/exclude.h lib/filter.h lib/frame.h lib/gather.h \
	lib/hash.h lib/index.h lib/item.h lib/json.h lib/lease.h lib/line.h \
	lib/link.h lib/make.h lib/msg.h lib/origin.h lib/out.h lib/pace.h \
	lib/page.h lib/part.h lib/path.h lib/query.h lib/rate.h lib/record.h \
	lib/sendq.h lib/settle.h lib/slab.h lib/todo.h lib/tree.h \
	lib/treeop.h lib/version.h lib/walk.h lib/watch.h lib/wire.h \
	lib/work.h

# The programs, object by object; what each is linked with is below.
COMMON_NAMES = common/calm common/diag common/notify
WATCH_NAMES = rask-watch/main rask-watch/loop rask-watch/above \
	rask-watch/print rask-watch/pump rask-watch/words
SEND_NAMES = rask-send/main rask-send/send rask-send/input rask-send/pump \
	rask-send/look rask-send/change rask-send/move rask-send/stream \
	rask-send/streamctl rask-send/known rask-send/track rask-send/later \
	rask-send/peer rask-send/finder rask-send/session rask-send/answer
RECV_NAMES = rask-recv/main rask-recv/listen rask-recv/child \
	rask-recv/allow rask-recv/session rask-recv/greet rask-recv/conn \
	rask-recv/apply rask-recv/bulk rask-recv/slice rask-recv/durable

# rask-index: its state, its store upon that, what lines mean, and the rest.
STATE_NAMES = rask-index/db rask-index/state rask-index/statemake \
	rask-index/sums rask-index/segs rask-index/segsopen rask-index/fold rask-index/tally \
	rask-index/checkpoint rask-index/debris
STORE_NAMES = rask-index/store rask-index/storefind rask-index/storepart \
	rask-index/storeask rask-index/storetell rask-index/storesync \
	rask-index/storeckpt rask-index/storeopen rask-index/storerecover \
	rask-index/node rask-index/rebuildmove rask-index/feed \
	rask-index/feedfind
HINT_NAMES = rask-index/lines rask-index/take rask-index/look \
	rask-index/hash rask-index/waits rask-index/paths rask-index/grant \
	rask-index/move rask-index/movelines rask-index/slice \
	rask-index/sweep
INDEX_NAMES = rask-index/main rask-index/servemain rask-index/serve \
	rask-index/serveinput \
	rask-index/checkpointer \
	rask-index/listen rask-index/conn rask-index/peer rask-index/answer \
	rask-index/changes rask-index/follow rask-index/grants \
	rask-index/view \
	rask-index/verb rask-index/entryline rask-index/get rask-index/log \
	rask-index/push rask-index/ingest rask-index/load rask-index/whole \
	rask-index/list rask-index/check rask-index/checktree \
	rask-index/diff rask-index/diffprint \
	rask-index/rebuild rask-index/salvage

# What the tests need beside them.
UNITS = query buf path line json version judge replicas todo todosim frames \
	deframe ack sendq rate item hash entry page filter gather \
	digest descend descendsim record recordbad settle settled \
	hints hintmoves hintscans hintsim grants installs told state fold \
	store
FUZZERS = query line json path version frames entry page record descend
HELPERS = rawpeer fds proxy reader swap fsop failat.so poorfs.so faketime.so \
	slow_rename.so ixfault.so ixwriter ixflip ixforge \
	ixcrowd powercut

LIB_OBJS = $(LIB_NAMES:%=$(OBJ)/lib/%.o)
COMMON = $(COMMON_NAMES:%=$(OBJ)/cmd/%.o)
WATCH = $(WATCH_NAMES:%=$(OBJ)/cmd/%.o)
SEND = $(SEND_NAMES:%=$(OBJ)/cmd/%.o)
RECV = $(RECV_NAMES:%=$(OBJ)/cmd/%.o)
STATE = $(STATE_NAMES:%=$(OBJ)/cmd/%.o)
HINTS = $(HINT_NAMES:%=$(OBJ)/cmd/%.o) $(STORE_NAMES:%=$(OBJ)/cmd/%.o) \
	$(STATE)
INDEX = $(INDEX_NAMES:%=$(OBJ)/cmd/%.o) $(HINTS)
LIBRARY = $(LIB)/libraskproto.a
SHARED = $(LIB)/libraskproto.so.$(SOVERSION)
PROGRAMS = $(BIN)/rask-watch $(BIN)/rask-send $(BIN)/rask-recv \
	$(BIN)/rask-index
MANUALS = share/man/rask-watch.8 share/man/rask-send.8 \
	share/man/rask-recv.8 share/man/rask-index.8 \
	share/man/rask-changes.5 share/man/rask-index.5 \
	share/man/rask-protocol.7 share/man/rask.7
BENCHES = t/bench/floor t/bench/meter t/bench/pages t/bench/ixload
TEST_PROGRAMS = $(UNITS:%=$(TBIN)/unit-%) $(FUZZERS:%=$(TBIN)/replay-%) \
	$(HELPERS:%=$(TBIN)/%)

all: $(PROGRAMS) $(SHARED)

# The dependency table: a program, and the libraries that it is linked with.
$(BIN)/rask-watch: $(WATCH) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(WATCH) $(COMMON) $(LIBRARY) $(EV) $(JSON) $(CRYPTO) $(XXH)

$(BIN)/rask-send: $(SEND) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(SEND) $(COMMON) $(LIBRARY) $(EV) $(JSON) $(CRYPTO) $(XXH)

$(BIN)/rask-recv: $(RECV) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(RECV) $(COMMON) $(LIBRARY) $(EV) $(JSON) $(CRYPTO) $(XXH)

$(BIN)/rask-index: $(INDEX) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(LINK) $(INDEX) $(COMMON) $(LIBRARY) $(EV) $(GDBM) $(JSON) \
	    $(CRYPTO) $(XXH)

$(LIBRARY): $(LIB_OBJS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $(LIB_OBJS)

$(SHARED): $(LIB_OBJS) lib/libraskproto.map
	@mkdir -p $(@D)
	$(LINK) -shared -Wl,-soname,libraskproto.so.$(SOVERSION) \
	    -Wl,--version-script=lib/libraskproto.map $(LIB_OBJS) \
	    $(JSON) $(CRYPTO) $(XXH)
	ln -sf libraskproto.so.$(SOVERSION) $(LIB)/libraskproto.so

$(OBJ)/%.o: %.c config.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

# Tests, fuzzers and benchmarks.
$(TBIN)/unit-%: t/unit/%.c t/unit/unit.c t/unit/unit.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $< t/unit/unit.c \
	    $(LIBRARY) $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/unit-descend $(TBIN)/unit-descendsim: $(TBIN)/unit-%: t/unit/%.c \
	t/unit/answerer.c t/unit/answerer.h t/unit/unit.c t/unit/unit.h \
	$(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $< \
	    t/unit/answerer.c t/unit/unit.c $(LIBRARY) $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/unit-settle $(TBIN)/unit-settled: t/unit/looks.h

$(TBIN)/unit-hints $(TBIN)/unit-hintmoves $(TBIN)/unit-hintscans \
	$(TBIN)/unit-hintsim $(TBIN)/unit-grants $(TBIN)/unit-installs \
	$(TBIN)/unit-told: $(TBIN)/unit-%: t/unit/%.c \
	t/unit/world.c t/unit/world.h t/unit/unit.c t/unit/unit.h \
	$(HINTS) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $< t/unit/world.c \
	    t/unit/unit.c $(HINTS) $(COMMON) $(LIBRARY) $(EV) $(GDBM) \
	    $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/unit-state $(TBIN)/unit-fold: $(TBIN)/unit-%: t/unit/%.c \
	t/unit/storemodel.c t/unit/storemodel.h t/unit/unit.c t/unit/unit.h \
	$(STATE) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Icmd/rask-index $(LDFLAGS) $(THREADS) -o $@ $< \
	    t/unit/storemodel.c t/unit/unit.c $(STATE) $(COMMON) $(LIBRARY) \
	    $(GDBM) $(EV) $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/unit-store: t/unit/store.c t/unit/unit.c t/unit/unit.h $(HINTS) \
	$(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Icmd/rask-index $(LDFLAGS) $(THREADS) -o $@ $< \
	    t/unit/unit.c $(HINTS) $(COMMON) $(LIBRARY) $(GDBM) $(EV) \
	    $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/unit-hintmoves $(TBIN)/unit-hintscans: t/unit/moves.h
$(TBIN)/unit-grants $(TBIN)/unit-installs: t/unit/asks.h

$(TBIN)/replay-%: t/fuzz/%.c t/fuzz/replay.c t/fuzz/check.h $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $< t/fuzz/replay.c \
	    $(LIBRARY) $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/fuzz-%: t/fuzz/%.c t/fuzz/check.h $(LIB_NAMES:%=lib/%.c)
	@mkdir -p $(@D)
	clang $(ALL_CFLAGS) -O1 -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o $@ $< $(LIB_NAMES:%=lib/%.c) \
	    $(THREADS) $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/rawpeer: t/unit/rawpeer.c t/unit/rawframes.c t/unit/rawmany.c \
	t/unit/rawprint.c t/unit/rawpeer.h t/unit/rawframes.h t/unit/unit.c \
	$(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ t/unit/rawpeer.c \
	    t/unit/rawframes.c t/unit/rawmany.c t/unit/rawprint.c \
	    t/unit/unit.c $(LIBRARY) $(CRYPTO) $(XXH)

$(TBIN)/ixwriter $(TBIN)/ixcrowd: $(TBIN)/%: t/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $< $(LIBRARY) \
	    $(CRYPTO) $(XXH)

$(TBIN)/ixforge: t/unit/ixforge.c $(STATE) $(COMMON) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Icmd/rask-index $(LDFLAGS) $(THREADS) -o $@ \
	    t/unit/ixforge.c $(STATE) $(COMMON) $(LIBRARY) $(GDBM) $(EV) \
	    $(JSON) $(CRYPTO) $(XXH)

$(TBIN)/%.so: t/unit/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CPPFLAGS) $(WARN) -O2 -fPIC -shared -o $@ $< -ldl

$(TBIN)/%: t/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $<

t/bench/floor: t/bench/floor.c
	$(CC) $(ALL_CFLAGS) -o $@ t/bench/floor.c

t/bench/meter: t/bench/meter.c t/bench/pair.c t/bench/pair.h
	$(CC) $(ALL_CFLAGS) -o $@ t/bench/meter.c t/bench/pair.c

t/bench/ixload: t/bench/ixload.c $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(THREADS) -o $@ t/bench/ixload.c \
	    $(LIBRARY) $(JSON) $(CRYPTO) $(XXH)

t/bench/pages: t/bench/pages.c $(LIBRARY)
	$(CC) $(ALL_CFLAGS) -o $@ t/bench/pages.c $(LIBRARY) $(GDBM) \
	    $(JSON) $(CRYPTO) $(XXH)

test-programs: $(TEST_PROGRAMS)

# With all libraries at hand make asks for nothing; else it gets them.
demo:
	@share/deps $(DEPS)
	@$(MAKE) -s all
	@PATH="$(BIN):$$PATH" share/demo

check:
	@share/deps $(DEPS) $(TEST_DEPS)
	@$(MAKE) all test-programs
	BIN=$(BIN) TBIN=$(TBIN) bats t

# Hours instead of a minute for what is killed, cut off, or damaged.
LONG = BATS_TEST_TIMEOUT=36000 RASK_KILLS=200 RASK_CUTS=50 \
	RASK_BOOTS=140 RASK_EVERY=1 RASK_FLIPS=200000 RASK_SERVES=500
check-long: all test-programs
	$(LONG) BIN=$(BIN) TBIN=$(TBIN) bats t/indexcrash.bats \
	    t/indexfaults.bats

deps:
	@share/deps -i $(DEPS) $(TEST_DEPS)

fuzz-deps:
	@share/deps -i $(FUZZ_DEPS)

FUZZ_TIME = 30
fuzz: $(FUZZERS:%=$(TBIN)/fuzz-%) $(FUZZERS:%=$(TBIN)/replay-%)
	t/fuzz/run $(TBIN) $(FUZZ_TIME) $(FUZZERS)

# The pipe, and the index with N entries; or that alone.
N = 1000000
bench: all $(BENCHES)
	BIN=$(BIN) t/bench/run
	BIN=$(BIN) t/bench/index $(N)

bench-index: all $(BENCHES)
	BIN=$(BIN) t/bench/index $(N)

lint:
	mandoc -Tlint -Wwarning $(MANUALS)
	shellcheck -x share/demo share/deps t/bench/run t/bench/index t/fuzz/run .ci/run
	@echo "lines over 80 columns, blanks at their ends, things left open:"
	! expand lib/*.[ch] cmd/*/*.[ch] t/*/*.[ch] | grep -n '.\{81\}'
	! grep -nE '[[:blank:]]+$$|\b(TODO|FIXME|XXX)\b' lib/*.[ch] cmd/*/*.[ch] \
	    t/*/*.[ch] t/*.bats

install: all
	mkdir -p $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(INCDIR) $(DESTDIR)$(MANDIR)/man5 \
	    $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8
	cp $(PROGRAMS) $(DESTDIR)$(BINDIR)
	cp $(LIBRARY) $(SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf libraskproto.so.$(SOVERSION) \
	    $(DESTDIR)$(LIBDIR)/libraskproto.so
	cp $(HEADERS) $(DESTDIR)$(INCDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCDIR@|$(INCDIR)|; s|@VERSION@|$(VERSION)|' \
	    lib/libraskproto.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/libraskproto.pc
	for m in $(MANUALS); do cp $$m $(DESTDIR)$(MANDIR)/man$${m##*.}; done

uninstall:
	cd $(DESTDIR)$(BINDIR) && rm -f $(PROGRAMS:$(BIN)/%=%)
	rm -f $(DESTDIR)$(LIBDIR)/libraskproto.* \
	    $(DESTDIR)$(LIBDIR)/pkgconfig/libraskproto.pc
	rm -rf $(DESTDIR)$(INCDIR)
	for m in $(MANUALS); do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done

clean:
	rm -rf .obj t/bin $(PROGRAMS) $(BENCHES) lib/*.a lib/*.so*

dist:
	git archive --prefix=rask-$(VERSION)/ -o rask-$(VERSION).tar.gz HEAD

.PHONY: all test-programs demo check check-long deps fuzz fuzz-deps bench \
	bench-index lint install uninstall \
	clean dist
-include $(LIB_OBJS:.o=.d) $(COMMON:.o=.d) $(WATCH:.o=.d) $(SEND:.o=.d) \
	$(RECV:.o=.d) $(INDEX:.o=.d)
