/* Moves that are not over: the entries of a renamed directory follow it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hints.h"

void
moves_free(struct moves *m)
{
	while (m->n > 0)
		moves_drop(m, m->v[m->n - 1]);
}

void
moves_drop(struct moves *m, struct move *it)
{
	size_t i;

	for (i = 0; m->v[i] != it; i++)
		;
	m->n--;
	memmove(m->v + i, m->v + i + 1, (m->n - i) * sizeof(m->v[0]));
	rask_walk_close(it->walk);
	free(it);
}

void
moves_settle(struct moves *m, bool committed)
{
	while (m->n > 0 && m->v[m->n - 1]->fresh && !committed)
		moves_drop(m, m->v[m->n - 1]);
	for (size_t i = m->n; i > 0 && m->v[i - 1]->fresh; i--)
		m->v[i - 1]->fresh = false;
}

bool
moves_room(const struct moves *m, const char *old, const char *new)
{
	size_t i, near = 0;

	for (i = 0; i < m->n; i++)
		near += m->v[i]->kind == MOVE_ENTRIES &&
		    (rask_path_meet(m->v[i]->old, old) ||
		    rask_path_meet(m->v[i]->old, new) ||
		    rask_path_meet(m->v[i]->new, old) ||
		    rask_path_meet(m->v[i]->new, new));
	return m->n < MOVES_LIMIT && near < MOVES_NESTED;
}

struct move *
moves_add(struct moves *m, enum move_kind kind, const char *old,
    const char *new)
{
	size_t n = strlen(old) + 1, n2 = strlen(new) + 1;
	struct move *it;

	if (m->n == MOVES_LIMIT) {
		errno = EAGAIN;
		return NULL;
	}
	if ((it = calloc(1, sizeof(*it) + n + n2)) == NULL)
		return NULL;
	it->kind = kind;
	it->phase = kind == MOVE_LEFT ? MOVE_WALKED : MOVE_WALKING;
	it->fresh = true;
	it->old = memcpy((char *)(it + 1), old, n);
	it->new = memcpy(it->old + n, new, n2);
	return m->v[m->n++] = it;
}

bool
move_below(const char *path, const char *dir, const char **rest)
{
	size_t n = strlen(dir);

	*rest = path + n;
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' ||
	    path[n] == '/');
}

/* The path that one below `from` has below `to`; false: it is too long. */
static bool
rebase(const char *path, const char *from, const char *to, char *out)
{
	const char *rest;

	if (!move_below(path, from, &rest) ||
	    strlen(to) + strlen(rest) > RASK_PATH_MAX)
		return false;
	strcpy(stpcpy(out, to), rest);
	return true;
}

/*
 * Carry an entry that one of the k oldest moves has taken away.  When a move
 * brings something to a path, only older ones can have taken away what was
 * there; what they did not is replaced.  So this comes to an end.
 */
static int
carry(struct hints *h, const char *path, size_t k, char *to,
    const struct move **last)
{
	char next[RASK_PATH_MAX + 1], lost[RASK_PATH_MAX + 1];
	const struct move *m, *none;
	struct rask_entry e;
	size_t i;
	int r;

	strcpy(to, path);
	*last = NULL;
	r = store_find(h->store, path, strlen(path), &e, h->from);
	if (r != 1 || e.kind == RASK_KIND_GONE)
		return r == -1 ? -1 : 0;
	for (i = 0; i < h->moves.n && (i < k || *last != NULL); i++) {
		m = h->moves.v[i];
		if (m->kind != MOVE_ENTRIES || m->seq <= e.seq ||
		    !rebase(to, m->old, m->new, next))
			continue;
		if (carry(h, next, i, lost, &none) == -1 ||
		    move_entry(h, m, to, next, NULL) == -1)
			return -1;
		strcpy(to, next);
		*last = m;
	}
	return 0;
}

int
move_carry(struct hints *h, const char *path, char *to,
    const struct move **last)
{
	return carry(h, path, h->moves.n, to, last);
}

/* Fetch what the k oldest moves have brought to a path, in their order. */
static int
fetch(struct hints *h, const char *path, size_t k)
{
	char from[RASK_PATH_MAX + 1], to[RASK_PATH_MAX + 1];
	const struct move *m, *last;
	size_t i;

	for (i = 0; i < k; i++) {
		m = h->moves.v[i];
		if (m->kind != MOVE_ENTRIES ||
		    !rebase(path, m->new, m->old, from))
			continue;
		if (fetch(h, from, i) == -1 ||
		    move_carry(h, from, to, &last) == -1)
			return -1;
	}
	return 0;
}

int
move_apply(struct hints *h, const char *path)
{
	char to[RASK_PATH_MAX + 1];
	const struct move *last;

	if (h->moves.n == 0)
		return 0;
	if (move_carry(h, path, to, &last) == -1)
		return -1;
	return fetch(h, path, h->moves.n);
}

/* What the tree had of an entry when it was taken. */
static void
seen_of(struct rask_seen *seen, const struct rask_entry *e)
{
	seen->kind = e->kind;
	seen->mode = e->mode;
	seen->target_len = e->target_len;
	seen->size = e->size;
	seen->mtime = e->mtime;
	seen->ino = e->ino;
	seen->ctime = e->ctime;
	seen->target = e->target;
}

/* The two entries that a pair becomes, with a dot of at least `now`. */
static int
pair(struct hints *h, struct rask_entry *gone, struct rask_entry *there,
    const struct rask_entry *old, const char *dst,
    const struct rask_entry *before, uint64_t last, uint64_t now)
{
	struct rask_seen seen;

	seen_of(&seen, old);
	if (rask_settle_entry(gone, RASK_SETTLE_DELETE, old->path,
	    old->path_len, old, &seen, NULL, h->node, last, now) == -1 ||
	    rask_settle_entry(there, RASK_SETTLE_EDIT, dst, strlen(dst),
	    before, &seen, old->has_hash ? old->hash : NULL, h->node, last,
	    now) == -1)
		return -1;
	there->has_sig = old->has_sig;
	return 0;
}

/* Take one of a pair. */
static int
take_part(struct hints *h, const struct rask_entry *e,
    const struct rask_entry *before, unsigned flags)
{
	h->rec.type = RASK_RECORD_CHANGE;
	h->rec.flags = flags;
	h->rec.entry = *e;
	return hints_record(h, before);
}

/* Is this the dot of the content? */
static bool
has_dot(const struct rask_entry *e, struct rask_dot dot)
{
	return rask_dot_cmp(rask_version_dot(&e->version), dot) == 0;
}

/*
 * The new entry of a pair is there, and a crash has torn the old one's
 * tombstone from it.
 */
static int
end_pair(struct hints *h, const struct move *m, const struct rask_entry *old)
{
	struct rask_entry gone;
	struct rask_seen seen;

	seen_of(&seen, old);
	if (rask_settle_entry(&gone, RASK_SETTLE_DELETE, old->path,
	    old->path_len, old, &seen, NULL, h->node, 0,
	    m->dot.counter) == -1)
		return -1;
	store_counter_used(h->store, rask_version_dot(&gone.version).counter);
	return take_part(h, &gone, old, has_dot(&gone, m->dot) ?
	    RASK_RECORD_PART : 0);
}

int
move_entry(struct hints *h, const struct move *m, const char *src,
    const char *dst, const struct rask_seen *sig)
{
	struct rask_entry old, new, gone, there;
	const struct rask_entry *before = NULL;
	unsigned flags = RASK_RECORD_PART;
	uint64_t last;
	int r;

	r = store_find(h->store, src, strlen(src), &old, h->from);
	if (r != 1 || old.kind == RASK_KIND_GONE)
		return r == -1 ? -1 : 0;
	if ((r = store_find(h->store, dst, strlen(dst), &new, h->to)) == -1)
		return -1;
	if (r == 1)
		before = &new;
	if (r == 1 && new.kind != RASK_KIND_GONE && has_dot(&new, m->dot))
		return end_pair(h, m, &old);
	if (pair(h, &gone, &there, &old, dst, before, 0, m->dot.counter) == -1)
		return -1;
	if (!has_dot(&gone, m->dot) || !has_dot(&there, m->dot)) {
		/* They are from clocks ahead: changes of their own. */
		flags = 0;
		last = store_counter(h->store);
		if (pair(h, &gone, &there, &old, dst, before, last,
		    store_now()) == -1)
			return -1;
		last = rask_version_dot(&gone.version).counter;
		if (last < rask_version_dot(&there.version).counter)
			last = rask_version_dot(&there.version).counter;
		store_counter_used(h->store, last);
	}
	if (sig != NULL) {
		there.has_sig = true;
		there.ino = sig->ino;
		there.ctime = sig->ctime;
	}
	/* a power cut may leave the first one alone: it has to tell more */
	if (take_part(h, &there, before, flags) == -1)
		return -1;
	return take_part(h, &gone, &old, flags);
}
