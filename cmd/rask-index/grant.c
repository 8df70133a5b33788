/* Grants: who may install something, and what becomes of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hints.h"

struct grant {
	struct rask_entry incoming;	/* its strings are in bytes */
	bool held;		/* answered YES; else it waits */
	void (*answer)(void *ctx, struct grant *g, enum grant_answer how,
	    const struct rask_entry *stands, bool keep, int error);
	void *ctx;		/* of answer */
	char path[RASK_PATH_MAX + 1];	/* a string */
	unsigned char bytes[];	/* of incoming */
};

/* A copy of an asking. */
static struct grant *
make(const struct rask_entry *incoming)
{
	unsigned char bytes[RASK_ENTRY_MAX];
	size_t n = rask_entry_encode(incoming, bytes);
	struct grant *g;

	if ((g = malloc(sizeof(*g) + n)) == NULL)
		return NULL;
	memcpy(g->bytes, bytes, n);
	if (rask_entry_decode(&g->incoming, g->bytes, n) == -1) {
		free(g);
		return NULL;
	}
	g->held = false;
	memcpy(g->path, g->incoming.path, g->incoming.path_len);
	g->path[g->incoming.path_len] = '\0';
	return g;
}

/* Tell what became of an asking that is over. */
static void
answer(struct grant *g, enum grant_answer how,
    const struct rask_entry *stands, int error)
{
	g->answer(g->ctx, g, how, stands, false, error);
	free(g);
}

void
grant_failed(struct hints *h, struct grant *g, int error)
{
	(void)h;
	answer(g, GRANT_FAILED, NULL, error);
}

/* Let it have its path. */
static void
give(struct hints *h, struct grant *g, const struct rask_entry *stands,
    bool keep)
{
	if (waits_hold(&h->waits, g->path, g) == -1) {
		answer(g, GRANT_FAILED, NULL, ENOMEM);
		return;
	}
	g->held = true;
	g->answer(g->ctx, g, GRANT_YES, stands, keep, 0);
}

/* Make e, which the incoming tombstone had not seen, an edit above both. */
static int
reissue(struct hints *h, const struct rask_entry *e,
    const struct rask_entry *gone)
{
	struct rask_entry *out = &h->rec.entry;
	struct rask_version both = e->version;

	if (rask_version_join(&both, &e->version, &gone->version) == -1) {
		/* Both ancestries are long: the shorter memory will do. */
		both = gone->version;
	}
	*out = *e;
	if (rask_version_next(&out->version, &both, h->node,
	    store_counter(h->store), store_now()) == -1) {
		rask_version_forget(&both);
		if (rask_version_next(&out->version, &both, h->node,
		    store_counter(h->store), store_now()) == -1)
			return -1;
	}
	store_counter_used(h->store,
	    rask_version_dot(&out->version).counter);
	h->rec.type = RASK_RECORD_CHANGE;
	h->rec.flags = 0;
	if (hints_record(h, e) == -1)
		return -1;
	return hints_commit(h);
}

/* The same content stands on both sides; has the tree got it? */
static void
answer_same(struct hints *h, struct grant *g, const struct rask_entry *e)
{
	struct rask_seen seen;
	int r = 1;

	if (e->kind != RASK_KIND_GONE)
		r = look_at(&h->look, g->path, &seen);
	look_forget(&h->look);
	if (r == -1) {
		answer(g, GRANT_FAILED, NULL, errno);
	} else if (r == 1 && e->kind != RASK_KIND_GONE &&
	    seen.kind == RASK_KIND_GONE) {
		/* It was missing at the start: it is given back. */
		give(h, g, e, false);
	} else {
		h->rec.type = RASK_RECORD_REFRESH;
		h->rec.flags = 0;
		if (rask_entry_merge(&h->rec.entry, e, &g->incoming) &&
		    (hints_record(h, e) == -1 || hints_commit(h) == -1))
			answer(g, GRANT_FAILED, NULL, errno);
		else
			answer(g, GRANT_HELD, e, 0);
	}
}

/* Judge it against what is known. */
static void
judge(struct hints *h, struct grant *g, const struct rask_entry *e)
{
	struct rask_verdict v = rask_entry_judge(e, &g->incoming);

	switch (v.stands) {
	case RASK_STANDS_BOTH:
		answer_same(h, g, e);
		break;
	case RASK_STANDS_LOCAL:
		answer(g, GRANT_SUPERSEDED, e, 0);
		break;
	case RASK_STANDS_INCOMING:
		if (v.loss != RASK_LOSS_REISSUE)
			give(h, g, e, v.loss == RASK_LOSS_KEEP);
		else if (reissue(h, e, &g->incoming) == -1)
			answer(g, GRANT_FAILED, NULL, errno);
		else
			answer(g, GRANT_REISSUE, &h->rec.entry, 0);
		break;
	default:
		answer(g, GRANT_FAILED, NULL, ENODATA);
	}
}

void
grant_try(struct hints *h, struct grant *g)
{
	struct rask_entry e;
	int r;

	if (h->look.root == -1) {
		answer(g, GRANT_FAILED, NULL, ENOENT);
		return;
	}
	r = h->moves.n > 0 ? move_apply(h, g->path) : 0;
	if (r == 0 && h->dirty)
		r = hints_commit(h);
	if (r == 0)
		r = store_find(h->store, g->path, strlen(g->path), &e, h->buf);
	if (r == -1)
		answer(g, GRANT_FAILED, NULL, errno);
	else if (r == 0)
		give(h, g, NULL, false);
	else
		judge(h, g, &e);
}

struct grant *
grant_ask(struct hints *h, const struct rask_entry *incoming,
    void (*fn)(void *ctx, struct grant *g, enum grant_answer how,
    const struct rask_entry *stands, bool keep, int error), void *ctx)
{
	struct grant *g;

	if (h->waits.n >= WAITS_MAX) {
		errno = EAGAIN;
		return NULL;
	}
	if ((g = make(incoming)) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	g->answer = fn;
	g->ctx = ctx;
	if (!waits_must(&h->waits, g->path)) {
		grant_try(h, g);
	} else if (waits_ask(&h->waits, g->path, g) == -1) {
		free(g);
		return NULL;
	}
	return g;
}

bool
grant_echo(const struct hints *h, const struct rask_change *c)
{
	const struct grant *g = paths_owner(h->waits.held, c->path);

	return g != NULL && g->incoming.has_sig && g->incoming.ino != 0 &&
	    (c->have & RASK_F_INO) != 0 && c->ino == g->incoming.ino;
}

void
grant_end(struct hints *h, struct grant *g)
{
	char path[RASK_PATH_MAX + 1];

	strcpy(path, g->path);
	if (g->held)
		waits_unhold(&h->waits, path);
	else
		waits_drop_ask(&h->waits, g);
	free(g);
	waits_wake(h, path);
}

/*
 * What was taken out: an edit that is to be recorded first?  Its ctime tells
 * nothing, since taking it out has changed that.
 */
static enum rask_settle
settle_taken(const struct rask_entry *e, struct rask_seen *taken)
{
	enum rask_settle how;

	if (e != NULL && e->has_sig && e->ino == taken->ino)
		taken->ctime = e->ctime;
	how = rask_settle(e, taken, false, NULL);
	/* Nobody can tell by its content any more. */
	return how == RASK_SETTLE_HASH ? RASK_SETTLE_EDIT : how;
}

/*
 * Record it.
 * Returns: 0; 1: it loses, and has to be kept; -1, EBUSY: it stands.
 */
static int
record_taken(struct hints *h, struct grant *g, const struct rask_entry *e,
    const struct rask_seen *was)
{
	struct rask_seen taken = *was;
	enum rask_settle how = settle_taken(e, &taken);
	struct rask_verdict v;

	if (how != RASK_SETTLE_EDIT && how != RASK_SETTLE_META)
		return 0;
	if (hints_settled(h, how, g->path, e, &taken, NULL, 0) == -1) {
		if (errno == EBUSY)
			errno = EAGAIN;
		return -1;
	}
	v = rask_entry_judge(&h->rec.entry, &g->incoming);
	if (v.stands == RASK_STANDS_INCOMING && v.loss != RASK_LOSS_REISSUE)
		return v.loss == RASK_LOSS_KEEP;
	if (v.stands == RASK_STANDS_BOTH)
		return 0;
	if (hints_commit(h) == 0)
		errno = EBUSY;
	return -1;
}

/* Record what was installed. */
static int
record_final(struct hints *h, struct grant *g, const struct rask_seen *final)
{
	struct rask_record *r = &h->rec;
	const struct rask_entry *before = NULL;
	struct rask_entry e;
	int found;

	found = store_find(h->store, g->path, strlen(g->path), &e, h->buf);
	if (found == -1)
		return -1;
	if (found == 1)
		before = &e;
	r->type = RASK_RECORD_CHANGE;
	r->flags = RASK_RECORD_AFAR;
	if (before == NULL) {
		r->entry = g->incoming;
	} else if (!rask_entry_merge(&r->entry, before, &g->incoming)) {
		r->entry = e;
		r->type = RASK_RECORD_REFRESH;
	}
	if (final->kind != RASK_KIND_GONE) {
		r->entry.has_sig = true;
		r->entry.ino = final->ino;
		r->entry.ctime = final->ctime;
	} else if (before != NULL) {
		r->entry.has_sig = before->has_sig;
		r->entry.ino = before->ino;
		r->entry.ctime = before->ctime;
	} else
		r->entry.has_sig = false;
	return hints_record(h, before);
}

int
grant_installed(struct hints *h, struct grant *g,
    const struct rask_seen *final, const struct rask_seen *taken,
    uint64_t *seq)
{
	struct rask_entry e;
	int r, keep = 0, err;

	r = store_find(h->store, g->path, strlen(g->path), &e, h->buf);
	if (r != -1 && taken != NULL && taken->kind != RASK_KIND_GONE)
		r = keep = record_taken(h, g, r == 1 ? &e : NULL, taken);
	if (r != -1) {
		if ((r = record_final(h, g, final)) == 0) {
			*seq = h->rec.seq;
			r = hints_commit(h);
		}
		if (r == -1 && errno == EBUSY)
			errno = EAGAIN;		/* not what EBUSY says here */
	}
	err = errno;
	if (r == -1)
		hints_commit(h);
	grant_end(h, g);
	errno = err;
	return r == -1 ? -1 : keep;
}
