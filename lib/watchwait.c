/* Names that have to be looked at again. */
#include <stdlib.h>
#include <string.h>

#include "watchwait.h"

#define START	64	/* chains at first */
#define MS	INT64_C(1000000)

int
rask_waits_init(struct rask_waits *w, int64_t part)
{
	int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < RASK_WAIT_LEVELS; i++)
		w->level[i].next = w->level[i].prev = &w->level[i];
	w->delay[RASK_WAIT_SOON] = RASK_WAIT_MOVE;
	w->delay[RASK_WAIT_QUIET] = 500 * MS;
	w->delay[RASK_WAIT_PART] = part;
	for (i = RASK_WAIT_STEP; i < RASK_WAIT_LEVELS - 1; i++)
		w->delay[i] = 20 * MS << (i - RASK_WAIT_STEP);
	w->delay[i] = 10000 * MS;
	w->slots = START;
	return (w->slot = calloc(START, sizeof(*w->slot))) == NULL ? -1 : 0;
}

void
rask_waits_free(struct rask_waits *w)
{
	struct rask_wait *it, *next;
	int i;

	for (i = 0; w->slot != NULL && i < RASK_WAIT_LEVELS; i++)
		for (it = w->level[i].next; it != &w->level[i]; it = next) {
			next = it->next;
			free(it);
		}
	free(w->slot);
	memset(w, 0, sizeof(*w));
}

/* FNV-1a over a name, started by its directory. */
static uint32_t
hash_of(int wd, const char *name)
{
	uint32_t h = 2166136261u ^ (uint32_t)wd;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* Twice the chains; without memory they just get longer. */
static void
widen(struct rask_waits *w)
{
	struct rask_wait **slot, *it, *next;
	size_t i, n = w->slots * 2;

	if ((slot = calloc(n, sizeof(*slot))) == NULL)
		return;
	for (i = 0; i < w->slots; i++)
		for (it = w->slot[i]; it != NULL; it = next) {
			next = it->hnext;
			it->hnext = slot[it->hash & (n - 1)];
			slot[it->hash & (n - 1)] = it;
		}
	free(w->slot);
	w->slot = slot;
	w->slots = n;
}

struct rask_wait *
rask_wait_find(const struct rask_waits *w, int wd, const char *name)
{
	struct rask_wait *it;
	uint32_t h;

	if (w->count == 0)
		return NULL;
	h = hash_of(wd, name);
	for (it = w->slot[h & (w->slots - 1)]; it != NULL; it = it->hnext)
		if (it->hash == h && it->wd == wd &&
		    strcmp(it->name, name) == 0)
			break;
	return it;
}

/* Put a name at the end of the list of a level. */
static void
list_in(struct rask_waits *w, struct rask_wait *it, int level, int64_t now)
{
	struct rask_wait *head = &w->level[level];

	it->level = level;
	it->due = now + w->delay[level];
	it->next = head;
	it->prev = head->prev;
	it->prev->next = it;
	head->prev = it;
}

/* Take a name out of the list that it is in. */
static void
list_out(struct rask_wait *it)
{
	it->prev->next = it->next;
	it->next->prev = it->prev;
}

struct rask_wait *
rask_wait_add(struct rask_waits *w, int wd, const char *name, int level,
    int64_t now)
{
	size_t n = strlen(name) + 1;
	struct rask_wait *it, **to;

	if ((it = rask_wait_find(w, wd, name)) != NULL) {
		rask_wait_move(w, it, level, now);
		return it;
	}
	if ((it = calloc(1, sizeof(*it) + n)) == NULL)
		return NULL;
	if (w->count >= w->slots)
		widen(w);
	memcpy(it->name, name, n);
	it->wd = wd;
	it->hash = hash_of(wd, name);
	to = &w->slot[it->hash & (w->slots - 1)];
	it->hnext = *to;
	*to = it;
	list_in(w, it, level, now);
	w->count++;
	return it;
}

void
rask_wait_move(struct rask_waits *w, struct rask_wait *it, int level,
    int64_t now)
{
	list_out(it);
	list_in(w, it, level, now);
}

int
rask_wait_longer(int level)
{
	if (level < RASK_WAIT_STEP)
		return RASK_WAIT_STEP;
	return level < RASK_WAIT_LEVELS - 1 ? level + 1 : level;
}

void
rask_wait_drop(struct rask_waits *w, struct rask_wait *it)
{
	struct rask_wait **p;

	if (it == NULL)
		return;
	list_out(it);
	for (p = &w->slot[it->hash & (w->slots - 1)]; *p != it;
	    p = &(*p)->hnext)
		;
	*p = it->hnext;
	w->count--;
	free(it);
}

struct rask_wait *
rask_wait_due(const struct rask_waits *w, int64_t now)
{
	int i;

	for (i = 0; w->count > 0 && i < RASK_WAIT_LEVELS; i++)
		if (w->level[i].next != &w->level[i] &&
		    w->level[i].next->due <= now)
			return w->level[i].next;
	return NULL;
}

int64_t
rask_wait_next(const struct rask_waits *w)
{
	int64_t due = INT64_MAX;
	int i;

	for (i = 0; w->count > 0 && i < RASK_WAIT_LEVELS; i++)
		if (w->level[i].next != &w->level[i] &&
		    w->level[i].next->due < due)
			due = w->level[i].next->due;
	return due;
}

struct rask_wait *
rask_wait_oldest(const struct rask_waits *w)
{
	int i;

	for (i = RASK_WAIT_LEVELS - 1; i >= 0; i--)
		if (w->level[i].next != &w->level[i])
			return w->level[i].next;
	return NULL;
}
