/*
 * One path: from what waits to the frame that says what it is now.
 *
 * Order: what goes in classes 0 and 1 goes in the order of sending.  A change
 * that is seen now cancels whatever of class 2 or 3 is still queued, read or
 * looked at for the same path, an ancestor or a descendant, so that nothing
 * older arrives after it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "path.h"
#include "send.h"

/* A look at a path that the worker takes. */
struct look {
	struct rask_job job;		/* first */
	struct look *next;
	struct send *s;
	struct rask_todo_item *item;	/* owned */
	int root;			/* borrowed */
	bool stale;			/* something newer has come */
	enum sight sight;
	struct sighting to;
};

int
change_frame(struct send *s, struct rask_msg *m, struct rask_todo_item *it,
    const void *content)
{
	unsigned char head[RASK_MSG_ROOM];
	struct rask_piece piece = { .content = content,
	    .n = content != NULL ? (size_t)m->size : 0 };
	size_t n;

	m->stream = ++s->stream;
	n = rask_msg_write(head, m);
	if (sent_add(s, m->stream, it, m->type, m->class) == NULL)
		return -1;
	if (rask_sendq_add(s->q, m->class, m->stream, head, n,
	    content != NULL ? &piece : NULL) == -1) {
		sent_remove(s, m->stream);
		return -1;
	}
	s->n_sent_all++;
	return 0;
}

/* Say once that something will not arrive. */
static void
give_up(struct send *s, struct rask_todo_item *it, const char *why)
{
	diag(LOG_ERR, "%s: %s", it->path, why);
	s->failed++;
	rask_todo_drop(it);
}

/* The bytes of content that may go inline. */
static size_t
inline_limit(const struct send *s)
{
	return s->peer.inline_max < RASK_INLINE_MAX ? s->peer.inline_max :
	    RASK_INLINE_MAX;
}

/*
 * A small change of class 3 was queued: remember it, to be able to cancel it,
 * and count its content like any bulk data.
 */
static void
note_recent(struct send *s, uint64_t stream, uint64_t size)
{
	s->recent[s->n_recent++ % RECENT_MAX] = stream;
	sent_find(s, stream)->credit = (uint32_t)size;
	rask_window_sent(&s->window, (size_t)size);
	rask_rate_take(&s->rate, (size_t)size);
}

/* A frame that carries what was seen. */
static void
send_sighting(struct send *s, struct rask_todo_item *it, unsigned class,
    enum sight sight, struct sighting *to)
{
	bool small = sight == SIGHT_SMALL;

	to->msg.class = (uint8_t)class;
	if (change_frame(s, &to->msg, it, small ? to->content : NULL) == -1) {
		diag(LOG_ERR, "%s: %s", it->path, strerror(errno));
		later_add(s, it, 1., 10., false);
		return;
	}
	if (class == RASK_CLASS_LIVE)
		rask_pace_live(&s->pace, now_ns());
	if (class == RASK_CLASS_BACK)
		note_recent(s, to->msg.stream, small ? to->msg.size : 0);
	s->n_bytes += small ? to->msg.size : 0;
}

/* Nothing is there: that is a delete only if somebody saw one. */
static void
send_gone(struct send *s, struct rask_todo_item *it, unsigned class,
    struct sighting *to)
{
	if (it->op != RASK_OP_DEL) {
		rask_todo_drop(it);
		return;
	}
	to->msg.type = RASK_DEL;
	to->msg.mode = 0;
	to->msg.size = 0;
	to->msg.mtime = 0;
	send_sighting(s, it, class, SIGHT_NAME, to);
}

/* Do what follows from what was seen. */
static void
dispatch(struct send *s, struct rask_todo_item *it, unsigned class,
    enum sight sight, struct sighting *to)
{
	/* What has become small meanwhile is no bulk any more. */
	if (class == RASK_CLASS_BULK && sight != SIGHT_LARGE)
		class = RASK_CLASS_LIVE;
	switch (sight) {
	case SIGHT_SMALL:
	case SIGHT_NAME:
		send_sighting(s, it, class, sight, to);
		break;
	case SIGHT_LARGE:
		stream_open(s, it, class, to);
		break;
	case SIGHT_GONE:
		send_gone(s, it, class, to);
		break;
	case SIGHT_OTHER:
		/* What was deleted is gone, whatever stands in its way now. */
		if (it->op == RASK_OP_DEL) {
			send_gone(s, it, class, to);
			break;
		}
		diag(LOG_NOTICE, "%s: skipped: %s", it->path, to->why);
		rask_todo_drop(it);
		break;
	case SIGHT_CHANGING:
		later_add(s, it, 0.2, 60., true);
		break;
	case SIGHT_BUSY:
		later_add(s, it, 0.05, 5., false);
		break;
	case SIGHT_ERROR:
		if (to->error == EIO || to->error == ENOMEM ||
		    to->error == EMFILE || to->error == ENFILE)
			later_add(s, it, 1., 30., false);
		else
			give_up(s, it, strerror(to->error));
	}
}

void
change_send(struct send *s, struct rask_todo_item *it, unsigned class)
{
	enum sight sight;

	s->sighting->limit = inline_limit(s);
	sight = look(root_fd(s, it->tree), it->path, false, s->sighting);
	dispatch(s, it, class, sight, s->sighting);
}

/* Worker: the look. */
static void
run_look(struct rask_job *job)
{
	struct look *l = (struct look *)job;

	l->sight = look(l->root, l->item->path, true, &l->to);
}

/* Loop: it was taken. */
static void
look_done(struct rask_job *job)
{
	struct look *l = (struct look *)job, **p;
	struct send *s = l->s;

	for (p = &s->looks; *p != l; p = &(*p)->next)
		;
	*p = l->next;
	s->n_looks--;
	if (l->stale || s->state != STATE_READY) {
		if (l->sight == SIGHT_LARGE)
			close(l->to.fd);
		rask_todo_back(s->todo, RASK_LANE_BACK, l->item);
	} else
		dispatch(s, l->item, RASK_CLASS_BACK, l->sight, &l->to);
	free(l);
}

void
change_later_look(struct send *s, struct rask_todo_item *it)
{
	struct look *l;

	if ((l = malloc(sizeof(*l))) == NULL) {
		later_add(s, it, 1., 10., false);
		return;
	}
	l->job.run = run_look;
	l->job.done = look_done;
	l->s = s;
	l->item = it;
	l->root = root_fd(s, it->tree);
	l->stale = false;
	l->to.limit = inline_limit(s);
	l->next = s->looks;
	s->looks = l;
	s->n_looks++;
	rask_work_submit(s->work, &l->job);
}

/* Cancel small changes of class 3 that are still in the queue. */
static void
cancel_recent(struct send *s, const char *path)
{
	struct sent *e;
	uint64_t content;
	unsigned i;

	for (i = 0; i < RECENT_MAX && i < s->n_recent; i++) {
		if ((e = sent_find(s, s->recent[i])) == NULL || e->visible ||
		    !rask_path_meet(e->item->path, path))
			continue;
		content = 0;
		if (rask_sendq_cancel(s->q, RASK_CLASS_BACK, e->stream,
		    &content) == 0)
			continue;
		s->window.sent -= e->credit;
		rask_todo_back(s->todo, RASK_LANE_BACK,
		    sent_remove(s, s->recent[i]));
	}
}

bool
change_overtaken(struct send *s, enum rask_op op, const char *path)
{
	struct look *l;

	for (l = s->looks; l != NULL; l = l->next)
		if (rask_path_meet(l->item->path, path))
			l->stale = true;
	if (s->state != STATE_READY)
		return false;
	if (rask_sendq_bytes(s->q, RASK_CLASS_BACK) > 0)
		cancel_recent(s, path);
	return stream_overtaken(s, op, path);
}
