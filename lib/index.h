#ifndef RASK_INDEX_H
#define RASK_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query.h"

/*
 * A client of an index.
 *
 * The simple way: rask_index_open(), rask_index_call() for a question and its
 * answer, rask_index_close().  Many questions at once: rask_index_ask() them
 * and take the replies by rask_index_reply(), in whatever order they come.
 * With a loop of one's own: watch rask_index_fd() for reading, and for writing
 * while rask_index_waits(), call rask_index_pump() when it is ready, and take
 * replies by rask_index_next() until there is none.
 *
 * Always true: at most RASK_INDEX_AHEAD bytes of questions wait to be sent,
 * and one frame and 64 KiB of replies are held; after -1 with anything but
 * EAGAIN, ETIMEDOUT or EMSGSIZE the connection is of no more use.
 */
struct rask_index;

#define RASK_INDEX_AHEAD	(256 * 1024)

/*
 * Connect to the socket at a path, and exchange HELLOs.
 * Shape:   name: of the program that asks, for the index's messages.
 * Units:   ms; below 0: without end.
 * Returns: the client; NULL with errno: ENOENT or ECONNREFUSED (no index is
 *          there), ETIMEDOUT, EPROTO (no index), EPROTONOSUPPORT (another
 *          version), ECONNABORTED (it said BYE) and why, or of the system.
 * Blocks:  up to the time.
 */
struct rask_index *rask_index_open(const char *path, const char *name,
    int timeout, char why[RASK_WHY_MAX + 1]);
/* End it; NULL does nothing. */
void rask_index_close(struct rask_index *x);

/* What the index said of itself. */
const struct rask_ihello *rask_index_hello(const struct rask_index *x);
/* Bytes sent and received so far, and frames. */
void rask_index_traffic(const struct rask_index *x, uint64_t bytes[2],
    uint64_t frames[2]);

/*
 * Give a question the next number and put it on its way.
 * Returns: 0; -1 with EAGAIN when RASK_INDEX_AHEAD bytes wait (take replies
 *          first), EMSGSIZE, ENOMEM.
 * Blocks:  never.
 */
int rask_index_ask(struct rask_index *x, struct rask_question *q);

/*
 * The next reply, whichever question it is to.
 * Returns: 0 and *r, whose strings stand until the next call on x; -1 with
 *          ETIMEDOUT, ECONNRESET (the index is gone), ECONNABORTED (it said
 *          BYE, r->why says what), EPROTO, or of the system.
 * Blocks:  up to the time, ms; below 0: without end.
 */
int rask_index_reply(struct rask_index *x, struct rask_reply *r, int timeout);

/*
 * Ask, and wait for the reply.
 * Shape:   nothing else is being asked.
 * Returns: 0 and *r, which is not FAILED; -1 with errno: that of a FAILED,
 *          r->why saying more, or as rask_index_ask(), rask_index_reply().
 */
int rask_index_call(struct rask_index *x, struct rask_question *q,
    struct rask_reply *r, int timeout);

/*
 * The descriptors that came with the VIEW just given out: r->view says which.
 * Returns: how many, at fds; -1 with EPROTO if they are not as many as it
 *          says.
 * Owns:    they are the caller's.
 */
int rask_index_fds(struct rask_index *x, const struct rask_reply *r,
    int fds[RASK_VIEW_MAX]);

/* The descriptor, for a loop of one's own. */
int rask_index_fd(const struct rask_index *x);
/* Is there something to be sent? */
bool rask_index_waits(const struct rask_index *x);
/*
 * Send and receive what goes now.
 * Returns: 0; -1 as rask_index_reply().
 * Blocks:  never.
 */
int rask_index_pump(struct rask_index *x);
/*
 * A reply that has come already.
 * Returns: 1 and *r; 0: none; -1 with ECONNABORTED or EPROTO.
 */
int rask_index_next(struct rask_index *x, struct rask_reply *r);

#endif
