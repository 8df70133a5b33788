/* lib/gather.h: what changed is found by its place, as in a plain list. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/gather.h"
#include "unit.h"

#define MODEL	600	/* entries of the model */

/* The model: every entry, in any order. */
struct model {
	uint64_t place[MODEL], pos[MODEL];
	size_t n;
};

/*
 * A place of no history: of few shards, and often one that was there; the
 * last slots of a shard as often as others, so that searches wrap around.
 */
static uint64_t
draw_place(uint64_t *seed)
{
	uint64_t place = (uint64_t)unit_below(seed, 3) << 56;

	switch (unit_below(seed, 4)) {
	case 0:
		return place | unit_below(seed, 5);
	case 1:
		return place | UINT64_C(0xffffffffffff00) | unit_below(seed, 5);
	case 2:
		return unit_random(seed);
	default:
		return place | unit_random(seed) >> 8;
	}
}

/* Everything that the table says of a place is in the model, once. */
static bool
agrees(const struct rask_gather *g, const struct model *m, uint64_t place)
{
	uint64_t cursor = 0, pos, seen[MODEL];
	size_t i, n = 0, want = 0;

	while ((pos = rask_gather_next(g, place, &cursor)) != 0) {
		for (i = 0; i < n; i++)
			if (seen[i] == pos)
				return false;
		for (i = 0; i < m->n; i++)
			if (m->place[i] == place && m->pos[i] == pos)
				break;
		if (i == m->n || n == MODEL)
			return false;
		seen[n++] = pos;
	}
	for (i = 0; i < m->n; i++)
		want += m->place[i] == place;
	return n == want;
}

/* Add one, or do something to one that is there. */
static void
step(uint64_t *seed, struct rask_gather *g, struct model *m, uint64_t pos,
    size_t most)
{
	size_t i;

	if (m->n == 0 || (m->n < most && unit_below(seed, 3) > 0)) {
		i = m->n++;
		m->place[i] = i > 0 && unit_below(seed, 4) == 0 ?
		    m->place[unit_below(seed, i)] : draw_place(seed);
		m->pos[i] = pos;
		CHECK(rask_gather_room(g, m->place[i]) == 0);
		rask_gather_add(g, m->place[i], pos);
		return;
	}
	i = unit_below(seed, m->n);
	if (unit_below(seed, 2)) {
		rask_gather_move(g, m->place[i], m->pos[i], pos);
		m->pos[i] = pos;
		return;
	}
	rask_gather_move(g, m->place[i], m->pos[i], 0);
	m->place[i] = m->place[--m->n];
	m->pos[i] = m->pos[m->n];
}

static void
test_model(void)
{
	struct rask_gather *g;
	uint64_t seed = 1, from, pos;
	struct model m;
	size_t i;
	int round;

	for (round = 0; round < 300; round++) {
		from = seed;
		m.n = 0;
		CHECK((g = rask_gather_new()) != NULL);
		for (pos = 1; pos < 1000; pos++) {
			step(&seed, g, &m, pos, round % 3 ? 40 : MODEL);
			CHECK_SEED(from, rask_gather_count(g) == m.n);
			if (m.n > 0)
				CHECK_SEED(from, agrees(g, &m,
				    m.place[unit_below(&seed, m.n)]));
			CHECK_SEED(from, agrees(g, &m, draw_place(&seed)));
		}
		for (i = 0; i < m.n; i++)
			CHECK_SEED(from, agrees(g, &m, m.place[i]));
		while (m.n > 0) {
			m.n--;
			rask_gather_move(g, m.place[m.n], m.pos[m.n], 0);
			CHECK_SEED(from, agrees(g, &m, m.place[m.n]));
		}
		CHECK_SEED(from, rask_gather_count(g) == 0);
		rask_gather_free(g);
	}
}

static void
test_unknown(void)
{
	struct rask_gather *g = rask_gather_new();
	uint64_t cursor = 0;

	CHECK(g != NULL && rask_gather_next(g, 5, &cursor) == 0);
	rask_gather_move(g, 5, 1, 2);
	CHECK(rask_gather_room(g, 5) == 0);
	rask_gather_move(g, 5, 1, 2);
	rask_gather_add(g, 5, 1);
	rask_gather_move(g, 5, 3, 2);
	rask_gather_move(g, 6, 1, 2);
	CHECK(rask_gather_count(g) == 1);
	CHECK(rask_gather_next(g, 5, &cursor) == 1);
	CHECK(rask_gather_next(g, 5, &cursor) == 0);
	rask_gather_free(g);
	rask_gather_free(NULL);
}

/* Room that was made stays, and the memory is what was said. */
static void
test_bytes(void)
{
	struct rask_gather *g = rask_gather_new();
	uint64_t seed = 1, place;
	size_t before, i, most = 0;

	CHECK(g != NULL);
	for (i = 1; i <= 1000000; i++) {
		place = unit_random(&seed);
		before = rask_gather_bytes(g);
		CHECK(rask_gather_room(g, place) == 0);
		if (rask_gather_bytes(g) - before > most)
			most = rask_gather_bytes(g) - before;
		before = rask_gather_bytes(g);
		rask_gather_add(g, place, i);
		CHECK(rask_gather_bytes(g) == before);
	}
	CHECK(rask_gather_count(g) == 1000000);
	CHECK(rask_gather_bytes(g) <= 1000000 * 16 * 8 / 3 + 65536);
	CHECK(most <= 16 * 8192);	/* of slots, grown at a time */
	rask_gather_free(g);
}

static const struct unit tests[] = {
	{ "the table has what was added and not taken out, and no more",
	    test_model },
	{ "what is not there is not found, moved or taken out",
	    test_unknown },
	{ "it takes three slots for one entry at the most, and grows by a "
	    "little at a time", test_bytes },
};

UNIT_MAIN(tests)
