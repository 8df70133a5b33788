/* cmd/rask-index/lines.h: renames, and rescans. */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

static struct world w;

/* The path of a file, "DIR/number"; the last two stand. */
static const char *
name(const char *dir, int i)
{
	static char s[2][64];
	static int k;

	snprintf(s[k = !k], sizeof(s[0]), "%s/%d", dir, i);
	return s[k];
}

/* A directory d with n files whose contents are their numbers, all known. */
static uint64_t
begin(int n)
{
	int i;

	world_make(&w);
	world_mkdir("d");
	world_take(&w, "mkdir|d");
	for (i = 0; i < n; i++) {
		world_write(name("d", i), name("", i));
		world_take(&w, "put|%s", name("d", i));
		world_hash(&w, name("d", i), name("", i));
	}
	return world_seq(&w);
}

/* Is d/i gone, and DIR/i there with its hash? */
static void
moved(const char *dir, int i)
{
	CHECK_FOR(name("d", i), world_find(&w, name("d", i)) ==
	    RASK_KIND_GONE && world_known(&w, name("d", i)));
	CHECK_FOR(name(dir, i), world_find(&w, name(dir, i)) ==
	    RASK_KIND_FILE);
	CHECK_FOR(name(dir, i), world_hashed(&w, name("", i)));
}

static void
count_live(uint64_t live)
{
	struct store_info i;

	store_info(w.store, &i);
	CHECK(i.live == live);
}

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

enum { MANY = 1000 };

static void
a_directory(void)
{
	uint64_t seq = begin(MANY);
	int i;

	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	CHECK(hints_busy(w.h));
	CHECK(world_find(&w, "n") == RASK_KIND_DIR);
	CHECK(world_find(&w, "d") == RASK_KIND_GONE);
	world_rest(&w);
	for (i = 0; i < MANY; i++)
		moved("n", i);
	CHECK(world_seen(&w, seq) == 1);
	count_live(MANY + 1);
	world_take(&w, "put|n/5\nput|n/6|found=1");
	CHECK(world_seen(&w, seq) == 1);
}

/* Do something in a process of its own that ends without a farewell. */
static void
crash(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	CHECK(pid != -1);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
half_a_move(void)
{
	int i;

	world_again(&w);
	world_mkdir("d");
	world_take(&w, "mkdir|d");
	for (i = 0; i < MANY; i++) {
		world_write(name("d", i), name("", i));
		world_take(&w, "put|%s", name("d", i));
		world_hash(&w, name("d", i), name("", i));
	}
	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	hints_slice(w.h);
	CHECK(hints_busy(w.h));
	for (i = 0; world_find(&w, name("n", i)) == RASK_KIND_GONE; i++)
		CHECK(i < MANY);
	for (i = 0; world_find(&w, name("d", i)) == RASK_KIND_GONE; i++)
		CHECK(i < MANY);
}

static void
after_a_crash(void)
{
	int i;

	world_make_dir(&w);
	crash(half_a_move);
	world_again(&w);
	CHECK(hints_busy(w.h));
	world_rest(&w);
	for (i = 0; i < MANY; i++)
		moved("n", i);
	CHECK(world_seen(&w, 0) == MANY + 2);
	CHECK(!hints_busy(w.h));
}

static void
edit_inside(void)
{
	uint64_t seq = begin(10);

	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	world_write("n/3", "another content");
	world_write("n/new", "x");
	world_take(&w, "put|n/3\nput|n/new");
	CHECK(world_find(&w, "n/3") == RASK_KIND_FILE && w.e.size == 15);
	CHECK(world_find(&w, "d/3") == RASK_KIND_GONE);
	world_rest(&w);
	moved("n", 2);
	CHECK(world_find(&w, "n/3") == RASK_KIND_FILE && !w.e.has_hash);
	CHECK(world_seen(&w, seq) == 3);
	count_live(12);
}

static void
untold_edit_inside(void)
{
	uint64_t seq = begin(10);

	world_mv("d", "n");
	world_write("n/3", "another content");
	world_take(&w, "mv|d|n");
	world_rest(&w);
	CHECK(world_find(&w, "n/3") == RASK_KIND_FILE && w.e.size == 15);
	CHECK(!w.e.has_hash);
	CHECK(world_seen(&w, seq) == 2);
}

static void
deleted_inside(void)
{
	uint64_t seq = begin(10);

	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	CHECK(unlink("tree/n/3") == 0 && unlink("tree/n/4") == 0);
	world_take(&w, "del|n/3");
	CHECK(world_known(&w, "n/3") && w.e.kind == RASK_KIND_GONE);
	CHECK(world_known(&w, "d/3") && w.e.kind == RASK_KIND_GONE);
	world_rest(&w);
	CHECK(world_known(&w, "n/4") && w.e.kind == RASK_KIND_GONE);
	CHECK(world_known(&w, "d/4") && w.e.kind == RASK_KIND_GONE);
	CHECK(world_seen(&w, seq) == 3);
	count_live(9);
}

static void
made_again(void)
{
	begin(10);
	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	world_mkdir("d");
	world_write("d/3", "a new one");
	world_take(&w, "mkdir|d\nput|d/3");
	world_rest(&w);
	CHECK(world_find(&w, "d/3") == RASK_KIND_FILE && w.e.size == 9);
	CHECK(world_find(&w, "n/3") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/3"));
	moved("n", 4);
	count_live(13);
}

static void
nested(void)
{
	uint64_t seq;

	begin(10);
	world_mkdir("d/sub");
	world_write("d/sub/0", "/0");
	world_take(&w, "mkdir|d/sub\nput|d/sub/0");
	world_hash(&w, "d/sub/0", "/0");
	seq = world_seq(&w);
	world_mv("d", "n");
	world_mv("n/sub", "s");
	world_mv("n", "o");
	world_take(&w, "mv|d|n\nmv|n/sub|s\nmv|n|o");
	world_rest(&w);
	moved("o", 7);
	CHECK(world_find(&w, "s/0") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/0"));
	CHECK(world_seen(&w, seq) == 3);
	count_live(13);
}

static void
back_and_forth(void)
{
	uint64_t seq = begin(10);

	world_mv("d", "n");
	world_mv("n", "d");
	world_take(&w, "mv|d|n\nmv|n|d");
	world_rest(&w);
	CHECK(world_find(&w, "d/7") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/7"));
	CHECK(world_find(&w, "n/7") == RASK_KIND_GONE);
	CHECK(world_seen(&w, seq) == 0);
	world_mv("d", "n");
	world_take(&w, "mv|d|n");
	world_mv("n", "d");
	world_take(&w, "mv|n|d");
	world_rest(&w);
	CHECK(world_find(&w, "d/7") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/7"));
	CHECK(world_seen(&w, seq) == 2);
	count_live(11);
}

static void
exchanged(void)
{
	uint64_t seq;

	begin(10);
	world_mkdir("n");
	world_write("n/7", "/n");
	world_take(&w, "mkdir|n\nput|n/7");
	world_hash(&w, "n/7", "/n");
	seq = world_seq(&w);
	world_mv("d", "tmp");
	world_take(&w, "mv|d|tmp");
	world_mv("n", "d");
	world_take(&w, "mv|n|d");
	world_mv("tmp", "n");
	world_take(&w, "mv|tmp|n");
	world_take(&w, "put|d/7");
	world_rest(&w);
	CHECK(world_find(&w, "d/7") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/n"));
	CHECK(world_find(&w, "n/7") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "/7"));
	CHECK(world_find(&w, "tmp/7") == RASK_KIND_GONE);
	moved("n", 3);
	CHECK(world_seen(&w, seq) == 3);
	count_live(13);
}

static void
many_renames(void)
{
	char a[8] = "d", b[8] = "", text[64];
	int i, again = 0;

	begin(10);
	for (i = 0; i < 100; i++) {
		snprintf(b, sizeof(b), "n%d", i);
		world_mv(a, b);
		snprintf(text, sizeof(text), "mv\t%s\t%s\n", a, b);
		while (hints_take(w.h, text, strlen(text), true,
		    &w.res) == -1) {
			CHECK(errno == EAGAIN && hints_busy(w.h));
			hints_slice(w.h);
			CHECK(again++ < 100000);
		}
		strcpy(a, b);
	}
	world_rest(&w);
	CHECK(again > 0);
	for (i = 0; i < 10; i++)
		moved("n99", i);
	count_live(11);
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
	{ "a directory of 1,000 files keeps all hashes, in one record",
	    a_directory },
	{ "that goes on after a crash in the middle", after_a_crash },
	{ "an edit inside that comes meanwhile is an edit", edit_inside },
	{ "and one that was not told", untold_edit_inside },
	{ "a delete inside is a delete there, told or not", deleted_inside },
	{ "what is made again at the old name stays there", made_again },
	{ "nested renames end where they should", nested },
	{ "there and back again is no change, or two", back_and_forth },
	{ "two directories may change places", exchanged },
	{ "a hundred renames one after the other all count", many_renames },
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
