/* cmd/rask-index/store.h: who follows the feed is told what he may see. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum { MANY = 40000, CALL = 1 << 20, SLACK = 4096 };

static struct world w;

/* A change of "f", then so many records that nobody is told of, another. */
static void
fill(int n)
{
	struct rask_record r;
	int i;

	world_write("f", "one");
	world_take(&w, "put|f");
	CHECK(world_find(&w, "f") == RASK_KIND_FILE);
	for (i = 0; i < n; i++) {
		memset(&r, 0, sizeof(r));
		r.type = RASK_RECORD_REFRESH;
		r.entry = w.e;
		r.entry.ctime = i;
		CHECK(store_take(w.store, &r, &w.e) == 0);
	}
	CHECK(store_commit(w.store) == 0);
	world_write("f", "another");
	world_take(&w, "put|f");
}

static void
bounded(void)
{
	struct rask_buf out = { 0 };
	uint64_t pos, was;
	int calls = 0, r;
	bool lost;

	world_make(&w);
	fill(MANY);
	was = pos = store_follow(w.store, 0, 0, &lost);
	while ((r = store_read(w.store, &pos, &out, 65536)) == 1) {
		CHECK(pos > was && pos - was <= CALL + SLACK);
		was = pos;
		calls++;
	}
	CHECK(r == 0 && calls >= 3);
	rask_buf_free(&out);
	CHECK(world_seen(&w, 0) == 2 && world_seen(&w, 1) == 1);
}

static void
in_pieces(void)
{
	struct rask_buf out = { 0 };
	uint64_t pos;
	bool lost;
	int i;

	world_make(&w);
	for (i = 0; i < 100; i++)
		world_take(&w, "mkdir|d%d|found=1|mtime=1|ctime=1|mode=755|"
		    "ino=%d", i, i + 1);
	pos = store_follow(w.store, 0, 0, &lost);
	for (i = 0; store_read(w.store, &pos, &out, 1) == 1; i++) {
		CHECK(rask_buf_left(&out) > 0);
		rask_buf_take(&out, rask_buf_left(&out));
	}
	CHECK(i == 100);
	CHECK(store_read(w.store, &pos, &out, 1) == 0);
	rask_buf_free(&out);
}

static const struct unit tests[] = {
	{ "one call reads no more than a mebibyte of what is not told",
	    bounded },
	{ "all that is told comes once, in pieces as small as one likes",
	    in_pieces },
};

UNIT_MAIN(tests)
