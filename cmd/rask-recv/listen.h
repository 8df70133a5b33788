#ifndef LISTEN_H
#define LISTEN_H

#include "recv.h"

#define LISTEN_MAX	64	/* sockets at once */

/* One connection's process. */
struct child {
	struct child *next;
	struct listener *l;
	pid_t pid;
	uint64_t node;		/* the sender's instance; 0: not yet known */
	bool waiting;		/* for an older one of its sender to end */
	bool eof;		/* it has closed its end of the socket */
	bool dead;		/* it has been waited for */
	int fd;			/* socket to it, owned */
	struct rask_buf buf;	/* its lines, the last perhaps not whole */
	ev_io rd;		/* on fd */
	ev_child exit;		/* its end */
};

/* The listener. */
struct listener {
	const struct opts *o;
	struct ev_loop *loop;
	struct rask_out lines;		/* to stdout */
	bool stopping;			/* no new ones; ends with the last */
	struct child *children;
	unsigned n_children;
	ev_io socks[LISTEN_MAX];	/* listening sockets, owned */
	unsigned n_socks;
	ev_io out_wr;
	ev_timer grace, pause;
	ev_periodic never;		/* keeps libev from waking up */
	ev_signal term, intr, usr1;
	uint64_t n_accepted, n_lines, n_dropped;	/* counters */
};

/* Write what stdout takes of the lines. */
void listen_flush(struct listener *l);

/* No new connections; end when the last child has. */
void listen_stop(struct listener *l);

/* child.c */
/* Run a process for fd, which stays the caller's.  0, or -1 with errno. */
int child_start(struct listener *l, int fd);
/* Send a signal to every child that is alive. */
void child_kill_all(struct listener *l, int signum);

/* Is the tree there, and can it be written to?  0, or an exit status. */
int check_tree(const struct opts *o);

#endif
