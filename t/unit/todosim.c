/*
 * lib/todo.h, as a whole: a tree changes, each change is noted, and a copy is
 * made of whatever is there when an item's turn comes.
 */
#include <stdlib.h>
#include <string.h>

#include "../../lib/path.h"
#include "../../lib/todo.h"
#include "unit.h"

/* Names a to c, three deep. */
enum { PATHS = 39, NONE = 0, DIRECTORY = 1 };

struct tree {
	unsigned is[PATHS];	/* NONE, DIRECTORY, or a file's content */
};

struct world {
	char name[PATHS][8];	/* the paths that there may be */
	struct tree here;	/* changes */
	struct tree there;	/* the copy */
	struct rask_todo *todo;
	unsigned contents;	/* made so far */
	uint64_t lost;		/* as the set counts */
	uint64_t seed;
};

/* All paths, parents first. */
static void
name_all(struct world *w)
{
	size_t i, n = 0, parent;

	for (i = 0; i < 3; i++)
		snprintf(w->name[n++], 8, "%c", (char)('a' + i));
	for (parent = 0; parent < 12; parent++)
		for (i = 0; i < 3; i++)
			snprintf(w->name[n++], 8, "%.3s/%c",
			    w->name[parent], (char)('a' + i));
	CHECK(n == PATHS);
}

/* The number of a path of n bytes; PATHS if there is no such. */
static size_t
number(const struct world *w, const char *path, size_t n)
{
	size_t i;

	for (i = 0; i < PATHS; i++)
		if (strlen(w->name[i]) == n && memcmp(w->name[i], path, n) == 0)
			break;
	return i;
}

/* Is path i the same as path, or below it? */
static bool
within(const struct world *w, size_t i, const char *path)
{
	enum rask_rel rel = rask_path_rel(w->name[i], path);

	return rel == RASK_REL_SAME || rel == RASK_REL_BELOW;
}

/* Empty a tree from path on. */
static void
prune(const struct world *w, struct tree *t, const char *path)
{
	size_t i;

	for (i = 0; i < PATHS; i++)
		if (within(w, i, path))
			t->is[i] = NONE;
}

/* Where path i comes to be when `from` becomes `to`; PATHS if too deep. */
static size_t
moved(const struct world *w, size_t i, const char *from, const char *to)
{
	char path[32];

	snprintf(path, sizeof(path), "%s%s", to, w->name[i] + strlen(from));
	return number(w, path, strlen(path));
}

/* Is what lies at from, in one tree, what lies at to in the other? */
static bool
equal(const struct world *w, const struct tree *x, const char *from,
    const struct tree *y, const char *to)
{
	size_t i, j;

	for (i = 0; i < PATHS; i++) {
		if (!within(w, i, from))
			continue;
		j = moved(w, i, from, to);
		if (x->is[i] != (j == PATHS ? NONE : y->is[j]))
			return false;
	}
	return true;
}

/* Rename in a tree; the target goes. */
static void
rename_in(const struct world *w, struct tree *t, const char *from,
    const char *to)
{
	struct tree old = *t;
	size_t i, j;

	prune(w, t, from);
	prune(w, t, to);
	for (i = 0; i < PATHS; i++)
		if (within(w, i, from) &&
		    (j = moved(w, i, from, to)) != PATHS)
			t->is[j] = old.is[i];
}

/* Copy path i as it is now, making its parents; what is gone goes. */
static void
copy(struct world *w, size_t i)
{
	size_t up, n = strlen(w->name[i]);

	if (w->here.is[i] == NONE || w->here.is[i] != DIRECTORY)
		prune(w, &w->there, w->name[i]);
	if (w->here.is[i] == NONE)
		return;
	for (up = 1; up < n; up += 2)
		w->there.is[number(w, w->name[i], up)] = DIRECTORY;
	w->there.is[i] = w->here.is[i];
}

/* Copy what exists in a directory, or in all that is below it. */
static void
walk(struct world *w, const char *path, bool deep)
{
	size_t i, n = strlen(path);

	for (i = 0; i < PATHS; i++)
		if (w->here.is[i] != NONE &&
		    rask_path_rel(path, w->name[i]) == RASK_REL_ABOVE &&
		    (deep || rask_path_dirlen(w->name[i]) == n))
			copy(w, i);
}

/* Do what an item asks for. */
static void
perform(struct world *w, const struct rask_todo_item *it)
{
	size_t i;

	switch (it->kind) {
	case RASK_TODO_PATH:
		copy(w, number(w, it->path, strlen(it->path)));
		break;
	case RASK_TODO_MV:
		/* A rename is a short cut where the copy has the same. */
		if (equal(w, &w->there, it->path, &w->here, it->path2)) {
			i = number(w, it->path2, strlen(it->path2));
			rename_in(w, &w->there, it->path, it->path2);
			copy(w, i);
			break;
		}
		prune(w, &w->there, it->path);
		copy(w, number(w, it->path, strlen(it->path)));
		walk(w, it->path, true);
		copy(w, number(w, it->path2, strlen(it->path2)));
		walk(w, it->path2, true);
		break;
	case RASK_TODO_SCAN:
	case RASK_TODO_DEEP:
		walk(w, it->path, it->kind == RASK_TODO_DEEP);
		break;
	}
}

/* Take the next item and do it, or bring it back. */
static bool
drain_one(struct world *w, bool may_fail)
{
	struct rask_todo_item *it = NULL;
	int lane;

	for (lane = 0; lane < RASK_LANES && it == NULL; lane++)
		it = rask_todo_first(w->todo, (enum rask_lane)lane);
	if (it == NULL)
		return false;
	rask_todo_take(w->todo, it);
	if (may_fail && unit_below(&w->seed, 8) == 0) {
		rask_todo_back(w->todo, it->lane, it);
		return true;
	}
	perform(w, it);
	rask_todo_drop(it);
	return true;
}

/* Note a change. */
static void
tell(struct world *w, enum rask_op op, size_t i, const char *to)
{
	enum rask_lane lane = op == RASK_OP_PUT && unit_below(&w->seed, 3) == 0
	    ? RASK_LANE_BULK : RASK_LANE_LIVE;

	CHECK(rask_todo_add(w->todo, lane, op, 0, w->name[i], to, 0) == 0);
	w->lost += rask_todo_lost(w->todo);
}

/* May there be something at path i: is its parent a directory? */
static bool
may_be(const struct world *w, size_t i)
{
	size_t up = rask_path_dirlen(w->name[i]);

	return up == 0 ||
	    w->here.is[number(w, w->name[i], up)] == DIRECTORY;
}

/* Is anything below path i? */
static bool
has_below(const struct world *w, size_t i)
{
	size_t j;

	for (j = 0; j < PATHS; j++)
		if (w->here.is[j] != NONE &&
		    rask_path_rel(w->name[j], w->name[i]) == RASK_REL_BELOW)
			return true;
	return false;
}

/* Rename as rename(2) would, if it would. */
static void
try_rename(struct world *w, size_t i, size_t j)
{
	bool dir = w->here.is[i] == DIRECTORY;

	if (w->here.is[i] == NONE || !may_be(w, j) ||
	    rask_path_meet(w->name[i], w->name[j]) || has_below(w, j) ||
	    (w->here.is[j] != NONE && dir != (w->here.is[j] == DIRECTORY)) ||
	    (dir && strlen(w->name[j]) > strlen(w->name[i])))
		return;
	rename_in(w, &w->here, w->name[i], w->name[j]);
	tell(w, RASK_OP_MV, i, w->name[j]);
}

/* Something happens in the tree. */
static void
change(struct world *w)
{
	size_t i = unit_below(&w->seed, PATHS);
	unsigned *is = &w->here.is[i];

	switch (unit_below(&w->seed, 4)) {
	case 0:
		try_rename(w, i, unit_below(&w->seed, PATHS));
		break;
	case 1:
		if (*is == NONE || has_below(w, i))
			break;
		*is = NONE;
		tell(w, RASK_OP_DEL, i, NULL);
		break;
	case 2:
		if (*is != NONE || !may_be(w, i))
			break;
		*is = DIRECTORY;
		tell(w, RASK_OP_MKDIR, i, NULL);
		break;
	default:
		if (*is == DIRECTORY || !may_be(w, i))
			break;
		*is = ++w->contents;
		tell(w, RASK_OP_PUT, i, NULL);
	}
}

/* Change and copy for a while, then copy all; the limit folds. */
static void
live(struct world *w, uint64_t seed, size_t limit)
{
	int step;

	memset(w, 0, sizeof(*w));
	name_all(w);
	w->seed = seed;
	w->contents = DIRECTORY;
	CHECK((w->todo = rask_todo_new(limit)) != NULL);
	for (step = 0; step < 300; step++) {
		change(w);
		CHECK_SEED(seed, rask_todo_count(w->todo) <= limit + 1);
		if (unit_below(&w->seed, 6) == 0)
			drain_one(w, true);
	}
	while (drain_one(w, false))
		;
	w->lost += rask_todo_lost(w->todo);
	rask_todo_free(w->todo);
}

/* Live many lives with a limit; does the copy become the tree? */
static void
lives(size_t limit)
{
	struct world w;
	uint64_t seed;
	size_t i;

	for (seed = 1; seed <= 1000; seed++) {
		live(&w, seed, limit);
		for (i = 0; i < PATHS; i++)
			CHECK_SEED(seed, w.here.is[i] == w.there.is[i] ||
			    (w.lost > 0 && w.here.is[i] == NONE));
	}
}

static void
test_plenty(void)
{
	lives(1000000);
}

static void
test_folding(void)
{
	lives(20);
}

static void
test_tight(void)
{
	lives(6);
}

static const struct unit tests[] = {
	{ "a copy by what is noted becomes the tree", test_plenty },
	{ "it still does when paths fold into directories", test_folding },
	{ "it lacks nothing when deletes are forgotten too", test_tight },
};

UNIT_MAIN(tests)
