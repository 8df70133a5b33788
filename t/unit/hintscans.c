/* cmd/rask-index/lines.h: renames of files, and what no line tells of. */
#include <unistd.h>

#include "moves.h"

static void
a_file(void)
{
	uint64_t seq = begin(1);
	struct rask_dot dot;

	world_mv("d/0", "g");
	world_take(&w, "mv|d/0|g");
	CHECK(world_find(&w, "g") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/0"));
	CHECK(w.e.ino == world_look("g").ino &&
	    w.e.ctime == world_look("g").ctime);
	dot = rask_version_dot(&w.e.version);
	CHECK(world_known(&w, "d/0") && w.e.kind == RASK_KIND_GONE);
	CHECK(rask_dot_cmp(dot, rask_version_dot(&w.e.version)) == 0);
	CHECK(world_seen(&w, seq) == 1);
	world_take(&w, "mv|d/0|g\nput|g");
	CHECK(world_seen(&w, seq) == 1 && !hints_busy(w.h));
}

static void
a_file_onward(void)
{
	uint64_t seq = begin(1);

	world_mv("d/0", "g");
	world_mv("g", "h");
	world_take(&w, "mv|d/0|g\nmv|g|h");
	CHECK(world_find(&w, "h") == RASK_KIND_FILE && world_hashed(&w, "/0"));
	CHECK(world_find(&w, "g") == RASK_KIND_GONE);
	CHECK(world_seen(&w, seq) == 2);
	count_live(2);
}

static void
a_file_over_another(void)
{
	begin(2);
	world_mv("d/0", "d/1");
	world_take(&w, "mv|d/0|d/1");
	CHECK(world_find(&w, "d/1") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/0"));
	CHECK(world_find(&w, "d/0") == RASK_KIND_GONE);
	count_live(2);
}

static void
not_the_same(void)
{
	begin(1);
	world_mv("d/0", "g");
	world_write("g", "edited meanwhile");
	world_take(&w, "mv|d/0|g");
	CHECK(world_find(&w, "g") == RASK_KIND_FILE && w.e.size == 16);
	CHECK(!w.e.has_hash);
	CHECK(world_find(&w, "d/0") == RASK_KIND_GONE);
}

static void
gone_unsaid(void)
{
	uint64_t seq = begin(2);

	world_mv("d", "n");
	world_take(&w, "mkdir|d\nmkdir|d|found=1");
	CHECK(world_find(&w, "d") == RASK_KIND_DIR);
	world_take(&w, "mv|d|n");
	world_rest(&w);
	moved("n", 1);
	CHECK(world_seen(&w, seq) == 1);
}

static void
unknown_directory(void)
{
	begin(1);
	world_mkdir("u");
	world_write("u/f", "x");
	world_mv("u", "v");
	world_take(&w, "mv|u|v");
	world_rest(&w);
	CHECK(world_find(&w, "v") == RASK_KIND_DIR);
	CHECK(world_find(&w, "v/f") == RASK_KIND_FILE);
	CHECK(!world_known(&w, "u/f"));
}

static void
left(void)
{
	begin(10);
	CHECK(rename("tree/d", "away") == 0);
	world_take(&w, "del|d\n# left d");
	world_rest(&w);
	CHECK(world_find(&w, "d/7") == RASK_KIND_GONE);
	count_live(0);
}

static void
rescan(void)
{
	uint64_t seq = begin(10);

	CHECK(unlink("tree/d/3") == 0);
	world_write("d/4", "changed");
	world_take(&w, "# scan .\n# ready");
	world_rest(&w);
	CHECK(world_seq(&w) == seq);
	world_take(&w, "# overflow\nput|d/5|found=1");
	CHECK(!hints_busy(w.h));
	world_take(&w, "# rescan done");
	CHECK(hints_busy(w.h));
	world_rest(&w);
	CHECK(world_find(&w, "d/3") == RASK_KIND_GONE);
	CHECK(world_seq(&w) == seq + 1);
	count_live(10);
}

static void
overflow_again(void)
{
	uint64_t seq = begin(10);

	CHECK(unlink("tree/d/3") == 0);
	world_take(&w, "# overflow\n# rescan done\n# overflow");
	CHECK(!hints_busy(w.h));
	world_rest(&w);
	CHECK(world_seq(&w) == seq);
	world_take(&w, "# rescan done");
	world_rest(&w);
	CHECK(world_seq(&w) == seq + 1);
}

static void
rescan_of_a_move(void)
{
	begin(10);
	world_mv("d", "n");
	world_mv("n", "o");
	world_take(&w, "mv|d|n\n# overflow\nmkdir|o|found=1\n# rescan done");
	world_rest(&w);
	CHECK(world_find(&w, "n/7") == RASK_KIND_GONE);
	CHECK(world_find(&w, "n") == RASK_KIND_GONE);
	count_live(1);
}

static const struct unit tests[] = {
	{ "a renamed file keeps its hash, in one record", a_file },
	{ "also if it is renamed again before the first is read",
	    a_file_onward },
	{ "also over another", a_file_over_another },
	{ "but not if it was edited meanwhile", not_the_same },
	{ "a directory that is gone waits for a line that says where",
	    gone_unsaid },
	{ "what is in an unknown directory is new", unknown_directory },
	{ "what left the tree without a name is deleted", left },
	{ "a rescan deletes what is gone, and only that; a scan nothing",
	    rescan },
	{ "another overflow in between starts it over", overflow_again },
	{ "it also ends renames that nobody told", rescan_of_a_move },
};

UNIT_MAIN(tests)
