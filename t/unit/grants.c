/* cmd/rask-index/lines.h: who may install something, and what comes of it. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

#define FUTURE	(UINT64_C(1) << 60)	/* a counter above all of now */

static struct world w;

/* What became of an asking. */
struct asked {
	struct grant *g;		/* while it is held or waits */
	enum grant_answer how;		/* 0: not answered */
	int times;			/* that it was answered */
	bool known, keep;		/* stands was given; keep */
	uint64_t size;			/* of what stands */
	int error;
};

static void
on_answer(void *ctx, struct grant *g, enum grant_answer how,
    const struct rask_entry *stands, bool keep, int error)
{
	struct asked *a = ctx;

	a->g = g;
	a->how = how;
	a->times++;
	a->known = stands != NULL;
	a->keep = keep;
	a->size = stands != NULL ? stands->size : 0;
	a->error = error;
}

/* Another node's content of `path`, of so many bytes, with inode 77. */
static struct rask_entry
content(const char *path, enum rask_kind kind, uint64_t size,
    uint64_t counter)
{
	struct rask_entry e;

	memset(&e, 0, sizeof(e));
	e.kind = kind;
	e.path = path;
	e.path_len = (uint16_t)strlen(path);
	e.mode = 0644;
	e.size = size;
	e.mtime = 1000;
	e.has_sig = true;
	e.ino = 77;
	e.version.n = 1;
	e.version.v[0].node = 4711;
	e.version.v[0].counter = counter;
	return e;
}

static struct asked
ask(struct asked *a, const struct rask_entry *e)
{
	struct grant *g;

	memset(a, 0, sizeof(*a));
	g = grant_ask(w.h, e, on_answer, a);
	CHECK(g != NULL);
	a->g = g;
	return *a;
}

/* Write what content() says. */
static void
put(const char *path, const char *text)
{
	struct timespec ts[2] = { { 0, 1000 }, { 0, 1000 } };
	char name[64];

	world_write(path, text);
	snprintf(name, sizeof(name), "tree/%s", path);
	CHECK(utimensat(AT_FDCWD, name, ts, 0) == 0);
}

/* What was installed: a file, as it is now in the tree. */
static int
installed(struct asked *a, const char *path, const struct rask_seen *taken,
    uint64_t *seq)
{
	struct rask_seen final = world_look(path);

	return grant_installed(w.h, a->g, &final, taken, seq);
}

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
	{ "an edit that was taken out is recorded first, and kept",
	    edit_taken_out },
	{ "or wins, and is put back", edit_that_wins },
	{ "what was as it was known is no edit, whatever its ctime",
	    as_it_was_known },
	{ "a delete that had not seen an edit makes it anew", deletes },
	{ "what is missing in the tree is given back", given_back },
	{ "whoever dies leaves its path to the others", death },
	{ "no more than so many wait", too_many },
	{ "what waits for a grant keeps nobody waiting", pending },
	{ "a grant below a move is judged by what came with it",
	    while_moving },
};

UNIT_MAIN(tests)
