/* cmd/rask-index/lines.h: what comes of what was granted. */
#include <errno.h>
#include <unistd.h>

#include "asks.h"

static void
edit_taken_out(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct rask_seen taken;
	struct asked a;
	uint64_t seq;

	world_make(&w);
	world_write("f", "one");
	world_take(&w, "put|f");
	e.version.v[0].counter = FUTURE;
	ask(&a, &e);
	CHECK(a.how == GRANT_YES && a.keep);
	world_write("f", "edited");
	taken = world_look("f");
	world_write("f", "hello");
	CHECK(installed(&a, "f", &taken, &seq) == 1);
	/* The edit was recorded before it. */
	CHECK(seq == 3 && world_seen(&w, 0) == 3);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 5);
	CHECK(w.e.version.n == 1);
}

static void
edit_that_wins(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct rask_seen taken;
	struct asked a;
	uint64_t seq;

	world_make(&w);
	ask(&a, &e);
	CHECK(a.how == GRANT_YES && !a.known);
	world_write("f", "local");
	taken = world_look("f");
	CHECK(installed(&a, "f", &taken, &seq) == -1 && errno == EBUSY);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.ino == taken.ino);
	CHECK(w.e.version.v[0].node != 4711 && world_seq(&w) == 1);
	ask(&a, &e);
	CHECK(a.how == GRANT_SUPERSEDED);
}

static void
as_it_was_known(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, FUTURE);
	struct rask_seen taken;
	struct asked a;
	uint64_t seq;

	world_make(&w);
	world_write("f", "one");
	world_take(&w, "put|f");
	ask(&a, &e);
	taken = world_look("f");
	taken.ctime++;		/* the exchange did that */
	CHECK(installed(&a, "f", &taken, &seq) == 0 && seq == 2);
}

static void
deletes(void)
{
	struct rask_entry e = content("f", RASK_KIND_GONE, 0, FUTURE);
	struct asked a;
	uint64_t seq;

	world_make(&w);
	world_write("f", "one");
	world_take(&w, "put|f");
	/* It has not seen this content. */
	ask(&a, &e);
	CHECK(a.how == GRANT_REISSUE && a.size == 3);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.seq == 2);
	CHECK(w.e.version.n == 2);
	CHECK(rask_version_dot(&w.e.version).counter > FUTURE);
	/* This one has. */
	e.version = w.e.version;
	CHECK(rask_version_next(&e.version, &w.e.version, 4711, 0, 0) == 0);
	ask(&a, &e);
	CHECK(a.how == GRANT_YES && a.known && !a.keep);
	CHECK(unlink("tree/f") == 0);
	CHECK(installed(&a, "f", NULL, &seq) == 0);
	CHECK(world_known(&w, "f") && w.e.kind == RASK_KIND_GONE);
	CHECK(seq == 3);
}

static void
given_back(void)
{
	struct rask_entry e;
	struct asked a;
	uint64_t seq;
	char path[] = "f";

	world_make(&w);
	world_write("f", "one");
	world_take(&w, "put|f");
	CHECK(unlink("tree/f") == 0);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE);
	e = w.e;
	e.path = path;
	e.ino = 77;
	ask(&a, &e);
	CHECK(a.how == GRANT_YES && a.known && a.size == 3);
	world_write("f", "one");
	CHECK(installed(&a, "f", NULL, &seq) == 0);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE);
	CHECK(w.e.ino == world_look("f").ino && world_seq(&w) == 1);
}

static void
while_moving(void)
{
	struct rask_entry e = content("n/f", RASK_KIND_FILE, 5, FUTURE);
	struct asked a;
	uint64_t seq;

	world_make(&w);
	world_mkdir("d");
	world_write("d/f", "one");
	world_take(&w, "mkdir|d\nput|d/f");
	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	ask(&a, &e);
	/* What stands there is what came with the move. */
	CHECK(a.how == GRANT_YES && a.known && a.size == 3);
	world_rest(&w);
	CHECK(hints_busy(w.h) == false);
	CHECK(unlink("tree/n/f") == 0);
	world_write("n/f", "hello");
	CHECK(installed(&a, "n/f", NULL, &seq) == 0);
	CHECK(world_find(&w, "n/f") == RASK_KIND_FILE && w.e.size == 5);
	CHECK(world_find(&w, "d/f") == RASK_KIND_GONE);
}

static const struct unit tests[] = {
	{ "an edit that was taken out is recorded first, and kept",
	    edit_taken_out },
	{ "or wins, and is put back", edit_that_wins },
	{ "what was as it was known is no edit, whatever its ctime",
	    as_it_was_known },
	{ "a delete that had not seen an edit makes it anew", deletes },
	{ "what is missing in the tree is given back", given_back },
	{ "a grant below a move is judged by what came with it",
	    while_moving },
};

UNIT_MAIN(tests)
