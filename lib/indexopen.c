/* A client of an index: its beginning and its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "indexint.h"
#include "link.h"

#define AGAIN	5	/* ms until a full queue is tried again */

/* Say HELLO and wait for the other one. */
static int
greet(struct rask_index *x, const char *name, int64_t until,
    char why[RASK_WHY_MAX + 1])
{
	struct rask_ihello h = { .min = RASK_QUERY_MIN,
	    .max = RASK_QUERY_MAX, .pid = (uint32_t)getpid() };
	struct rask_frame f;
	int r;

	snprintf(h.name, sizeof(h.name), "%s", name);
	if (rask_ihello_add(&x->out, &h) == -1 || rask_index_pump(x) == -1)
		return -1;
	x->frames[0]++;
	while ((r = rask_index_frame(x, &f, why)) == 0)
		if (rask_index_wait(x, until) == -1)
			return -1;
	return r == -1 ? -1 : rask_ihello_parse(&x->hello, &f);
}

/* Connect; a queue that is full is tried again. */
static int
connect_to(struct rask_index *x, const char *path, int64_t until)
{
	struct rask_sockaddr sa = { .len = sizeof(sa.a.un) };

	if (strlen(path) >= sizeof(sa.a.un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	sa.a.un.sun_family = AF_UNIX;
	strcpy(sa.a.un.sun_path, path);
	while ((x->fd = rask_sock_connect(&sa)) == -1) {
		if (errno != EAGAIN ||
		    (until >= 0 && rask_index_now() >= until))
			return -1;
		poll(NULL, 0, AGAIN);
	}
	/* Whoever must not wait says so in each call. */
	return fcntl(x->fd, F_SETFL, 0);
}

struct rask_index *
rask_index_open(const char *path, const char *name, int timeout,
    char why[RASK_WHY_MAX + 1])
{
	int64_t until = timeout < 0 ? -1 : rask_index_now() + timeout;
	struct rask_index *x;
	int e;

	why[0] = '\0';
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	x->fd = -1;
	x->timeout = -1;
	if ((x->pool = rask_slabs_new(RASK_SLAB_SIZE, 1)) != NULL &&
	    (x->in = rask_deframe_new(x->pool)) != NULL &&
	    connect_to(x, path, until) == 0 &&
	    greet(x, name, until, why) == 0)
		return x;
	e = errno;
	rask_index_close(x);
	errno = e;
	return NULL;
}

void
rask_index_close(struct rask_index *x)
{
	if (x == NULL)
		return;
	while (x->n_fds > 0)
		close(x->fds[--x->n_fds]);
	if (x->fd != -1)
		close(x->fd);
	rask_deframe_free(x->in);
	rask_slabs_free(x->pool);
	rask_buf_free(&x->out);
	free(x);
}
