/* What is known of a path: the tables first, then the state. */
#include <errno.h>
#include <string.h>

#include "storeint.h"

int
store_locate(const struct store *s, const struct rask_gather *g,
    uint64_t place, const char *path, size_t len, uint64_t *pos,
    struct rask_record *r, unsigned char *buf)
{
	uint64_t cursor = 0;
	ssize_t n;

	while ((*pos = rask_gather_next(g, place, &cursor)) != 0) {
		n = feed_read(&s->feed, *pos, r, buf);
		if (n <= 0) {
			if (n == 0)
				errno = EBADMSG;
			return -1;
		}
		if (r->entry.path_len == len &&
		    memcmp(r->entry.path, path, len) == 0)
			return 0;
	}
	return 0;
}

/* Find a path in the state. */
static int
find_state(struct store *s, uint64_t place, const char *path, size_t len,
    struct rask_entry *e, unsigned char *buf)
{
	const unsigned char *p;
	struct rask_page pg;
	size_t n;

	if (s->state == NULL || !rask_filter_has(s->filter, place))
		return 0;
	if (state_page(s->state, rask_page_of(place, s->meta.bits),
	    &pg) == -1)
		return -1;
	if (!rask_page_find(&pg, place, path, len, &p, &n))
		return 0;
	if (n > RASK_ENTRY_MAX) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(buf, p, n);
	if (rask_entry_decode(e, buf, n) == 0)
		return 1;
	errno = EBADMSG;
	return -1;
}

int
store_find(struct store *s, const char *path, size_t len,
    struct rask_entry *e, unsigned char *buf)
{
	const struct rask_gather *const tables[] = { s->active, s->frozen };
	uint64_t pos, place = rask_place(path, len);
	struct rask_record r;
	int i;

	for (i = 0; i < 2; i++) {
		if (tables[i] == NULL)
			continue;
		if (store_locate(s, tables[i], place, path, len, &pos, &r,
		    buf) == -1)
			return -1;
		if (pos == 0)
			continue;
		*e = r.entry;
		return r.type != RASK_RECORD_DROP;
	}
	return find_state(s, place, path, len, e, buf);
}
