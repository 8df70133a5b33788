#ifndef SERVE_H
#define SERVE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "buf.h"
#include "conn.h"
#include "lines.h"
#include "store.h"
#include "work.h"

struct serve_opts {
	const char *dir;	/* -d: of the store */
	const char *sock;	/* -i: of the socket, or NULL */
	const char *name;	/* -n: of the node, or NULL */
	const char *tree;	/* -C: root of the tree, or NULL */
	bool has_group;		/* -g: who may connect, besides */
	gid_t group;
	uint64_t feed_max;	/* --feed: bytes */
	uint64_t gather_max;	/* --gather: changed paths */
};

/* The server: what it has, and what wakes it. */
struct serve {
	const struct serve_opts *o;
	struct ev_loop *loop;
	struct store *store;
	struct hints *hints;
	struct conns *conns;
	struct rask_work *sync, *slow, *hasher;	/* workers */
	ev_io sync_io, slow_io, hasher_io;	/* their jobs are done */
	ev_io in_io;		/* stdin is readable */
	ev_idle in_file;	/* stdin is a file: always readable */
	ev_idle slice;		/* something is to be done in slices */
	ev_timer again;		/* lines wait for room */
	ev_signal term, intr, usr1;
	ev_periodic never;	/* see calm.h */
	ev_prepare before;	/* the loop is about to sleep */
	struct rask_buf in;	/* lines that were read and not taken */
	uint64_t lines, bad;	/* taken from stdin, malformed among them */
	uint64_t told;		/* seq that followers were told of */
	bool reading;		/* stdin is read */
	bool file;		/* it is a regular file */
	bool eof;		/* it has ended */
	bool done;		/* all that it asked for, too */
	bool held;		/* the lines in `in` wait for room */
	int held_for;		/* errno that was told, or 0 */
	bool ending;
	int status;		/* of the exit */
};

/* Serve until the end.  Returns: an exit status. */
int serve(const struct serve_opts *o);

/* serveinput.c: begin to read stdin if somebody writes there. */
void input_begin(struct serve *sv);
/* Take the lines that wait. */
void input_take(struct serve *sv);
/* Something may be done in slices. */
void serve_slices(struct serve *sv);
/* End the loop. */
void serve_end(struct serve *sv, int status);

#endif
