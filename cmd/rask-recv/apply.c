/* One change from the peer: decode it, check it, make it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "origin.h"
#include "recv.h"

/* A small file, whole. */
static void
apply_put(struct conn *c, const struct rask_msg *m)
{
	unsigned char sha[RASK_SHA_LEN];
	struct rask_taken *taken = NULL;
	enum rask_outcome how;

	if (rask_sha(m->content, (size_t)m->size, sha) == -1 ||
	    rask_hash_differ(sha, m->hash, sizeof(sha)) != 0) {
		conn_refuse(c, m->stream, m->path, RASK_REFUSE_DAMAGED,
		    "the content does not match its hash");
		return;
	}
	if (rask_op_put(&c->tree, m, &how, &taken) == -1) {
		conn_refuse_errno(c, m->stream, m->path, errno);
		return;
	}
	c->n_bytes += m->size;
	conn_ack(c, m->stream, how, m);
	durable_add(c, m->stream, true, m->path, NULL, taken);
}

/* Everything that is done on names alone. */
static void
apply_name(struct conn *c, const struct rask_msg *m)
{
	struct rask_taken *taken = NULL;
	enum rask_outcome how = RASK_MADE;
	int r = -1;

	switch (m->type) {
	case RASK_SYMLINK:
		r = rask_op_symlink(&c->tree, m, &how, &taken);
		break;
	case RASK_MKDIR:
		r = rask_op_mkdir(&c->tree, m, &how, &taken);
		break;
	case RASK_DEL:
		r = rask_op_del(&c->tree, m, &how, &taken);
		break;
	case RASK_MV:
		r = rask_op_mv(&c->tree, m, &how, &taken);
		break;
	case RASK_META:
		r = rask_op_meta(&c->tree, m, &how);
		break;
	}
	if (r == -1) {
		conn_refuse_errno(c, m->stream, m->path, errno);
		return;
	}
	conn_ack(c, m->stream, how, m);
	durable_add(c, m->stream, m->type == RASK_META, m->path,
	    m->type == RASK_MV ? m->other : NULL, taken);
}

void
apply(struct conn *c, const struct rask_frame *f)
{
	struct rask_msg *m = &c->msg;

	if (!c->noted) {
		/* A peer that sends has not refused us: its changes count. */
		rask_origin_note(c->tree.meta, c->peer.root);
		c->noted = true;
	}
	if (f->class == RASK_CLASS_LIVE)
		rask_pace_live(&c->pace, conn_now());
	if (rask_msg_parse(m, f) == 0) {
		if (m->type == RASK_PUT)
			apply_put(c, m);
		else if (m->type == RASK_OPEN)
			bulk_open(c, m);
		else
			apply_name(c, m);
	} else if (errno == EPROTO) {
		conn_end(c, EX_PROTOCOL, "a change that breaks the rules");
		return;
	} else
		conn_refuse(c, m->stream, m->path, RASK_REFUSE_NEVER,
		    errno == ENAMETOOLONG ? "the path is too long" :
		    "the path is not legal");
	if (m->type == RASK_PUT && m->class >= RASK_CLASS_BULK)
		c->written += m->size;
}
