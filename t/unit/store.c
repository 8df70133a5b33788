/* cmd/rask-index/store.h, feed.h: what is taken, and where it goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "store.h"
#include "unit.h"

/*
 * The checkpointer of a store is this program, with arguments that it refuses:
 * no checkpoint ever ends.
 */
struct box {
	struct rask_work *work, *slow;
	struct store *store;
	uint64_t durable;	/* told last */
};

static void
on_durable(void *ctx, uint64_t seq, int error)
{
	struct box *b = ctx;

	(void)error;
	b->durable = seq;
}

static void
on_say(void *ctx, int prio, const char *text)
{
	(void)ctx;
	(void)prio;
	(void)text;
}

static void
enter(char tmp[64])
{
	strcpy(tmp, "/tmp/store-XXXXXX");
	CHECK(mkdtemp(tmp) != NULL);
	CHECK(chdir(tmp) == 0);
}

static void
leave(const char *tmp)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", tmp);
	CHECK(system(cmd) == 0);
}

static void
open_box(struct box *b, uint64_t gather_max, uint64_t feed_max)
{
	struct store_opts o = { .dir = "d", .name = "here",
	    .feed_max = feed_max, .gather_max = gather_max,
	    .durable = on_durable, .say = on_say };
	char why[STORE_WHY] = "";

	CHECK((b->work = rask_work_new(false)) != NULL);
	CHECK((b->slow = rask_work_new(false)) != NULL);
	b->durable = 0;
	o.ctx = b;
	o.work = b->work;
	o.slow = b->slow;
	CHECK_FOR(why, store_open(&b->store, &o, why) == 0);
}

static void
close_box(struct box *b)
{
	store_close(b->store);
	rask_work_free(b->slow);
	rask_work_free(b->work);
}

/* Take a new path: as a change, or as what followers do not see. */
static int
take_as(struct box *b, int i, enum rask_record_type type)
{
	struct rask_record r = { .type = type };
	char path[32];

	r.entry = (struct rask_entry){ .kind = RASK_KIND_FILE, .mode = 0644,
	    .path = path, .mtime = 1700000000000000000 + i };
	r.entry.path_len = (uint16_t)snprintf(path, sizeof(path), "f%d", i);
	rask_version_found(&r.entry.version, r.entry.mtime);
	return store_take(b->store, &r, NULL);
}

static int
take(struct box *b, int i)
{
	return take_as(b, i, RASK_RECORD_CHANGE);
}

static void
take_commit(struct box *b, int from, int to)
{
	for (; from < to; from++)
		CHECK(take(b, from) == 0);
	CHECK(store_commit(b->store) == 0);
}

static void
begun(void)
{
	struct store_info i;
	struct box b;
	char tmp[64];

	enter(tmp);
	open_box(&b, 10, 1 << 20);
	take_commit(&b, 0, 10);
	store_info(b.store, &i);
	CHECK(i.folding);
	take_commit(&b, 10, 19);
	CHECK(store_ready(b.store));
	take_commit(&b, 19, 22);
	CHECK(!store_ready(b.store));
	CHECK(take(&b, 22) == -1 && errno == EBUSY);
	CHECK(store_seq(b.store) == 22);
	close_box(&b);
	leave(tmp);
}

static void
not_committed(void)
{
	struct box b;
	char tmp[64];

	enter(tmp);
	open_box(&b, 1000, 1 << 20);
	CHECK(take(&b, 0) == 0);
	store_set_tree(b.store, "/somewhere");
	rask_work_drain(b.work);
	CHECK(b.durable == 0);
	CHECK(store_commit(b.store) == 0);
	while (b.durable == 0) {
		store_hurry(b.store);
		rask_work_drain(b.work);
	}
	CHECK(b.durable == 1);
	close_box(&b);
	leave(tmp);
}

static void
passes_over(void)
{
	struct rask_buf out = { 0 };
	struct box b;
	char tmp[64];
	uint64_t pos = 0;
	int i, again = 0;

	enter(tmp);
	open_box(&b, 1000000, 1 << 30);
	for (i = 0; i < 200000; i++)
		CHECK(take_as(&b, i, RASK_RECORD_REFRESH) == 0);
	CHECK(take(&b, i) == 0);
	CHECK(store_commit(b.store) == 0);
	while (rask_buf_left(&out) == 0) {
		CHECK(store_read(b.store, &pos, &out, 4096) == 1);
		again++;
	}
	CHECK(again > 2);
	CHECK(store_read(b.store, &pos, &out, 4096) == 0);
	rask_buf_free(&out);
	close_box(&b);
	leave(tmp);
}

static void
many_segments(void)
{
	struct feed f = { .fd = -1, .epoch = 1, .node = 2,
	    .max = UINT64_C(1) << 20 };
	char tmp[64];
	int i, dir;

	enter(tmp);
	CHECK((dir = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	feed_init(&f, dir, 0);
	for (i = 0; i < 3 * SEGS_MAX; i++) {
		f.seq += 10;
		CHECK(feed_begin(&f) == 0);
		feed_trim(&f, f.written);
	}
	CHECK(f.segs.n < SEGS_MAX);
	feed_close(&f);
	close(dir);
	leave(tmp);
}

static const struct unit tests[] = {
	{ "a batch that was begun is not refused half-way", begun },
	{ "a batch is not durable before it is committed", not_committed },
	{ "what followers do not see is passed over bit by bit", passes_over },
	{ "a feed does not end with its number of segments", many_segments },
};

UNIT_MAIN(tests)
