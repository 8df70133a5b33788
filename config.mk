# What may differ between machines.
VERSION = 0.1
SOVERSION = 0

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
INCDIR = $(PREFIX)/include/rask
MANDIR = $(PREFIX)/share/man

# Where a build goes; another one beside it gets its own, as with
# make OBJ=.obj/clang BIN=.obj/clang/bin LIB=.obj/clang \
#     TBIN=.obj/clang/t CC=clang
OBJ = .obj
BIN = bin
LIB = lib
TBIN = t/bin

CC = cc
AR = ar
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef
CPPFLAGS = -D_GNU_SOURCE -DRASK_VERSION='"$(VERSION)"'
LDFLAGS =

# The libraries; Debian's libev has no .pc file.
EV = -lev
CRYPTO = -lcrypto
XXH = -lxxhash
JSON = -ljson-c
GDBM = -lgdbm
THREADS = -pthread

# Debian's packages: to build, to test, to fuzz.
DEPS = libev-dev libjson-c-dev libssl-dev libxxhash-dev libgdbm-dev
TEST_DEPS = bats mandoc shellcheck python3
FUZZ_DEPS = clang libclang-rt-14-dev
