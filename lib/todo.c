/*
 * The set of paths still to be told.  Three lanes are lists in order; one
 * hash table finds the latest PATH, SCAN or DEEP item of a path.  An item that
 * waits before the latest mv is not found for folding (its num is too low),
 * which keeps every fold on its side of every mv without comparing paths.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "todo.h"

#define SLOTS	1024	/* to begin with, a power of two */

struct rask_todo {
	struct rask_todo_item lane[RASK_LANES];	/* list heads */
	struct rask_todo_item **slot;		/* hash chains */
	size_t slots;				/* a power of two */
	size_t count;				/* items that wait */
	size_t limit;				/* beyond this they fold */
	uint64_t num;				/* the latest given */
	uint64_t last_mv;			/* num of the latest mv */
	uint64_t lost;				/* forgotten since asked */
};

/* FNV-1a over tree and path. */
static uint32_t
hash_of(unsigned tree, const char *path)
{
	uint32_t h = 2166136261u ^ tree;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

struct rask_todo *
rask_todo_new(size_t limit)
{
	struct rask_todo *t;
	int i;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->slot = calloc(SLOTS, sizeof(*t->slot))) == NULL) {
		free(t);
		return NULL;
	}
	t->slots = SLOTS;
	t->limit = limit;
	for (i = 0; i < RASK_LANES; i++)
		t->lane[i].next = t->lane[i].prev = &t->lane[i];
	return t;
}

void
rask_todo_free(struct rask_todo *t)
{
	struct rask_todo_item *it;
	int i;

	if (t == NULL)
		return;
	for (i = 0; i < RASK_LANES; i++)
		while ((it = rask_todo_first(t, i)) != NULL) {
			rask_todo_take(t, it);
			rask_todo_drop(it);
		}
	free(t->slot);
	free(t);
}

void
rask_todo_drop(struct rask_todo_item *it)
{
	free(it);
}

/* Twice the slots; without memory the chains just get longer. */
static void
grow(struct rask_todo *t)
{
	struct rask_todo_item **slot, *it, *next;
	size_t i, n = t->slots * 2;

	if ((slot = calloc(n, sizeof(*slot))) == NULL)
		return;
	for (i = 0; i < t->slots; i++)
		for (it = t->slot[i]; it != NULL; it = next) {
			next = it->hnext;
			it->hnext = slot[it->hash & (n - 1)];
			slot[it->hash & (n - 1)] = it;
		}
	free(t->slot);
	t->slot = slot;
	t->slots = n;
}

/* The item that a change of this path folds into, if there is one. */
static struct rask_todo_item *
find(const struct rask_todo *t, unsigned tree, const char *path, bool walk)
{
	struct rask_todo_item *it;
	uint32_t h = hash_of(tree, path);

	for (it = t->slot[h & (t->slots - 1)]; it != NULL; it = it->hnext)
		if (it->hash == h && it->tree == tree &&
		    it->num > t->last_mv && strcmp(it->path, path) == 0 &&
		    (it->kind == RASK_TODO_PATH) == !walk)
			break;
	return it;
}

/* Put an item into the list before or after `at`, and count it. */
static void
link_item(struct rask_todo *t, struct rask_todo_item *it,
    struct rask_todo_item *prev)
{
	it->prev = prev;
	it->next = prev->next;
	prev->next->prev = it;
	prev->next = it;
	if (it->kind != RASK_TODO_MV) {
		if (t->count >= t->slots)
			grow(t);
		it->hnext = t->slot[it->hash & (t->slots - 1)];
		t->slot[it->hash & (t->slots - 1)] = it;
	}
	t->count++;
}

/* A new item at the end of its lane. */
static int
append(struct rask_todo *t, enum rask_lane lane, enum rask_todo_kind kind,
    enum rask_op op, unsigned tree, const char *path, const char *path2,
    int64_t now)
{
	struct rask_todo_item *it;
	size_t n = strlen(path) + 1, n2 = path2 ? strlen(path2) + 1 : 0;
	char *s;

	if ((it = malloc(sizeof(*it) + n + n2)) == NULL)
		return -1;
	memset(it, 0, sizeof(*it));
	s = (char *)(it + 1);
	memcpy(s, path, n);
	it->path = s;
	if (path2 != NULL) {
		memcpy(s + n, path2, n2);
		it->path2 = s + n;
	}
	it->kind = kind;
	it->lane = lane;
	it->op = op;
	it->tree = tree;
	it->since = now;
	it->num = ++t->num;
	it->hash = hash_of(tree, path);
	link_item(t, it, t->lane[lane].prev);
	return 0;
}

/* Move an item to the end of a lane, as the latest change. */
static void
requeue(struct rask_todo *t, struct rask_todo_item *it, enum rask_lane lane)
{
	rask_todo_take(t, it);
	it->lane = lane;
	it->num = ++t->num;
	link_item(t, it, t->lane[lane].prev);
}

/* Does the order of this operation matter to other paths? */
static bool
ordered(enum rask_op op)
{
	return op != RASK_OP_PUT && op != RASK_OP_SYMLINK;
}

/* An item becomes a walk of the directory that it is in. */
static int
fold_up(struct rask_todo *t, struct rask_todo_item *it)
{
	char dir[RASK_PATH_MAX + 1];
	size_t n = rask_path_dirlen(it->path);

	memcpy(dir, it->path, n);
	dir[n] = '\0';
	return rask_todo_walk(t, RASK_TODO_SCAN, it->tree, dir, it->since);
}

/* Everything becomes one walk of each tree; what was gone is forgotten. */
static int
fold_all(struct rask_todo *t)
{
	struct rask_todo_item *it, *next;
	int i;

	for (i = 0; i < RASK_LANES; i++)
		for (it = t->lane[i].next; it != &t->lane[i]; it = next) {
			next = it->next;
			if (it->kind == RASK_TODO_DEEP && it->path[0] == '\0')
				continue;
			if (it->kind == RASK_TODO_MV ||
			    it->op == RASK_OP_DEL)
				t->lost++;
			if (rask_todo_walk(t, RASK_TODO_DEEP, it->tree, "",
			    it->since) == -1)
				return -1;
			next = it->next;
			if (it->kind == RASK_TODO_DEEP && it->path[0] == '\0')
				continue;	/* it has just become that */
			rask_todo_take(t, it);
			rask_todo_drop(it);
		}
	return 0;
}

/*
 * Too many wait: what can be found again by a walk becomes a walk of its
 * directory; if deletes, renames and directories alone are too many, all
 * becomes one walk.
 */
static int
fold(struct rask_todo *t)
{
	struct rask_todo_item *it, *next;
	int i;

	for (i = 0; i < RASK_LANES; i++)
		for (it = t->lane[i].next; it != &t->lane[i]; it = next) {
			next = it->next;
			if (it->kind != RASK_TODO_PATH ||
			    it->op == RASK_OP_DEL)
				continue;
			if (fold_up(t, it) == -1)
				return -1;
			next = it->next;
			rask_todo_take(t, it);
			rask_todo_drop(it);
		}
	return t->count > t->limit / 2 ? fold_all(t) : 0;
}

int
rask_todo_add(struct rask_todo *t, enum rask_lane lane, enum rask_op op,
    unsigned tree, const char *path, const char *path2, int64_t now)
{
	struct rask_todo_item *it;

	if (t->count >= t->limit && fold(t) == -1)
		return -1;
	if (op == RASK_OP_MV) {
		if (append(t, lane, RASK_TODO_MV, op, tree, path, path2,
		    now) == -1)
			return -1;
		t->last_mv = t->num;
		return 0;
	}
	if ((it = find(t, tree, path, false)) == NULL)
		return append(t, lane, RASK_TODO_PATH, op, tree, path, NULL,
		    now);
	if (lane == RASK_LANE_BACK)
		return 0;
	if (it->lane == RASK_LANE_BACK || ordered(op) || ordered(it->op)) {
		it->since = it->lane == RASK_LANE_BACK ? now : it->since;
		requeue(t, it, lane);
	}
	it->op = op;
	return 0;
}

int
rask_todo_walk(struct rask_todo *t, enum rask_todo_kind kind, unsigned tree,
    const char *path, int64_t now)
{
	struct rask_todo_item *it;

	if ((it = find(t, tree, path, true)) == NULL)
		return append(t, RASK_LANE_BACK, kind, RASK_OP_MKDIR, tree,
		    path, NULL, now);
	if (kind == RASK_TODO_DEEP)
		it->kind = kind;
	return 0;
}

struct rask_todo_item *
rask_todo_first(struct rask_todo *t, enum rask_lane lane)
{
	struct rask_todo_item *it = t->lane[lane].next;

	return it == &t->lane[lane] ? NULL : it;
}

void
rask_todo_take(struct rask_todo *t, struct rask_todo_item *it)
{
	struct rask_todo_item **p;

	it->prev->next = it->next;
	it->next->prev = it->prev;
	it->prev = it->next = NULL;
	t->count--;
	if (it->kind == RASK_TODO_MV)
		return;
	for (p = &t->slot[it->hash & (t->slots - 1)]; *p != it;
	    p = &(*p)->hnext)
		;
	*p = it->hnext;
	it->hnext = NULL;
}

/* Bring an item back behind `prev`, unless its path waits again. */
static void
bring_back(struct rask_todo *t, enum rask_lane lane,
    struct rask_todo_item *it, struct rask_todo_item *prev)
{
	if (it->kind == RASK_TODO_PATH &&
	    find(t, it->tree, it->path, false) != NULL) {
		rask_todo_drop(it);
		return;
	}
	it->lane = lane;
	link_item(t, it, prev);
}

void
rask_todo_back(struct rask_todo *t, enum rask_lane lane,
    struct rask_todo_item *it)
{
	bring_back(t, lane, it, &t->lane[lane]);
}

void
rask_todo_defer(struct rask_todo *t, enum rask_lane lane,
    struct rask_todo_item *it)
{
	bring_back(t, lane, it, t->lane[lane].prev);
}

size_t
rask_todo_count(const struct rask_todo *t)
{
	return t->count;
}

uint64_t
rask_todo_lost(struct rask_todo *t)
{
	uint64_t n = t->lost;

	t->lost = 0;
	return n;
}
