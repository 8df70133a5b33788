/* What the receiver says of our changes. */
#include <errno.h>
#include <string.h>

#include "diag.h"
#include "send.h"

/* A change was not made. */
static int
refused(struct send *s, const struct rask_frame *f)
{
	struct rask_todo_item *it;
	struct sent *e;
	unsigned code;
	uint8_t type;

	if (rask_words_parse(f, &code, s->text) == -1)
		return -1;
	if ((e = sent_find(s, f->stream)) == NULL)
		return 0;
	type = e->type;
	stream_forget(s, f->stream, false);
	it = sent_remove(s, f->stream);
	switch (code) {
	case RASK_REFUSE_NEED:
		if (type == RASK_MV) {
			move_entries(s, it);
			rask_todo_drop(it);
		} else if (type == RASK_META) {
			known_forget(s, it);
			rask_todo_back(s->todo, it->lane, it);
		} else	/* that makes no sense: let it wait */
			later_add(s, it, 0.1, 10., false);
		break;
	case RASK_REFUSE_DAMAGED:
		diag(LOG_WARNING, "%s: %s: %s; sending it again", s->o->who,
		    it->path, s->text);
		later_add(s, it, 0.05, 10., false);
		break;
	case RASK_REFUSE_LATER:
		diag(LOG_WARNING, "%s: %s: %s; trying again", s->o->who,
		    it->path, s->text);
		later_add(s, it, 0.1, 10., false);
		break;
	default:
		diag(LOG_ERR, "%s: %s: refused: %s", s->o->who, it->path,
		    s->text);
		s->failed++;
		rask_todo_drop(it);
	}
	return 0;
}

int
answer(struct send *s, const struct rask_frame *f)
{
	enum rask_ack level;
	uint64_t n;

	switch (f->type) {
	case RASK_ACK:
		if (rask_acks_parse(&s->acks, f, &level) == -1)
			return -1;
		sent_acked(s, &s->acks, level);
		return 0;
	case RASK_REFUSE:
		return refused(s, f);
	case RASK_SKIP:
		stream_skip(s, f->stream);
		return 0;
	case RASK_RESUME:
		if (rask_number_parse(f, &n) == -1)
			return -1;
		stream_resume(s, f->stream, n);
		return 0;
	case RASK_WRITTEN:
		if (rask_number_parse(f, &n) == -1)
			return -1;
		return rask_window_written(&s->window, n, s->window.full ?
		    rask_link_rtt(&s->link) : -1, now_ns());
	}
	errno = EPROTO;
	return -1;
}
