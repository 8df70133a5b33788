/* lib/todo.h: the set of paths to be told, against a naive model of it. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/todo.h"
#include "unit.h"

enum { MOST = 400 };

/* What the model knows of an item. */
struct note {
	enum rask_todo_kind kind;
	enum rask_op op;
	unsigned tree;
	char path[8], path2[8];
	bool fixed;		/* an mv came later: nothing folds into it */
};

/* Each lane is an array in order. */
struct model {
	struct note lane[RASK_LANES][MOST];
	size_t n[RASK_LANES];
};

/* The place of what a change of this path folds into, or NULL. */
static struct note *
m_find(struct model *m, unsigned tree, const char *path, bool walk,
    enum rask_lane *lane)
{
	struct note *it;
	int l;

	for (l = 0; l < RASK_LANES; l++)
		for (it = m->lane[l]; it < m->lane[l] + m->n[l]; it++)
			if (!it->fixed && it->kind != RASK_TODO_MV &&
			    (it->kind != RASK_TODO_PATH) == walk &&
			    it->tree == tree && strcmp(it->path, path) == 0) {
				*lane = (enum rask_lane)l;
				return it;
			}
	return NULL;
}

/* Put a note in at place i of a lane. */
static void
m_insert(struct model *m, enum rask_lane lane, size_t i, struct note note)
{
	struct note *l = m->lane[lane];

	CHECK(m->n[lane] < MOST);
	memmove(l + i + 1, l + i, (m->n[lane]++ - i) * sizeof(*l));
	l[i] = note;
}

/* Take one out. */
static struct note
m_remove(struct model *m, enum rask_lane lane, struct note *it)
{
	struct note note = *it;

	memmove(it, it + 1, (size_t)(m->lane[lane] + --m->n[lane] - it) *
	    sizeof(*it));
	return note;
}

/* Does the order of this matter to other paths? */
static bool
matters(enum rask_op op)
{
	return op == RASK_OP_DEL || op == RASK_OP_MKDIR;
}

/* Note a change, as todo.h says. */
static void
m_add(struct model *m, enum rask_lane lane, struct note note)
{
	enum rask_lane at;
	struct note *it;
	int l;

	if (note.kind == RASK_TODO_MV) {
		for (l = 0; l < RASK_LANES; l++)
			for (it = m->lane[l]; it < m->lane[l] + m->n[l]; it++)
				it->fixed = true;
		m_insert(m, lane, m->n[lane], note);
		return;
	}
	it = m_find(m, note.tree, note.path, note.kind != RASK_TODO_PATH, &at);
	if (it == NULL) {
		m_insert(m, lane, m->n[lane], note);
	} else if (note.kind != RASK_TODO_PATH) {
		if (note.kind == RASK_TODO_DEEP)
			it->kind = RASK_TODO_DEEP;
	} else if (lane != RASK_LANE_BACK) {
		if (at == RASK_LANE_BACK || matters(it->op) ||
		    matters(note.op)) {
			m_remove(m, at, it);
			m_insert(m, lane, m->n[lane], note);
		} else {
			it->op = note.op;
		}
	}
}

/* Is it the item that the note tells of? */
static bool
same(const struct rask_todo_item *it, const struct note *n)
{
	if (it->kind != n->kind || it->tree != n->tree ||
	    strcmp(it->path, n->path) != 0)
		return false;
	if (it->kind == RASK_TODO_PATH && it->op != n->op)
		return false;
	return it->kind == RASK_TODO_MV ? strcmp(it->path2, n->path2) == 0 :
	    it->path2 == NULL;
}

/* Do set and model agree on how many wait and on the first of each lane? */
static void
agree(struct rask_todo *t, struct model *m, uint64_t seed)
{
	struct rask_todo_item *it;
	size_t sum = 0;
	int l;

	for (l = 0; l < RASK_LANES; l++) {
		it = rask_todo_first(t, (enum rask_lane)l);
		CHECK_SEED(seed, (it == NULL) == (m->n[l] == 0));
		CHECK_SEED(seed, it == NULL ||
		    (same(it, m->lane[l]) && it->lane == (enum rask_lane)l));
		sum += m->n[l];
	}
	CHECK_SEED(seed, rask_todo_count(t) == sum);
	CHECK_SEED(seed, rask_todo_lost(t) == 0);
}

/* Take the first of a lane from both; keep it, bring it back or drop it. */
static void
take(struct rask_todo *t, struct model *m, uint64_t *seed)
{
	enum rask_lane lane = (enum rask_lane)unit_below(seed, RASK_LANES);
	struct rask_todo_item *it = rask_todo_first(t, lane);
	enum rask_lane at;
	struct note note;

	if (it == NULL)
		return;
	rask_todo_take(t, it);
	note = m_remove(m, lane, m->lane[lane]);
	CHECK(same(it, &note));
	if (unit_below(seed, 3) > 0) {
		rask_todo_drop(it);
		return;
	}
	if (unit_random(seed) & 1 && note.kind == RASK_TODO_PATH) {
		/* Something happens to it before it comes back. */
		CHECK(rask_todo_add(t, RASK_LANE_LIVE, RASK_OP_PUT, note.tree,
		    note.path, NULL, 0) == 0);
		m_add(m, RASK_LANE_LIVE, (struct note){ RASK_TODO_PATH,
		    RASK_OP_PUT, note.tree, { note.path[0] }, "", false });
	}
	rask_todo_back(t, lane, it);
	if (note.kind != RASK_TODO_PATH ||
	    m_find(m, note.tree, note.path, false, &at) == NULL)
		m_insert(m, lane, 0, note);
}

/* Add any change or walk to both. */
static void
add(struct rask_todo *t, struct model *m, uint64_t *seed)
{
	struct note n = { RASK_TODO_PATH, RASK_OP_PUT, 0, "", "", false };
	enum rask_lane lane = (enum rask_lane)unit_below(seed, RASK_LANES);

	n.tree = (unsigned)unit_below(seed, 2);
	n.path[0] = (char)('a' + unit_below(seed, 6));
	if (unit_below(seed, 8) == 0) {
		n.kind = unit_random(seed) & 1 ? RASK_TODO_SCAN :
		    RASK_TODO_DEEP;
		n.op = RASK_OP_MKDIR;
		CHECK(rask_todo_walk(t, n.kind, n.tree, n.path, 0) == 0);
		m_add(m, RASK_LANE_BACK, n);
		return;
	}
	if (unit_below(seed, 12) == 0) {
		n.kind = RASK_TODO_MV;
		n.op = RASK_OP_MV;
		n.path2[0] = (char)('A' + unit_below(seed, 6));
		lane = RASK_LANE_LIVE;
	} else {
		n.op = (enum rask_op)(1 + unit_below(seed, RASK_OP_DEL));
	}
	CHECK(rask_todo_add(t, lane, n.op, n.tree, n.path,
	    n.kind == RASK_TODO_MV ? n.path2 : NULL, 0) == 0);
	m_add(m, lane, n);
}

static void
test_model(void)
{
	struct rask_todo *t;
	struct model *m;
	uint64_t seed, state;
	int step;

	CHECK((m = malloc(sizeof(*m))) != NULL);
	for (seed = 1; seed <= 500; seed++) {
		memset(m, 0, sizeof(*m));
		state = seed;
		CHECK((t = rask_todo_new(1000000)) != NULL);
		for (step = 0; step < 400; step++) {
			if (unit_below(&state, 5) < 3)
				add(t, m, &state);
			else
				take(t, m, &state);
			agree(t, m, seed);
		}
		rask_todo_free(t);
	}
	free(m);
}

/* A new set, with some live changes "0", "1", ... */
static struct rask_todo *
filled(size_t limit, unsigned n, enum rask_op op)
{
	struct rask_todo *t = rask_todo_new(limit);
	char path[16];
	unsigned i;

	CHECK(t != NULL);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%u/%u", i % 2, i);
		CHECK(rask_todo_add(t, RASK_LANE_LIVE, op, 0, path, NULL,
		    i) == 0);
	}
	return t;
}

static void
test_since(void)
{
	struct rask_todo *t = filled(10, 1, RASK_OP_PUT);

	CHECK(rask_todo_add(t, RASK_LANE_LIVE, RASK_OP_PUT, 0, "0/0", NULL,
	    77) == 0);
	CHECK(rask_todo_add(t, RASK_LANE_LIVE, RASK_OP_DEL, 0, "0/0", NULL,
	    78) == 0);
	CHECK(rask_todo_count(t) == 1);
	CHECK(rask_todo_first(t, RASK_LANE_LIVE)->since == 0);
	CHECK(rask_todo_first(t, RASK_LANE_LIVE)->op == RASK_OP_DEL);
	rask_todo_free(t);
}

static void
test_folds(void)
{
	struct rask_todo *t = filled(100, 1000, RASK_OP_PUT);
	struct rask_todo_item *it;
	unsigned seen = 0;

	CHECK(rask_todo_count(t) <= 100);
	CHECK(rask_todo_lost(t) == 0);
	while ((it = rask_todo_first(t, RASK_LANE_BACK)) != NULL) {
		CHECK(it->kind == RASK_TODO_SCAN);
		CHECK(strcmp(it->path, "0") == 0 || strcmp(it->path, "1") == 0);
		seen |= 1u << (it->path[0] - '0');
		rask_todo_take(t, it);
		rask_todo_drop(it);
	}
	CHECK(seen == 3);
	rask_todo_free(t);
}

static void
test_lost(void)
{
	struct rask_todo *t = filled(100, 100, RASK_OP_DEL);
	struct rask_todo_item *it;

	CHECK(rask_todo_lost(t) == 0);
	CHECK(rask_todo_add(t, RASK_LANE_LIVE, RASK_OP_MV, 0, "x", "y",
	    0) == 0);
	CHECK(rask_todo_lost(t) == 100);
	CHECK(rask_todo_lost(t) == 0);
	CHECK((it = rask_todo_first(t, RASK_LANE_BACK)) != NULL);
	CHECK(it->kind == RASK_TODO_DEEP && it->path[0] == '\0');
	CHECK((it = rask_todo_first(t, RASK_LANE_LIVE)) != NULL);
	CHECK(it->kind == RASK_TODO_MV);
	rask_todo_free(t);
}

static void
test_free(void)
{
	rask_todo_free(NULL);
	rask_todo_drop(NULL);
	rask_todo_free(filled(100, 5000, RASK_OP_MKDIR));
}

static const struct unit tests[] = {
	{ "lanes, folding, order and what comes back are as in the model",
	    test_model },
	{ "an item keeps the time of its first change", test_since },
	{ "beyond the limit, paths fold into their directories", test_folds },
	{ "deletes and renames that folding forgets are counted", test_lost },
	{ "ending nothing does nothing", test_free },
};

UNIT_MAIN(tests)
