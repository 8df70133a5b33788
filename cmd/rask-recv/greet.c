/*
 * The handshake.  With --accepted, descriptor 1 is a socket to the listener:
 * '# hello ID' asks it to end an older connection of the same sender, whose
 * late frames must not come after ours, and one byte back says that it is done.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "origin.h"
#include "recv.h"

/* Ask the listener to end an older connection of this sender. */
static int
announce(struct conn *c)
{
	char s[64];
	int n;

	if (!c->o->accepted)
		return 0;
	n = snprintf(s, sizeof(s), "# hello %016llx\n",
	    (unsigned long long)c->peer.node);
	if (send(1, s, (size_t)n, MSG_NOSIGNAL) != n || recv(1, s, 1, 0) != 1)
		return -1;
	return 0;
}

/* Open the tree, and answer the peer's HELLO with ours. */
static int
welcome(struct conn *c)
{
	struct rask_hello h = { .min = RASK_PROTO_MIN, .max = RASK_PROTO_MAX,
	    .inline_max = RASK_INLINE_MAX, .window = WINDOW_MAX };

	if (rask_tree_open(&c->tree, c->o->dir) == -1)
		return -1;
	c->tree_open = true;
	if (rask_tree_identity(c->tree.root, h.root) == -1)
		return -1;
	if (c->o->sync == SYNC_NONE)
		h.features |= RASK_FEATURE_FLEETING;
	snprintf(h.tree, sizeof(h.tree), "%s", c->o->tree);
	gethostname(h.name, sizeof(h.name) - 1);
	return rask_hello_add(&c->out, &h);
}

void
greet(struct conn *c, const struct rask_frame *f)
{
	char why[128];
	int e;

	if (rask_hello_parse(&c->peer, f) == -1) {
		if (errno != EPROTONOSUPPORT) {
			conn_end(c, EX_PROTOCOL, "this is not Rask speaking");
			return;
		}
		snprintf(why, sizeof(why), "protocol versions %d to %d are "
		    "not spoken here, but %d to %d", c->peer.min, c->peer.max,
		    RASK_PROTO_MIN, RASK_PROTO_MAX);
		conn_end(c, EX_PROTOCOL, why);
		return;
	}
	snprintf(c->who, sizeof(c->who), "%s", c->peer.name);
	if (strcmp(c->peer.tree, c->o->tree) != 0) {
		snprintf(why, sizeof(why), "the tree here is '%s', not '%s'",
		    c->o->tree, c->peer.tree);
		conn_end(c, EX_CONFIG, why);
		return;
	}
	if (announce(c) == -1) {
		conn_lost(c, "the listener is gone");
		return;
	}
	if (welcome(c) == -1) {
		e = errno;
		snprintf(why, sizeof(why), "%.64s: %s", c->o->dir,
		    strerror(e));
		conn_end(c, EX_TEMPFAIL, why);
		return;
	}
	ev_timer_stop(c->loop, &c->hello_timer);
	c->ready = true;
	rask_tree_clean(&c->tree);
}

