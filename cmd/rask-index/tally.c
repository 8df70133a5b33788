/* What a set of entries comes to. */
#include <errno.h>

#include "entry.h"
#include "hash.h"
#include "tally.h"

/* Take one away; there cannot be less than none. */
static void
take(struct tally *t, uint64_t *n)
{
	if (*n == 0)
		t->doubt = true;
	else
		--*n;
}

/* Add an entry. */
static void
add(struct tally *t, const struct rask_entry *e, uint64_t place)
{
	if (e->kind == RASK_KIND_GONE)
		t->gone++;
	else
		t->live++;
	if (t->filter != NULL)
		rask_filter_add(t->filter, place);
	if (t->digest != NULL && e->kind != RASK_KIND_GONE)
		rask_digest_add(t->digest, place, rask_entry_item(e));
}

void
tally_record(struct tally *t, const struct rask_record *r)
{
	const struct rask_sum none = { 0, 0 };
	uint64_t place;

	if (r->type != RASK_RECORD_CHANGE && r->type != RASK_RECORD_REFRESH &&
	    r->type != RASK_RECORD_DROP)
		return;
	place = rask_place(r->entry.path, r->entry.path_len);
	if (!(r->flags & RASK_RECORD_FIRST)) {
		take(t, rask_sum_equal(r->old, none) ? &t->gone : &t->live);
		if (t->digest != NULL)
			rask_digest_sub(t->digest, place, r->old);
	}
	if (r->type != RASK_RECORD_DROP)
		add(t, &r->entry, place);
}

/* Count an entry of a sound page, without looking at all of it. */
static void
count(struct tally *t, const unsigned char *e, size_t len)
{
	const char *path;
	size_t n;

	if (rask_entry_kind(e, len) == RASK_KIND_GONE)
		t->gone++;
	else
		t->live++;
	if (t->filter == NULL)
		return;
	path = rask_entry_path(e, len, &n);
	rask_filter_add(t->filter, rask_place(path, n));
}

int
tally_page(struct tally *t, const struct rask_page *pg)
{
	struct rask_page at = *pg;
	const unsigned char *e;
	struct rask_entry entry;
	size_t n;

	for (at.p = at.first; rask_page_next(&at, &e, &n); ) {
		if (t->digest == NULL) {
			count(t, e, n);
			continue;
		}
		if (rask_entry_decode(&entry, e, n) == -1) {
			errno = EBADMSG;
			return -1;
		}
		add(t, &entry, rask_place(entry.path, entry.path_len));
	}
	return 0;
}
