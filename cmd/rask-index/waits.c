/* What waits for paths, and is done when nobody holds them any more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hints.h"

/* Add to the end of a list. */
static void
list_add(struct wait_list *l, struct wait *w)
{
	w->next = NULL;
	w->prev = l->last;
	if (l->last != NULL)
		l->last->next = w;
	else
		l->first = w;
	l->last = w;
}

/* Take out of a list. */
static void
list_del(struct wait_list *l, struct wait *w)
{
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		l->first = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	else
		l->last = w->prev;
}

/* Free what is in a list. */
static void
list_free(struct wait_list *l)
{
	struct wait *w;

	while ((w = l->first) != NULL) {
		list_del(l, w);
		free(w);
	}
}

int
waits_init(struct waits *w)
{
	w->held = paths_new();
	w->queued = paths_new();
	w->looks = paths_new();
	return w->held == NULL || w->queued == NULL || w->looks == NULL ?
	    -1 : 0;
}

void
waits_end(struct waits *w)
{
	list_free(&w->list);
	list_free(&w->pass);
	paths_free(w->held);
	paths_free(w->queued);
	paths_free(w->looks);
}

bool
waits_must(const struct waits *w, const char *path)
{
	return paths_meet(w->held, path) || paths_meet(w->queued, path);
}

/* One to wait; path2 may be NULL. */
static struct wait *
make(enum wait_kind kind, const char *path, const char *path2)
{
	size_t n = strlen(path) + 1, n2 = path2 ? strlen(path2) + 1 : 0;
	struct wait *w;

	if ((w = calloc(1, sizeof(*w) + n + n2)) == NULL)
		return NULL;
	w->kind = kind;
	memcpy(w->path, path, n);
	if (path2 != NULL)
		w->path2 = memcpy(w->path + n, path2, n2);
	return w;
}

/* Note the paths of one that waits.  Returns: 0, or -1 with ENOMEM. */
static int
note(struct waits *w, struct wait *it)
{
	if (it->kind == WAIT_LOOK)
		return paths_add(w->looks, it->path, it);
	if (paths_add(w->queued, it->path, it) == -1)
		return -1;
	if (it->path2 != NULL && paths_add(w->queued, it->path2, it) == -1) {
		paths_del(w->queued, it->path);
		return -1;
	}
	return 0;
}

/* The reverse of note(). */
static void
forget(struct waits *w, struct wait *it)
{
	if (it->kind == WAIT_LOOK) {
		paths_del(w->looks, it->path);
		return;
	}
	paths_del(w->queued, it->path);
	if (it->path2 != NULL)
		paths_del(w->queued, it->path2);
}

/* Let one wait, at the end of all; it is freed on failure. */
static int
add(struct waits *w, struct wait *it)
{
	if (it == NULL || note(w, it) == -1) {
		free(it);
		errno = ENOMEM;
		return -1;
	}
	list_add(&w->list, it);
	w->n++;
	return 0;
}

int
waits_look(struct waits *w, const char *path, unsigned said)
{
	struct wait *it = paths_owner(w->looks, path);

	if (it != NULL) {
		it->said = (it->said & said & LOOK_FOUND) |
		    ((it->said | said) & LOOK_GONE);
		return 0;
	}
	if ((it = make(WAIT_LOOK, path, NULL)) != NULL)
		it->said = said;
	return add(w, it);
}

int
waits_mv(struct waits *w, const char *old, const char *new, bool live)
{
	struct wait *it;

	if ((it = make(WAIT_MV, old, new)) != NULL)
		it->live = live;
	return add(w, it);
}

int
waits_ask(struct waits *w, const char *path, struct grant *g)
{
	struct wait *it;

	if ((it = make(WAIT_ASK, path, NULL)) != NULL)
		it->ask = g;
	return add(w, it);
}

void
waits_drop_ask(struct waits *w, struct grant *g)
{
	struct wait *it;

	for (it = w->list.first; it != NULL; it = it->next)
		if (it->ask == g) {
			forget(w, it);
			list_del(&w->list, it);
			w->n--;
			free(it);
			return;
		}
	for (it = w->pass.first; it != NULL; it = it->next)
		if (it->ask == g) {
			list_del(&w->pass, it);
			free(it);
			return;
		}
}

int
waits_hold(struct waits *w, const char *path, void *owner)
{
	return paths_add(w->held, path, owner);
}

void
waits_unhold(struct waits *w, const char *path)
{
	paths_del(w->held, path);
}

/* Do one; looks and renames that were done go to `done` until the commit. */
static void
run(struct hints *h, struct wait *it, struct wait_list *done)
{
	bool must = waits_must(&h->waits, it->path) ||
	    (it->path2 != NULL && waits_must(&h->waits, it->path2));
	struct grant *g = it->ask;
	int r;

	if (must && note(&h->waits, it) == 0) {
		list_add(&h->waits.list, it);
		h->waits.n++;
	} else if (it->kind == WAIT_ASK) {
		free(it);
		if (must)
			grant_failed(h, g, ENOMEM);
		else
			grant_try(h, g);
	} else {
		list_add(done, it);
		r = must ? -1 : it->kind == WAIT_LOOK ?
		    hints_look(h, it->path, it->said, NULL) :
		    hints_mv(h, it->path, it->path2, it->live);
		if (r == -1) {
			h->failed = errno;
			h->undone = true;
		}
	}
}

/* One pass over all that wait, in their order. */
static void
pass(struct hints *h)
{
	struct waits *w = &h->waits;
	struct wait_list done = { NULL, NULL };
	struct wait *it;

	w->pass = w->list;
	w->list.first = w->list.last = NULL;
	w->n = 0;
	for (it = w->pass.first; it != NULL; it = it->next)
		forget(w, it);
	h->undone = false;
	while ((it = w->pass.first) != NULL) {
		list_del(&w->pass, it);
		run(h, it, &done);
	}
	if (hints_commit(h) == 0 && !h->undone) {
		list_free(&done);
		return;
	}
	/* What was done is undone: once more, in a while. */
	while ((it = done.first) != NULL) {
		list_del(&done, it);
		if (add(w, it) == 0)
			w->retry = true;
	}
}

/* Passes until nothing ended meanwhile. */
static void
wake(struct hints *h)
{
	struct waits *w = &h->waits;

	if (w->waking) {
		w->again = true;
		return;
	}
	w->waking = true;
	do {
		w->again = false;
		pass(h);
	} while (w->again && w->n > 0);
	w->waking = false;
}

void
waits_wake(struct hints *h, const char *path)
{
	struct waits *w = &h->waits;

	if (w->waking || paths_meet(w->queued, path) ||
	    paths_meet(w->looks, path))
		wake(h);
}

void
waits_retry(struct hints *h)
{
	h->waits.retry = false;
	if (h->waits.n > 0)
		wake(h);
}
