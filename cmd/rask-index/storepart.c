/* What is known of all paths whose places have a prefix in common. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "storeint.h"
#include "wire.h"

/* Add an entry's bytes. */
static int
part_add(struct part *p, uint64_t place, const unsigned char *e, size_t len)
{
	unsigned char *to = rask_buf_room(&p->bytes, 10 + len);

	if (to == NULL)
		return -1;
	to = rask_wire_u16(rask_wire_u64(to, place), (uint16_t)len);
	memcpy(to, e, len);
	rask_buf_grew(&p->bytes, 10 + len);
	return 0;
}

/* Remember that the tables have something at this place. */
static int
part_seen(struct part *p, uint64_t place)
{
	size_t cap = p->cap == 0 ? 64 : p->cap * 2;
	uint64_t *v;

	if (p->n == p->cap) {
		if ((v = realloc(p->places, cap * sizeof(*v))) == NULL)
			return -1;
		p->places = v;
		p->cap = cap;
	}
	p->places[p->n++] = place;
	return 0;
}

/* Has a table an entry for this path? */
static int
in_table(const struct store *s, const struct rask_gather *g, uint64_t place,
    const char *path, size_t len, unsigned char *buf)
{
	struct rask_record r;
	uint64_t pos, cursor = 0;

	if (g == NULL || rask_gather_next(g, place, &cursor) == 0)
		return 0;
	if (store_locate(s, g, place, path, len, &pos, &r, buf) == -1)
		return -1;
	return pos != 0;
}

/* Add what a table has that the newer table has not. */
static int
add_table(const struct store *s, struct part *p, const struct rask_gather *g,
    const struct rask_gather *newer, unsigned depth, uint64_t prefix,
    unsigned char *buf)
{
	unsigned char *const other = buf + RASK_RECORD_HEAD + RASK_RECORD_MAX;
	uint64_t cursor = 0, pos, place;
	struct rask_record r;
	int known;

	if (g == NULL)
		return 0;
	while ((pos = rask_gather_below(g, depth, prefix, &cursor,
	    &place)) != 0) {
		if (feed_read(&s->feed, pos, &r, buf) <= 0) {
			errno = EBADMSG;
			return -1;
		}
		known = in_table(s, newer, place, r.entry.path,
		    r.entry.path_len, other);
		if (known == -1 || part_seen(p, place) == -1)
			return -1;
		if (known == 0 && r.type != RASK_RECORD_DROP &&
		    part_add(p, place, r.entry_bytes, r.entry_len) == -1)
			return -1;
	}
	return 0;
}

/* Is one of the tables' places this one? */
static bool
seen(const struct part *p, uint64_t place)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->places[i] == place)
			return true;
	return false;
}

/* Add what a page has below the prefix and no table has. */
static int
add_page(struct store *s, struct part *p, uint32_t number, unsigned depth,
    uint64_t prefix, unsigned char *buf)
{
	const unsigned char *e;
	const char *path;
	struct rask_page pg;
	size_t len, path_len;
	uint64_t place;
	int known;

	if (state_page(s->state, number, &pg) == -1)
		return -1;
	while (rask_page_next(&pg, &e, &len)) {
		path = rask_entry_path(e, len, &path_len);
		place = rask_place(path, path_len);
		if (((place ^ prefix) & ~part_rest(depth)) != 0)
			continue;
		known = 0;
		if (seen(p, place) && (known = in_table(s, s->active, place,
		    path, path_len, buf)) == 0)
			known = in_table(s, s->frozen, place, path, path_len,
			    buf);
		if (known == -1 ||
		    (known == 0 && part_add(p, place, e, len) == -1))
			return -1;
	}
	return 0;
}

int
part_read(struct store *s, struct part *p, unsigned depth, uint64_t prefix)
{
	const size_t one = RASK_RECORD_HEAD + RASK_RECORD_MAX;
	uint32_t number, end;
	unsigned char *buf;
	int r = -1;

	*p = (struct part){ .n = 0 };
	if ((buf = malloc(2 * one)) == NULL)
		return -1;
	if (add_table(s, p, s->active, NULL, depth, prefix, buf) == -1 ||
	    add_table(s, p, s->frozen, s->active, depth, prefix, buf) == -1)
		goto out;
	r = 0;
	if (s->state == NULL)
		goto out;
	number = rask_page_of(prefix, s->meta.bits);
	end = rask_page_of(prefix | part_rest(depth), s->meta.bits);
	for (; r == 0 && number <= end; number++)
		r = add_page(s, p, number, depth, prefix, buf);
out:
	free(buf);
	return r;
}

void
part_free(struct part *p)
{
	rask_buf_free(&p->bytes);
	free(p->places);
}

bool
part_next(struct part *p, uint64_t *place, const unsigned char **e,
    size_t *len)
{
	unsigned char *at = rask_buf_head(&p->bytes);
	struct rask_rd r = { at, at + rask_buf_left(&p->bytes), false };

	if (r.p == r.end)
		return false;
	*place = rask_rd_u64(&r);
	*len = rask_rd_u16(&r);
	*e = rask_rd_bytes(&r, *len);
	rask_buf_take(&p->bytes, 10 + *len);
	return *e != NULL;
}
