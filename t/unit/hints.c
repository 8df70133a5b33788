/* cmd/rask-index/lines.h: what a change line makes of an entry. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

static struct world w;

/* A file that was seen changing, whose hash is known. */
static uint64_t
begin(void)
{
	world_make(&w);
	world_write("f", "one");
	world_take(&w, "put|f");
	world_hash(&w, "f", "one");
	return world_seq(&w);
}

static void
a_live_edit(void)
{
	CHECK(begin() == 1);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 3);
	CHECK(w.e.version.n == 1 && w.e.version.v[0].node != 0);
	CHECK(w.e.seq == 1 && w.e.has_sig && w.e.mode == 0644);
	world_write("f", "other");
	world_take(&w, "put|f");
	CHECK(w.res.changes == 1 && world_seq(&w) == 2);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 5);
	CHECK(!w.e.has_hash);
}

static void
unchanged(void)
{
	uint64_t seq = begin();

	world_take(&w, "put|f\nput|f|found=1\nput|f");
	CHECK(w.res.lines == 3 && w.res.changes == 0);
	CHECK(world_seq(&w) == seq);
}

static void
meta(void)
{
	uint64_t seq = begin();

	CHECK(chmod("tree/f", 0600) == 0);
	world_take(&w, "put|f");
	CHECK(world_seq(&w) == seq + 1);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.mode == 0600);
	CHECK(world_hashed(&w, "one"));
}

static void
ctime_alone(void)
{
	uint64_t seq = begin();
	int64_t ctime;

	world_find(&w, "f");
	ctime = w.e.ctime;
	CHECK(link("tree/f", "other") == 0);
	world_take(&w, "put|f");
	world_rest(&w);
	CHECK(world_seq(&w) == seq);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.ctime != ctime);
	CHECK(world_hashed(&w, "one"));
}

/* Write other content with the same size and mtime. */
static void
forge(const char *content)
{
	struct timespec ts[2];
	struct stat st;

	CHECK(stat("tree/f", &st) == 0);
	world_write("f", content);
	ts[0] = st.st_atim;
	ts[1] = st.st_mtim;
	CHECK(utimensat(AT_FDCWD, "tree/f", ts, 0) == 0);
}

static void
other_hash(void)
{
	uint64_t seq = begin();

	forge("two");
	world_take(&w, "put|f");
	CHECK(world_seq(&w) == seq);
	world_rest(&w);
	CHECK(world_seq(&w) == seq + 1);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE);
	CHECK(world_hashed(&w, "two"));
}

static void
pending(void)
{
	uint64_t seq = begin();
	int why;

	CHECK(!hints_pending(w.h, &why));
	forge("two");
	world_take(&w, "put|f");
	world_take(&w, "put|f");
	CHECK(!hints_busy(w.h) && hints_pending(w.h, &why) && why == 0);
	hints_rest(w.h);
	CHECK(!hints_pending(w.h, &why) && world_seq(&w) == seq + 1);
}

static void
changed_while_hashed(void)
{
	uint64_t seq = begin();

	forge("two");
	world_take(&w, "put|f");
	world_write("f", "three");
	world_take(&w, "put|f");
	CHECK(world_seq(&w) == seq);
	world_rest(&w);
	CHECK(world_seq(&w) == seq + 1);
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 5);
}

static void
deletes(void)
{
	uint64_t seq = begin();

	world_take(&w, "del|f\ndel|never");
	CHECK(world_seq(&w) == seq);
	CHECK(!world_known(&w, "never"));
	CHECK(unlink("tree/f") == 0);
	world_take(&w, "del|f\ndel|f");
	CHECK(world_seq(&w) == seq + 1);
	CHECK(world_find(&w, "f") == RASK_KIND_GONE);
	CHECK(world_known(&w, "f") && world_hashed(&w, "one"));
}

static void
put_of_gone(void)
{
	uint64_t seq = begin();

	CHECK(unlink("tree/f") == 0);
	world_take(&w, "put|f");
	CHECK(world_seq(&w) == seq + 1);
	CHECK(world_find(&w, "f") == RASK_KIND_GONE);
}

static void
fifo(void)
{
	begin();
	CHECK(unlink("tree/f") == 0 && mkfifo("tree/f", 0600) == 0);
	world_take(&w, "put|f");
	CHECK(world_known(&w, "f") && w.e.kind == RASK_KIND_GONE);
}

static void
found(void)
{
	struct rask_seen s;
	uint64_t seq = begin();

	world_write("g", "found");
	s = world_look("g");
	world_take(&w, "put|g|found=1");
	CHECK(world_find(&w, "g") == RASK_KIND_FILE);
	CHECK(w.e.version.n == 1 && w.e.version.v[0].node == 0);
	CHECK(w.e.version.v[0].counter == (uint64_t)s.mtime / 1000);
	/* On a known path it is an edit, and on a tombstone. */
	world_write("f", "other");
	world_take(&w, "put|f|found=1");
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 5);
	CHECK(w.e.version.v[0].node != 0);
	CHECK(unlink("tree/f") == 0);
	world_take(&w, "del|f");
	world_write("f", "back");
	world_take(&w, "put|f|found=1");
	CHECK(world_find(&w, "f") == RASK_KIND_FILE && w.e.size == 4);
	CHECK(world_seq(&w) == seq + 4);
}

static void
believed(void)
{
	begin();
	world_take(&w, "put|no/g|size=7|mtime=5000|ctime=6|mode=0640|ino=9|"
	    "found=1\nsymlink|l|target=x|mtime=1000|ctime=2|mode=0777|ino=3|"
	    "found=1\nmkdir|d|mtime=1000|ctime=2|mode=0755|ino=4|found=1\n"
	    "put|h|mtime=5000|ctime=6|mode=0640|ino=9|found=1");
	CHECK(world_find(&w, "no/g") == RASK_KIND_FILE);
	CHECK(w.e.size == 7 && w.e.mtime == 5000 && w.e.ctime == 6);
	CHECK(w.e.mode == 0640 && w.e.ino == 9);
	CHECK(world_find(&w, "l") == RASK_KIND_LINK && w.e.target_len == 1);
	CHECK(world_find(&w, "d") == RASK_KIND_DIR && w.e.mtime == 0);
	CHECK(!world_known(&w, "h"));
	/* What differs from its entry is looked at: it is gone. */
	world_take(&w, "put|no/g|size=8|mtime=5000|ctime=6|mode=0640|ino=9|"
	    "found=1");
	CHECK(world_find(&w, "no/g") == RASK_KIND_GONE);
}

static void
kinds(void)
{
	begin();
	world_mkdir("d");
	CHECK(symlink("over there", "tree/l") == 0);
	world_take(&w, "mkdir|d\nsymlink|l|target=wrong");
	CHECK(world_find(&w, "d") == RASK_KIND_DIR && w.e.mode == 0755);
	CHECK(world_find(&w, "l") == RASK_KIND_LINK);
	CHECK(w.e.target_len == 10 && memcmp(w.e.target, "over there",
	    10) == 0);
	CHECK(rmdir("tree/d") == 0);
	world_write("d", "file");
	world_take(&w, "put|d");
	CHECK(world_find(&w, "d") == RASK_KIND_FILE);
}

static void
outside(void)
{
	begin();
	world_mkdir("d");
	CHECK(symlink("d", "tree/l") == 0);
	world_write("d/f", "x");
	world_take(&w, "put|l/f\nput|d/f");
	CHECK(!world_known(&w, "l/f"));
	CHECK(world_find(&w, "d/f") == RASK_KIND_FILE);
}

static void
malformed(void)
{
	begin();
	world_write("g", "x");
	world_take(&w, "put|g\nput|../x\nput\n# remark\nput|f|what=ever");
	CHECK(w.res.lines == 5 && w.res.changes == 1);
	CHECK(w.res.bad == 2 && w.res.first_bad == 2 && w.res.why != NULL);
	world_take(&w, "tree|/elsewhere\nput|f");
	CHECK(w.res.bad == 2 && strcmp(w.res.why, "another tree") == 0);
	world_take(&w, "put|f\ntree|%s\nput|f", w.root);
	CHECK(w.res.bad == 1 && w.res.first_bad == 1);
}

static void
no_tree(void)
{
	char line[] = "put\tf\n";

	begin();
	hints_free(w.h);
	CHECK((w.h = hints_new(w.store, w.slow, NULL)) != NULL);
	CHECK(hints_take(w.h, line, strlen(line), true, &w.res) == 0);
	CHECK(w.res.bad == 1 && strcmp(w.res.why, "no tree known") == 0);
	CHECK(hints_tree(w.h) == NULL && hints_root(w.h) == -1);
}

static void
many_wait(void)
{
	char text[64];
	int i;

	begin();
	world_mkdir("d");
	world_write("d/f", "one");
	world_take(&w, "put|d/f");
	world_hash(&w, "d/f", "one");
	CHECK(link("tree/d/f", "other") == 0);
	world_take(&w, "put|d/f");
	for (i = 0; i < 4096; i++)
		world_take(&w, "put|d/f/%d", i);
	CHECK(hints_full(w.h));
	strcpy(text, "put\tf\n");
	CHECK(hints_take(w.h, text, 6, true, &w.res) == -1);
	CHECK(strcmp(text, "put\tf\n") == 0);
	world_rest(&w);
	CHECK(!hints_full(w.h));
	CHECK(hints_take(w.h, text, 6, true, &w.res) == 0);
}

static const struct unit tests[] = {
	{ "what was seen changing is an edit of this node", a_live_edit },
	{ "what is as it was known is no change", unchanged },
	{ "a chmod keeps the content's hash", meta },
	{ "where only ctime differs, equal content is no change", ctime_alone },
	{ "and other content an edit, with its hash", other_hash },
	{ "until then it is pending", pending },
	{ "what changed while it was hashed is looked at again",
	    changed_while_hashed },
	{ "del makes a tombstone of what is gone and was known, only",
	    deletes },
	{ "put of what is gone is a delete", put_of_gone },
	{ "what is not carried counts as gone", fifo },
	{ "found content is nobody's, on a path without an entry only",
	    found },
	{ "a found line with all fields is believed for a new path", believed },
	{ "directories, links and files may replace each other", kinds },
	{ "no symlink is followed on the way", outside },
	{ "malformed lines are counted and passed over", malformed },
	{ "without a tree no change is taken", no_tree },
	{ "no more than so many wait, and text is not spoilt then", many_wait },
};

UNIT_MAIN(tests)
