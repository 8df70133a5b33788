/* cmd/rask-index/lines.h: who may install something. */
#include <errno.h>

#include "asks.h"

static void
a_new_file(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct rask_seen s;
	struct asked a;
	uint64_t seq;

	world_make(&w);
	ask(&a, &e);
	CHECK(a.how == GRANT_YES && !a.known && !a.keep);
	world_write("f", "hello");
	s = world_look("f");
	CHECK(installed(&a, "f", NULL, &seq) == 0 && seq == 1);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.seq == 1);
	CHECK(w.e.version.n == 1 && w.e.version.v[0].node == 4711);
	CHECK(w.e.ino == s.ino && w.e.ctime == s.ctime && w.e.mtime == 1000);
	ask(&a, &e);
	CHECK(a.how == GRANT_HELD && a.known && a.times == 1);
}

static void
echo(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct asked a;
	uint64_t seq;

	world_make(&w);
	ask(&a, &e);
	world_write("f", "hello");
	/* Nobody looks: the mtime would not be that of the entry. */
	world_take(&w, "put|f|ino=77");
	CHECK(!world_known(&w, "f"));
	CHECK(installed(&a, "f", NULL, &seq) == 0);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.mtime == 1000);
	CHECK(world_seq(&w) == 1);
}

static void
another_line(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct asked a;

	world_make(&w);
	ask(&a, &e);
	world_write("f", "local");
	world_take(&w, "put|f|ino=78\nput|f");
	CHECK(!world_known(&w, "f"));
	grant_end(w.h, a.g);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE);
	CHECK(w.e.version.v[0].node != 4711 && world_seq(&w) == 1);
}

static void
one_after_the_other(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct rask_entry e2 = content("f", RASK_KIND_FILE, 6, 2000);
	struct rask_entry e3 = content("f", RASK_KIND_FILE, 4, 500);
	struct asked a, b, c;
	struct rask_seen s;
	uint64_t seq;

	world_make(&w);
	ask(&a, &e);
	ask(&b, &e2);
	ask(&c, &e3);
	CHECK(a.how == GRANT_YES && b.times == 0 && c.times == 0);
	put("f", "hello");
	s = world_look("f");
	CHECK(installed(&a, "f", NULL, &seq) == 0 && seq == 1);
	CHECK(b.how == GRANT_YES && b.known && !b.keep && b.size == 5);
	CHECK(c.times == 0);
	put("f", "hello2");
	CHECK(installed(&b, "f", &s, &seq) == 0 && seq == 2);
	CHECK(c.how == GRANT_SUPERSEDED && c.size == 6 && c.times == 1);
}

static void
ancestors(void)
{
	struct rask_entry e = content("d/f", RASK_KIND_FILE, 5, 1000);
	struct rask_entry dir = content("d", RASK_KIND_DIR, 0, 1000);
	struct rask_entry other = content("dd", RASK_KIND_FILE, 4, 500);
	struct asked a, b, c, below;

	dir.mtime = 0;
	world_make(&w);
	ask(&a, &e);
	ask(&b, &dir);
	ask(&c, &other);
	CHECK(a.how == GRANT_YES && b.times == 0 && c.how == GRANT_YES);
	/* Nobody overtakes who waits, either. */
	grant_end(w.h, c.g);
	e.path = "d/g";
	ask(&c, &e);
	CHECK(c.times == 0);
	grant_end(w.h, a.g);
	CHECK(b.how == GRANT_YES && c.times == 0);
	e.path = "d/h/i";
	e.path_len = 5;
	ask(&below, &e);
	CHECK(below.times == 0);
	grant_end(w.h, b.g);
	CHECK(c.how == GRANT_YES && below.how == GRANT_YES);
}

static void
death(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct asked a, b, c;

	world_make(&w);
	ask(&a, &e);
	ask(&b, &e);
	ask(&c, &e);
	grant_end(w.h, b.g);
	CHECK(c.times == 0);
	grant_end(w.h, a.g);
	CHECK(b.times == 0 && c.how == GRANT_YES);
	grant_end(w.h, c.g);
	ask(&a, &e);
	CHECK(a.how == GRANT_YES);
}

static void
too_many(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	static struct asked a[5000];
	size_t i, n;

	world_make(&w);
	for (n = 0; n < 5000; n++) {
		a[n].g = grant_ask(w.h, &e, on_answer, &a[n]);
		if (a[n].g == NULL)
			break;
	}
	CHECK(n == 4097 && errno == EAGAIN);
	for (i = n - 1; i > 0; i--)
		grant_end(w.h, a[i].g);
	grant_end(w.h, a[0].g);
	CHECK(!hints_full(w.h));
}

static void
pending(void)
{
	struct rask_entry e = content("f", RASK_KIND_FILE, 5, 1000);
	struct asked a;
	int why;

	world_make(&w);
	ask(&a, &e);
	world_write("f", "local");
	world_take(&w, "put|f");
	/* Whoever holds it may wait for us. */
	CHECK(!hints_pending(w.h, &why) && why == 0);
	grant_end(w.h, a.g);
	CHECK(world_seq(&w) == 1);
}

static const struct unit tests[] = {
	{ "a new file is granted, and held once it is installed", a_new_file },
	{ "a line with the granted inode is the echo", echo },
	{ "any other waits for the end of the grant", another_line },
	{ "two who ask for a path have it one after the other",
	    one_after_the_other },
	{ "so with what lies above or below it", ancestors },
	{ "whoever dies leaves its path to the others", death },
	{ "no more than so many wait", too_many },
	{ "what waits for a grant keeps nobody waiting", pending },
};

UNIT_MAIN(tests)
