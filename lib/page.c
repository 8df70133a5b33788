/* Pages of packed entries. */
#include <errno.h>
#include <string.h>

#include "entry.h"
#include "hash.h"
#include "page.h"
#include "wire.h"

#define FORMAT	1
#define SUMMED	12	/* bytes of the head before the sum */
#define ITEM	6	/* bytes before an entry: order and len */

/* An entry in a page, by what orders it. */
struct item {
	uint32_t order;		/* the place's bits behind the page's */
	uint64_t place;		/* all of it, if placed */
	bool placed;
	const unsigned char *e;	/* bytes of the entry, borrowed */
	size_t e_len;
};

uint32_t
rask_page_of(uint64_t place, unsigned bits)
{
	return bits == 0 ? 0 : (uint32_t)(place >> (64 - bits));
}

/* A place's 32 bits behind the first `bits`. */
static uint32_t
order_of(uint64_t place, unsigned bits)
{
	return (uint32_t)(place << bits >> 32);
}

/* The sum of a page's bytes but for the sum itself. */
static uint64_t
sum_of(const unsigned char *p, size_t len)
{
	return rask_checksum(p + RASK_PAGE_HEAD, len - RASK_PAGE_HEAD,
	    rask_checksum(p, SUMMED, 0));
}

/* Do exactly `count` items stand between p and end? */
static bool
is_whole(const unsigned char *p, const unsigned char *end, uint32_t count)
{
	size_t n;

	for (; count > 0; count--) {
		if (end - p < ITEM)
			return false;
		n = (size_t)p[4] << 8 | p[5];
		p += ITEM;
		if (n == 0 || n > (size_t)(end - p))
			return false;
		p += n;
	}
	return p == end;
}

int
rask_page_open(struct rask_page *pg, const void *p, size_t len,
    uint32_t number, unsigned bits)
{
	struct rask_rd r = { .p = p, .end = (const unsigned char *)p + len };
	struct rask_rd sum = { .p = r.p + SUMMED, .end = r.end };
	uint8_t format;

	/* the sum comes first: a newer format is one, and not damage */
	if (len < RASK_PAGE_HEAD || rask_rd_u64(&sum) != sum_of(p, len))
		goto bad;
	format = rask_rd_u8(&r);
	if (format > FORMAT) {
		errno = ENOTSUP;
		return -1;
	}
	if (format != FORMAT)
		goto bad;
	pg->bits = rask_rd_u8(&r);
	if (pg->bits != bits || rask_rd_u16(&r) != 0)
		goto bad;
	pg->number = rask_rd_u32(&r);
	pg->count = rask_rd_u32(&r);
	if (pg->number != number || !is_whole(sum.p, r.end, pg->count))
		goto bad;
	pg->p = pg->first = sum.p;
	pg->end = r.end;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

/* The next item, its place not yet known. */
static bool
next_item(struct rask_page *pg, struct item *it)
{
	struct rask_rd r = { .p = pg->p, .end = pg->end };

	if (r.p == r.end)
		return false;
	it->order = rask_rd_u32(&r);
	it->e_len = rask_rd_u16(&r);
	it->e = rask_rd_bytes(&r, it->e_len);
	it->placed = false;
	pg->p = r.p;
	return true;
}

bool
rask_page_next(struct rask_page *pg, const unsigned char **e, size_t *e_len)
{
	struct item it;

	if (!next_item(pg, &it))
		return false;
	*e = it.e;
	*e_len = it.e_len;
	return true;
}

bool
rask_page_find(const struct rask_page *pg, uint64_t place, const char *path,
    size_t path_len, const unsigned char **e, size_t *e_len)
{
	uint32_t order = order_of(place, pg->bits);
	struct rask_page at = *pg;
	struct item it;
	const char *p;
	size_t n;

	for (at.p = at.first; next_item(&at, &it) && it.order <= order; ) {
		if (it.order < order)
			continue;
		p = rask_entry_path(it.e, it.e_len, &n);
		if (p == NULL || n != path_len || memcmp(p, path, n) != 0)
			continue;
		*e = it.e;
		*e_len = it.e_len;
		return true;
	}
	return false;
}

/* The whole place of an item, from its path. */
static uint64_t
place_of(struct item *it)
{
	const char *path;
	size_t n;

	if (!it->placed) {
		path = rask_entry_path(it->e, it->e_len, &n);
		it->place = rask_place(path == NULL ? "" : path, n);
		it->placed = true;
	}
	return it->place;
}

/* Compare items by place and then path; only a tie asks for the places. */
static int
compare(struct item *a, struct item *b)
{
	const char *p, *q;
	size_t n, m;
	int c;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (place_of(a) != place_of(b))
		return a->place < b->place ? -1 : 1;
	p = rask_entry_path(a->e, a->e_len, &n);
	q = rask_entry_path(b->e, b->e_len, &m);
	if (p == NULL || q == NULL)
		return (p != NULL) - (q != NULL);
	if ((c = memcmp(p, q, n < m ? n : m)) != 0)
		return c;
	return n < m ? -1 : n > m;
}

int
rask_page_check(const struct rask_page *pg)
{
	struct rask_page at = *pg;
	struct rask_entry entry;
	struct item it, last = { 0 };

	for (at.p = at.first; next_item(&at, &it); last = it) {
		if (rask_entry_decode(&entry, it.e, it.e_len) == -1)
			return -1;
		if (rask_page_of(place_of(&it), pg->bits) != pg->number ||
		    order_of(it.place, pg->bits) != it.order ||
		    (last.e != NULL && compare(&last, &it) >= 0)) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

int
rask_page_begin(struct rask_page_maker *m, struct rask_buf *b,
    uint32_t number, unsigned bits)
{
	static const unsigned char head[RASK_PAGE_HEAD];

	m->b = b;
	m->start = rask_buf_left(b);
	m->number = number;
	m->count = 0;
	m->bits = bits;
	return rask_buf_add(b, head, sizeof(head));
}

/* Add an entry's bytes with their order. */
static int
add_item(struct rask_page_maker *m, uint32_t order, const unsigned char *e,
    size_t e_len)
{
	unsigned char *p = rask_buf_room(m->b, ITEM + e_len);

	if (p == NULL)
		return -1;
	p = rask_wire_u16(rask_wire_u32(p, order), (uint16_t)e_len);
	memcpy(p, e, e_len);
	rask_buf_grew(m->b, ITEM + e_len);
	m->count++;
	return 0;
}

int
rask_page_add(struct rask_page_maker *m, uint64_t place,
    const unsigned char *e, size_t e_len)
{
	return add_item(m, order_of(place, m->bits), e, e_len);
}

void
rask_page_end(struct rask_page_maker *m)
{
	unsigned char *start = rask_buf_head(m->b) + m->start, *p = start;

	*p++ = FORMAT;
	*p++ = (unsigned char)m->bits;
	p = rask_wire_u16(p, 0);
	p = rask_wire_u32(p, m->number);
	p = rask_wire_u32(p, m->count);
	rask_wire_u64(p, sum_of(start, rask_buf_left(m->b) - m->start));
}

/*
 * The next item of an old page that belongs into the page being made, with
 * its order there.  An old page of fewer bits holds those of others too.
 */
static bool
next_old(const struct rask_page_maker *m, struct rask_page *old,
    struct item *it)
{
	unsigned more = m->bits - old->bits;

	while (next_item(old, it)) {
		if (more == 0)
			return true;
		if ((old->number << more | it->order >> (32 - more)) !=
		    m->number)
			continue;
		it->order = order_of(place_of(it), m->bits);
		return true;
	}
	return false;
}

/* Put both sequences into the page, in order. */
static int
merge(struct rask_page_maker *m, struct rask_page *old,
    const struct rask_page_put *put, size_t n)
{
	struct item have, want;
	bool more = old->p != NULL && next_old(m, old, &have);
	int c;

	while (more || n > 0) {
		c = n == 0 ? -1 : 1;
		if (n > 0) {
			want = (struct item){ order_of(put->place, m->bits),
			    put->place, true, put->e, put->e_len };
			if (more)
				c = compare(&have, &want);
		}
		if (c < 0 &&
		    add_item(m, have.order, have.e, have.e_len) == -1)
			return -1;
		if (c <= 0)
			more = next_old(m, old, &have);
		if (c < 0)
			continue;
		if (!put->gone &&
		    add_item(m, want.order, want.e, want.e_len) == -1)
			return -1;
		put++;
		n--;
	}
	return 0;
}

int
rask_page_merge(struct rask_page_maker *m, struct rask_buf *b,
    uint32_t number, unsigned bits, const struct rask_page *old,
    const struct rask_page_put *put, size_t n)
{
	struct rask_page from = { 0 };

	if (old != NULL) {
		from = *old;
		from.p = from.first;
	}
	if (rask_page_begin(m, b, number, bits) == -1)
		return -1;
	if (merge(m, &from, put, n) == 0) {
		rask_page_end(m);
		return 0;
	}
	b->len = b->off + m->start;
	return -1;
}
