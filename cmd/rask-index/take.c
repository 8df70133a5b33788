/* A look at a path becomes a change, or none. */
#include <errno.h>
#include <string.h>

#include "hints.h"

int
hints_record(struct hints *h, const struct rask_entry *before)
{
	bool change = h->rec.type == RASK_RECORD_CHANGE;

	if (store_take(h->store, &h->rec, before) == -1)
		return -1;
	h->dirty = true;
	h->changes += change && (h->rec.flags & RASK_RECORD_PART) == 0;
	return 0;
}

int
hints_commit(struct hints *h)
{
	int r = 0;

	if (h->dirty && (r = store_commit(h->store)) == -1) {
		h->failed = errno;
		h->undone = true;
	}
	h->dirty = false;
	moves_settle(&h->moves, r == 0);
	return r;
}

int
hints_settled(struct hints *h, enum rask_settle how, const char *path,
    const struct rask_entry *e, const struct rask_seen *seen,
    const unsigned char *hash, unsigned flags)
{
	struct rask_record *r = &h->rec;

	r->type = how == RASK_SETTLE_REFRESH ? RASK_RECORD_REFRESH :
	    RASK_RECORD_CHANGE;
	r->flags = flags;
	if (rask_settle_entry(&r->entry, how, path, strlen(path), e, seen,
	    hash, h->node, store_counter(h->store), store_now()) == -1)
		return -1;
	if (how != RASK_SETTLE_REFRESH && how != RASK_SETTLE_FOUND)
		store_counter_used(h->store,
		    rask_version_dot(&r->entry.version).counter);
	return hints_record(h, e);
}

/* Does a found line say all that a look would? */
static bool
complete(const struct rask_change *c)
{
	const unsigned all = RASK_F_FOUND | RASK_F_MTIME | RASK_F_CTIME |
	    RASK_F_MODE | RASK_F_INO;

	if (c == NULL || (c->have & all) != all)
		return false;
	switch (c->op) {
	case RASK_OP_PUT:
		return (c->have & RASK_F_SIZE) != 0 && c->size <= INT64_MAX;
	case RASK_OP_SYMLINK:
		return c->target != NULL && c->target[0] != '\0' &&
		    strlen(c->target) <= RASK_PATH_MAX;
	case RASK_OP_MKDIR:
		return true;
	default:
		return false;
	}
}

/* What such a line says. */
static void
seen_by_line(struct rask_seen *seen, const struct rask_change *c)
{
	bool file = c->op == RASK_OP_PUT, link = c->op == RASK_OP_SYMLINK;

	seen->kind = file ? RASK_KIND_FILE : link ? RASK_KIND_LINK :
	    RASK_KIND_DIR;
	seen->mode = link ? 0 : c->mode & 0777;
	seen->size = file ? c->size : 0;
	seen->mtime = file || link ? c->mtime : 0;
	seen->ino = c->ino;
	seen->ctime = c->ctime;
	seen->target = link ? c->target : NULL;
	seen->target_len = link ? (uint16_t)strlen(c->target) : 0;
}

/*
 * rask_settle(), and a directory that is another one by now is noted, since a
 * rename is known by that.
 */
static enum rask_settle
settle(const struct rask_entry *e, const struct rask_seen *seen, bool found,
    const unsigned char *hash)
{
	enum rask_settle how = rask_settle(e, seen, found, hash);

	if (how == RASK_SETTLE_NONE && e != NULL &&
	    e->kind == RASK_KIND_DIR && (!e->has_sig || e->ino != seen->ino))
		return RASK_SETTLE_REFRESH;
	return how;
}

/*
 * Take a found line at its word, if that is new, or nothing new.
 * Returns: 1 done, 0 not, -1.
 */
static int
believe(struct hints *h, const char *path, const struct rask_entry *e,
    const struct rask_change *c)
{
	struct rask_seen seen;

	seen_by_line(&seen, c);
	if (e != NULL)
		return settle(e, &seen, true, NULL) == RASK_SETTLE_NONE;
	return hints_settled(h, RASK_SETTLE_FOUND, path, NULL, &seen, NULL,
	    RASK_RECORD_FOUND) == -1 ? -1 : 1;
}

/* Do two looks describe the same state of the same file? */
static bool
same_state(const struct rask_seen *a, const struct rask_seen *b)
{
	return a->kind == b->kind && a->size == b->size &&
	    a->mtime == b->mtime && a->ctime == b->ctime && a->ino == b->ino;
}

/* hints_look(), with all that may be known. */
static int
look(struct hints *h, const char *path, unsigned said,
    const struct rask_change *line, const struct rask_seen *hashed,
    const unsigned char *hash)
{
	const struct rask_entry *known = NULL;
	struct rask_entry e;
	struct rask_seen seen;
	enum rask_settle how;
	bool found = (said & LOOK_FOUND) != 0;
	int r;

	if (h->moves.n > 0 && move_apply(h, path) == -1)
		return -1;
	r = store_find(h->store, path, strlen(path), &e, h->buf);
	if (r == -1)
		return -1;
	if (r == 1)
		known = &e;
	if (complete(line) && (r = believe(h, path, known, line)) != 0)
		return r == -1 ? -1 : 0;
	if ((r = look_at(&h->look, path, &seen)) != 1)
		return r;
	if (hash != NULL && !same_state(&seen, hashed))
		hash = NULL;
	how = settle(known, &seen, found, hash);
	if (how == RASK_SETTLE_NONE || (how == RASK_SETTLE_DELETE &&
	    e.kind == RASK_KIND_DIR && (said & LOOK_GONE) == 0))
		return 0;
	if (how == RASK_SETTLE_HASH)
		return hints_hash(h, path, said);
	return hints_settled(h, how, path, known, &seen, hash,
	    found ? RASK_RECORD_FOUND : 0);
}

int
hints_look(struct hints *h, const char *path, unsigned said,
    const struct rask_change *line)
{
	return look(h, path, said, line, NULL, NULL);
}

int
hints_look_wait(struct hints *h, const char *path, unsigned said)
{
	if (waits_must(&h->waits, path))
		return waits_look(&h->waits, path, said);
	return look(h, path, said, NULL, NULL, NULL);
}

int
hints_look_hashed(struct hints *h, const char *path, unsigned said,
    const struct rask_seen *hashed, const unsigned char *hash)
{
	return look(h, path, said, NULL, hashed, hash);
}
