/* cmd/rask-index/lines.h: renames of directories. */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "moves.h"

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

/* What a crash may leave of a batch: a move, and the first half of a pair. */
static void
torn_pair(void)
{
	struct rask_record r = { .type = RASK_RECORD_MOVE, .path = "d",
	    .path_len = 1, .path2 = "n", .path2_len = 1 };
	struct store_info i;

	world_again(&w);
	world_mkdir("d");
	world_write("d/0", "0");
	world_take(&w, "mkdir|d\nput|d/0");
	world_hash(&w, "d/0", "0");
	world_mv("d", "n");
	store_info(w.store, &i);
	r.dot = (struct rask_dot){ store_now() + 1000000, i.node };
	store_counter_used(w.store, r.dot.counter);
	CHECK(store_move(w.store, &r) == 0);
	CHECK(world_find(&w, "d/0") == RASK_KIND_FILE);
	r.type = RASK_RECORD_CHANGE;
	r.flags = RASK_RECORD_PART;
	r.entry = w.e;
	r.entry.path = "n/0";
	r.entry.version = (struct rask_version){ .n = 1, .v = { r.dot } };
	CHECK(store_take(w.store, &r, NULL) == 0);
	CHECK(store_commit(w.store) == 0);
}

static void
after_a_tear(void)
{
	world_make_dir(&w);
	crash(torn_pair);
	world_again(&w);
	world_rest(&w);
	CHECK(world_find(&w, "n/0") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "0"));
	CHECK(world_find(&w, "d/0") == RASK_KIND_GONE);
	CHECK(world_known(&w, "d/0"));
	CHECK(world_find(&w, "n") == RASK_KIND_DIR);
	CHECK(world_seen(&w, 0) == 3);
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

static const struct unit tests[] = {
	{ "a directory of 1,000 files keeps all hashes, in one record",
	    a_directory },
	{ "that goes on after a crash in the middle", after_a_crash },
	{ "also if that tore a pair of entries apart", after_a_tear },
	{ "an edit inside that comes meanwhile is an edit", edit_inside },
	{ "and one that was not told", untold_edit_inside },
	{ "a delete inside is a delete there, told or not", deleted_inside },
	{ "what is made again at the old name stays there", made_again },
	{ "nested renames end where they should", nested },
	{ "there and back again is no change, or two", back_and_forth },
	{ "two directories may change places", exchanged },
	{ "a hundred renames one after the other all count", many_renames },
};

UNIT_MAIN(tests)
