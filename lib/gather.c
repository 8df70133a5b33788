/*
 * The table of what changed.  A place's first 8 bits choose the shard, a table
 * of its own with open addressing; the bits behind them choose the slot, and
 * the next free one behind that is taken.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "gather.h"

#define SHARDS	256
#define FIRST	16	/* slots that a shard begins with, a power of 2 */

struct slot {
	uint64_t place;
	uint64_t pos;		/* in the feed; 0: the slot is free */
};

/* Always true: a quarter of the slots at least is free. */
struct shard {
	struct slot *slot;	/* owned; NULL while there are none */
	size_t slots;		/* a power of 2, or 0 */
	size_t count;		/* of them in use */
	unsigned shift;		/* of a place behind its shard: the slot */
};

struct rask_gather {
	struct shard shard[SHARDS];
	size_t count;		/* entries in all */
	size_t slots;		/* slots in all */
};

struct rask_gather *
rask_gather_new(void)
{
	return calloc(1, sizeof(struct rask_gather));
}

void
rask_gather_free(struct rask_gather *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < SHARDS; i++)
		free(g->shard[i].slot);
	free(g);
}

/* The shard that a place is in. */
static size_t
shard_of(uint64_t place)
{
	return place >> 56;
}

/* The slot where the search for a place begins. */
static size_t
home(const struct shard *s, uint64_t place)
{
	return (size_t)((place << 8) >> s->shift);
}

uint64_t
rask_gather_next(const struct rask_gather *g, uint64_t place,
    uint64_t *cursor)
{
	const struct shard *s = &g->shard[shard_of(place)];
	const struct slot *at;

	if (s->slots == 0)
		return 0;
	for (;;) {
		at = &s->slot[(home(s, place) + *cursor) & (s->slots - 1)];
		if (at->pos == 0)
			return 0;
		++*cursor;
		if (at->place == place)
			return at->pos;
	}
}

/*
 * The same in one shard.  Homes ascend with places, so that a prefix's entries
 * are between its first home and the first free slot behind its last one.
 */
static uint64_t
below(const struct shard *s, uint64_t rest, uint64_t place,
    uint64_t *cursor, uint64_t *at)
{
	const struct slot *slot;
	size_t first, span;

	if (s->slots == 0)
		return 0;
	first = home(s, place & ~rest);
	span = home(s, place | rest) - first;
	while (*cursor < s->slots) {
		slot = &s->slot[(first + *cursor) & (s->slots - 1)];
		if (slot->pos == 0 && *cursor > span)
			return 0;
		++*cursor;
		if (slot->pos != 0 && ((slot->place ^ place) & ~rest) == 0) {
			*at = slot->place;
			return slot->pos;
		}
	}
	return 0;
}

/* The cursor's upper 16 bits count shards. */
uint64_t
rask_gather_below(const struct rask_gather *g, unsigned depth,
    uint64_t place, uint64_t *cursor, uint64_t *at)
{
	uint64_t rest = depth == 64 ? 0 : UINT64_MAX >> depth, pos, in;
	size_t first = shard_of(place & ~rest), n = *cursor >> 48;

	for (; first + n <= shard_of(place | rest); n++) {
		in = *cursor & (UINT64_MAX >> 16);
		pos = below(&g->shard[first + n], rest, place, &in, at);
		*cursor = (uint64_t)n << 48 | in;
		if (pos != 0)
			return pos;
		*cursor = (uint64_t)(n + 1) << 48;
	}
	return 0;
}

/* Put an entry into the first free slot for it. */
static void
put(struct shard *s, uint64_t place, uint64_t pos)
{
	size_t i = home(s, place);

	while (s->slot[i].pos != 0)
		i = (i + 1) & (s->slots - 1);
	s->slot[i].place = place;
	s->slot[i].pos = pos;
}

int
rask_gather_room(struct rask_gather *g, uint64_t place)
{
	struct shard *s = &g->shard[shard_of(place)], new = *s;
	size_t i;

	if (s->count + 1 <= s->slots / 4 * 3)
		return 0;
	new.slots = s->slots ? s->slots * 2 : FIRST;
	if ((new.slot = calloc(new.slots, sizeof(*new.slot))) == NULL)
		return -1;
	for (new.shift = 64, i = new.slots; i > 1; i /= 2)
		new.shift--;
	for (i = 0; i < s->slots; i++)
		if (s->slot[i].pos != 0)
			put(&new, s->slot[i].place, s->slot[i].pos);
	g->slots += new.slots - s->slots;
	free(s->slot);
	*s = new;
	return 0;
}

void
rask_gather_add(struct rask_gather *g, uint64_t place, uint64_t pos)
{
	struct shard *s = &g->shard[shard_of(place)];

	put(s, place, pos);
	s->count++;
	g->count++;
}

/*
 * Free a slot, and close the gap: what stands behind it, up to the next free
 * one, moves into it unless its search begins behind it.
 */
static void
take_out(struct shard *s, size_t gap)
{
	size_t mask = s->slots - 1, i = gap;

	for (;;) {
		i = (i + 1) & mask;
		if (s->slot[i].pos == 0)
			break;
		if (((i - home(s, s->slot[i].place)) & mask) <
		    ((i - gap) & mask))
			continue;
		s->slot[gap] = s->slot[i];
		gap = i;
	}
	s->slot[gap].pos = 0;
	s->count--;
}

void
rask_gather_move(struct rask_gather *g, uint64_t place, uint64_t from,
    uint64_t to)
{
	struct shard *s = &g->shard[shard_of(place)];
	size_t i;

	if (s->slots == 0)
		return;
	for (i = home(s, place); s->slot[i].pos != 0;
	    i = (i + 1) & (s->slots - 1)) {
		if (s->slot[i].place != place || s->slot[i].pos != from)
			continue;
		s->slot[i].pos = to;
		if (to == 0) {
			take_out(s, i);
			g->count--;
		}
		return;
	}
}

size_t
rask_gather_count(const struct rask_gather *g)
{
	return g->count;
}

size_t
rask_gather_bytes(const struct rask_gather *g)
{
	return sizeof(*g) + g->slots * sizeof(struct slot);
}
