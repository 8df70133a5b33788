/*
 * Bytes of a page, whose sum is put right first, and if its last byte was odd
 * the orders of all entries that are one.  What opens can be gone
 * through, searched and merged; what checks besides is found and comes out of
 * any merge as it was.
 */
#include <string.h>

#include "../../lib/entry.h"
#include "../../lib/page.h"
#include "check.h"

/* Put the orders right. */
static void
mend_orders(uint8_t *p, size_t len)
{
	const char *path;
	size_t at, n, path_len;
	uint64_t place;
	int i;

	for (at = RASK_PAGE_HEAD; len - at > 6; at += 6 + n) {
		n = (size_t)p[at + 4] << 8 | p[at + 5];
		if (n > len - at - 6)
			return;
		path = rask_entry_path(p + at + 6, n, &path_len);
		if (path == NULL)
			continue;
		place = rask_place(path, path_len) << (p[1] & 31);
		for (i = 0; i < 4; i++)
			p[at + (size_t)i] = (uint8_t)(place >> (56 - 8 * i));
	}
}

/* Put the sum right, so that what is behind it is met. */
static void
mend(uint8_t *p, size_t len)
{
	uint64_t sum = rask_checksum(p + RASK_PAGE_HEAD,
	    len - RASK_PAGE_HEAD, rask_checksum(p, 12, 0));
	int i;

	for (i = 0; i < 8; i++)
		p[12 + i] = (uint8_t)(sum >> (56 - 8 * i));
}

/* Every entry of a sound page is found, under its path; the number of them. */
static size_t
go_through(const struct rask_page *pg, int sound)
{
	struct rask_page at = *pg;
	const unsigned char *e, *f;
	const char *path;
	size_t n, m, path_len, count = 0;
	int found;

	for (; rask_page_next(&at, &e, &n); count++) {
		CHECK(n > 0);
		path = rask_entry_path(e, n, &path_len);
		CHECK(!sound || path != NULL);
		if (path == NULL)
			continue;
		found = rask_page_find(pg, rask_place(path, path_len), path,
		    path_len, &f, &m);
		CHECK(!sound || (found && e == f && n == m));
	}
	CHECK(count == pg->count);
	return count;
}

/* Merge with nothing: the same page; its two halves: the same entries. */
static void
merge(const struct rask_page *pg, const uint8_t *p, size_t len, int sound)
{
	struct rask_page half;
	struct rask_page_maker m;
	struct rask_buf b = { 0 };
	size_t count = 0;
	uint32_t i;

	CHECK(rask_page_merge(&m, &b, pg->number, pg->bits, pg, NULL,
	    0) == 0);
	CHECK(rask_buf_left(&b) == len);
	CHECK(memcmp(rask_buf_head(&b), p, len) == 0);
	rask_buf_free(&b);
	for (i = 0; i < 2 && pg->bits < RASK_PAGE_BITS_MAX; i++) {
		CHECK(rask_page_merge(&m, &b, 2 * pg->number + i,
		    pg->bits + 1, pg, NULL, 0) == 0);
		CHECK(rask_page_open(&half, rask_buf_head(&b),
		    rask_buf_left(&b), 2 * pg->number + i, pg->bits + 1) ==
		    0);
		CHECK(!sound || rask_page_check(&half) == 0);
		count += go_through(&half, sound);
		rask_buf_free(&b);
	}
	CHECK(i == 0 || count == pg->count);
}

/* Take the first entry out, or put it over itself. */
static void
take(const struct rask_page *pg, const uint8_t *p, size_t len, int gone)
{
	struct rask_page at = *pg;
	struct rask_page_put put = { .gone = gone };
	struct rask_page_maker m;
	struct rask_buf b = { 0 };
	const char *path;
	size_t n;

	if (!rask_page_next(&at, &put.e, &put.e_len))
		return;
	path = rask_entry_path(put.e, put.e_len, &n);
	put.place = rask_place(path, n);
	CHECK(rask_page_merge(&m, &b, pg->number, pg->bits, pg, &put,
	    1) == 0);
	if (gone)
		CHECK(rask_buf_left(&b) == len - 6 - put.e_len);
	else
		CHECK(rask_buf_left(&b) == len &&
		    memcmp(rask_buf_head(&b), p, len) == 0);
	rask_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_page pg;
	uint32_t number;
	uint8_t *p;
	int sound;

	if (len < RASK_PAGE_HEAD) {
		CHECK(rask_page_open(&pg, data, len, 0, 0) == -1);
		return 0;
	}
	if ((p = malloc(len)) == NULL)
		return 0;
	memcpy(p, data, len);
	if (p[RASK_PAGE_HEAD - 1] & 1)
		mend_orders(p, len);
	mend(p, len);
	number = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
	    (uint32_t)p[6] << 8 | p[7];
	if (p[1] <= RASK_PAGE_BITS_MAX && number >> p[1] == 0 &&
	    rask_page_open(&pg, p, len, number, p[1]) == 0) {
		sound = rask_page_check(&pg) == 0;
		go_through(&pg, sound);
		merge(&pg, p, len, sound);
		if (sound) {
			take(&pg, p, len, 1);
			take(&pg, p, len, 0);
		}
	}
	free(p);
	return 0;
}
