#ifndef PROG_H
#define PROG_H

#include <sys/types.h>

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "out.h"
#include "watch.h"

#define ROOTS_MAX	64	/* roots whose parents are watched */

/* What the command line says. */
struct opts {
	bool json;		/* -j */
	bool fields;		/* -l */
	bool scan;		/* -s */
	bool once;		/* -1 */
	int64_t part;		/* -m, in ns; 0: not given */
	unsigned roots;		/* directories */
};

/* The program: a watcher, its lines, and the loop that brings them along. */
struct prog {
	const struct opts *o;
	struct ev_loop *loop;
	struct rask_watch *w;
	struct rask_out out;	/* to stdout */
	struct rask_buf line;	/* the one being made */
	bool pipe;		/* stdout is one, and only written to */
	unsigned tree;		/* number of the root told last */
	bool told;		/* one has been told */
	bool ready;		/* the supervisor has been told */
	int status;		/* to exit with */
	uint64_t lines;		/* printed */
	ino_t roots[ROOTS_MAX];	/* what each was at the start */
	unsigned n_roots;	/* of these, known */
	ev_io above;		/* something happens beside a root */
	ev_io in;		/* inotify is readable */
	ev_io wr;		/* stdout is writable again */
	ev_io gone;		/* nobody reads stdout any more */
	ev_timer due;		/* the watcher's deadline */
	ev_timer room;		/* is the pipe empty enough for a scan? */
	ev_timer rest;		/* has nothing happened for a while? */
	bool busy;		/* something has, since that was asked last */
	ev_idle more;		/* there is work besides */
	ev_periodic never;	/* keeps libev from looking at the clock */
	ev_signal term, intr, usr1;
};

/*
 * loop.c: watch until there is no more reason to.
 * Returns: the exit status.
 * Owns:    borrows w, which has its roots and is not started.
 */
int run(const struct opts *o, struct rask_watch *w);

/* loop.c: end the loop, and exit with this status. */
void stop(struct prog *p, int status);

/* above.c: notice that a root is removed, though somebody has it open. */
void above_start(struct prog *p);

/* pump.c: take what there is, write it, and arrange for what is left. */
void pump(struct prog *p);

/* print.c: say what the paths that follow are relative to.  0, or -1. */
int print_tree(struct prog *p, unsigned tree);

/* print.c: make an item a line of p->out.  0, or -1 with ENOMEM. */
int print(struct prog *p, const struct rask_watch_item *item);

/* words.c: say on stderr what the watcher notes. */
void say_note(void *arg, const struct rask_watch_note *n);

/* words.c: say why the watcher has failed.  Returns: the exit status. */
int say_failure(const struct rask_watch_note *n);

#endif
