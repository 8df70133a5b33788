/* What the reader was last told, as far as it is remembered. */
#include "watchseen.h"

/* Mix a number into a hash: the finalizer of splitmix64. */
static uint64_t
mix(uint64_t h, uint64_t n)
{
	h = (h ^ n) + 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* The key of a path in this epoch; never 0, which is an empty entry. */
static uint64_t
key_of(const struct rask_seen *s, unsigned tree, const char *path)
{
	uint64_t h = s->seed ^ 14695981039346656037u;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 1099511628211u;
	h = mix(mix(h, s->epoch), tree);
	return h ? h : 1;
}

void
rask_seen_forget(struct rask_seen *s)
{
	s->epoch++;
	s->lost = true;
}

void
rask_seen_set(struct rask_seen *s, unsigned tree, const char *path,
    uint64_t value)
{
	uint64_t key = key_of(s, tree, path);
	unsigned i = key & (RASK_SEEN_SETS - 1);

	if (s->set[i][0].key != key) {
		if (s->set[i][1].key != key &&
		    s->set[i][1].value == RASK_SEEN_KNOWN)
			s->lost = true;
		s->set[i][1] = s->set[i][0];
	}
	s->set[i][0].key = key;
	s->set[i][0].value = value;
}

uint64_t
rask_seen_get(const struct rask_seen *s, unsigned tree, const char *path)
{
	uint64_t key = key_of(s, tree, path);
	unsigned i = key & (RASK_SEEN_SETS - 1);

	if (s->set[i][0].key == key)
		return s->set[i][0].value;
	if (s->set[i][1].key == key)
		return s->set[i][1].value;
	return RASK_SEEN_UNKNOWN;
}

void
rask_seen_born(struct rask_seen *s, unsigned tree, const char *path)
{
	uint64_t v = rask_seen_get(s, tree, path);

	if (v == RASK_SEEN_GONE || (v == RASK_SEEN_UNKNOWN && !s->lost))
		rask_seen_set(s, tree, path, RASK_SEEN_FRESH);
}

void
rask_seen_died(struct rask_seen *s, unsigned tree, const char *path)
{
	if (rask_seen_get(s, tree, path) == RASK_SEEN_UNKNOWN)
		rask_seen_set(s, tree, path, RASK_SEEN_KNOWN);
}

void
rask_seen_level(struct rask_seen *s)
{
	s->lost = false;
}

uint64_t
rask_seen_value(const struct rask_seen *s, const uint64_t *state, unsigned n)
{
	uint64_t h = s->seed;

	while (n-- > 0)
		h = mix(h, *state++);
	return h < RASK_SEEN_VALUE ? RASK_SEEN_VALUE : h;
}
