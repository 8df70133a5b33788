.POSIX:
include config.mk

ALL_CFLAGS = -std=c11 $(CPPFLAGS) -Ilib -Icmd/common $(WARN) $(CFLAGS)

# libraskproto.  First what is pure, then what touches the system.
PURE = buf line lineout field json path version versionio wire frame slab \
	hello msg ack sendq todo item hash rate
IMPURE = out addr link sock work beneath tree taken make part treeop \
	treename subtree origin lease walk
LIB_NAMES = $(PURE) $(IMPURE)
LIB_OBJS = $(LIB_NAMES:%=$(OBJ)/lib/%.o)

# The programs: their objects here, their libraries where they are linked.
COMMON = $(OBJ)/cmd/common/diag.o $(OBJ)/cmd/common/notify.o
RECV = $(OBJ)/cmd/rask-recv/main.o $(OBJ)/cmd/rask-recv/listen.o \
	$(OBJ)/cmd/rask-recv/child.o $(OBJ)/cmd/rask-recv/allow.o \
	$(OBJ)/cmd/rask-recv/session.o $(OBJ)/cmd/rask-recv/greet.o \
	$(OBJ)/cmd/rask-recv/conn.o $(OBJ)/cmd/rask-recv/apply.o \
	$(OBJ)/cmd/rask-recv/bulk.o $(OBJ)/cmd/rask-recv/durable.o

SEND = $(OBJ)/cmd/rask-send/main.o $(OBJ)/cmd/rask-send/send.o \
	$(OBJ)/cmd/rask-send/input.o $(OBJ)/cmd/rask-send/pump.o \
	$(OBJ)/cmd/rask-send/look.o $(OBJ)/cmd/rask-send/change.o \
	$(OBJ)/cmd/rask-send/move.o $(OBJ)/cmd/rask-send/stream.o \
	$(OBJ)/cmd/rask-send/streamctl.o $(OBJ)/cmd/rask-send/known.o \
	$(OBJ)/cmd/rask-send/track.o $(OBJ)/cmd/rask-send/later.o \
	$(OBJ)/cmd/rask-send/peer.o $(OBJ)/cmd/rask-send/finder.o \
	$(OBJ)/cmd/rask-send/session.o $(OBJ)/cmd/rask-send/answer.o

PROGRAMS = $(BIN)/rask-send $(BIN)/rask-recv
LIBRARY = $(LIB)/libraskproto.a

all: $(PROGRAMS)

$(BIN)/rask-send: $(SEND) $(COMMON) $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $(SEND) $(COMMON) \
	    $(LIBRARY) $(EV) $(CRYPTO) $(JSON)

$(BIN)/rask-recv: $(RECV) $(COMMON) $(LIBRARY)
	$(CC) $(CFLAGS) $(LDFLAGS) $(THREADS) -o $@ $(RECV) $(COMMON) \
	    $(LIBRARY) $(EV) $(CRYPTO) $(JSON)

$(LIBRARY): $(LIB_OBJS)
	rm -f $@
	$(AR) rcs $@ $(LIB_OBJS)

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -MMD -c -o $@ $<

-include $(LIB_OBJS:.o=.d) $(RECV:.o=.d) $(SEND:.o=.d) $(COMMON:.o=.d)
