# What may differ between machines.
VERSION = 0.1
SOVERSION = 0

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
INCDIR = $(PREFIX)/include/rask
MANDIR = $(PREFIX)/share/man

# Where a build goes; another one beside it gets its own, as with
# make OBJ=.obj/clang BIN=.obj/clang/bin LIB=.obj/clang CC=clang
OBJ = .obj
BIN = bin
LIB = lib

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
JSON = -ljson-c
THREADS = -pthread

# Debian's packages: to build, and to test.
DEPS = gcc make libev-dev libjson-c-dev libssl-dev
TEST_DEPS = bats clang llvm mandoc shellcheck python3 iproute2 util-linux strace
