#ifndef CONN_H
#define CONN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "lines.h"
#include "store.h"

/*
 * The index's Unix socket, and everybody who is connected to it.
 *
 * Always true: no client is served before its HELLO, which has 10 s; no more
 * than CLIENTS_MAX are connected; a client's questions are not read while more
 * than OUT_MAX bytes of answers wait for it to be read, so that the memory for
 * one is bounded, and nobody waits for it; changes are answered when they are
 * in the feed (store_commit()); grants end with their connection.
 */
struct conns;

#define CLIENTS_MAX	4096
#define OUT_MAX		(256 * 1024)	/* bytes of answers that wait */

struct conns_opts {
	struct ev_loop *loop;	/* borrowed, like the next two */
	struct store *store;
	struct hints *hints;
	const char *path;	/* of the socket */
	bool has_group;		/* `group` may connect, too */
	gid_t group;
};

/*
 * Listen at a path, with mode 0600, or 0660 for a group.  A stale socket is
 * replaced.
 * Returns: the object; NULL with errno: EADDRINUSE (somebody listens there
 *          already), ENAMETOOLONG, or of the system.
 */
struct conns *conns_new(const struct conns_opts *o);

/*
 * End all connections, with a BYE that says why when it goes at once, and
 * remove the socket; NULL does nothing.
 */
void conns_free(struct conns *cs, const char *why);

/* Answer who waits for this: all up to seq is durable; error: 0, or why what
 * is behind it is not, and whoever waits for that is told. */
void conns_durable(struct conns *cs, uint64_t seq, int error);

/* There are new records: send them to live followers. */
void conns_changed(struct conns *cs);

/*
 * What could not be done for want of room may go now: the store is ready
 * again, or less waits with the hints.  (They are tried every 50 ms besides,
 * while there are any.)
 */
void conns_retry(struct conns *cs);

/* How many are connected. */
unsigned conns_count(const struct conns *cs);

#endif
