/*
 * cmd/rask-index/lines.h: a tree in which all kinds of things happen, each
 * told by a line that comes late, and sometimes lost in an overflow.  In the
 * end the index has what the tree has, and each file's hash is its own.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/path.h"
#include "../../lib/tree.h"
#include "../../lib/walk.h"
#include "world.h"

enum { OPS = 400, NAMES = 4, DEPTH = 3, LINES = 100000 };

static struct world w;
static uint64_t state, seed;
static struct rask_buf lines;		/* that the index has not had yet */
static unsigned contents;		/* written so far */
static bool full;			/* nothing can be written just now */

/* A random path: names of few letters, so that they meet often. */
static void
any_path(char path[64])
{
	size_t i, n = 1 + unit_below(&state, DEPTH);

	for (i = 0; i < n; i++) {
		if (i > 0)
			*path++ = '/';
		*path++ = (char)('a' + unit_below(&state, NAMES));
	}
	*path = '\0';
}

/* Its name for system calls. */
static const char *
at(const char *path, char name[128])
{
	snprintf(name, 128, "tree/%s", path);
	return name;
}

/* Tell. */
static void
say(const char *op, const char *path, const char *path2)
{
	CHECK(rask_buf_printf(&lines, "%s\t%s%s%s\n", op, path,
	    path2 != NULL ? "\t" : "", path2 != NULL ? path2 : "") == 0);
}

/* One of what nftw(3) meets, bottom up. */
static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	CHECK(remove(name) == 0);
	say("del", name + 5, NULL);
	return 0;
}

/* Do something to the tree, and tell it. */
static void
operate(void)
{
	char a[64], b[64], x[128], y[128];
	struct stat st;
	int fd;

	any_path(a);
	any_path(b);
	switch (unit_below(&state, 9)) {
	case 0: case 1:
		fd = open(at(a, x), O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd == -1)
			return;
		CHECK(dprintf(fd, "%u", contents++) > 0 && close(fd) == 0);
		say("put", a, NULL);
		break;
	case 2: case 3:
		if (mkdir(at(a, x), 0755) == 0)
			say("mkdir", a, NULL);
		break;
	case 4:
		if (lstat(at(a, x), &st) == 0 && unit_below(&state, 3) == 0)
			nftw(x, remove_one, 10, FTW_DEPTH | FTW_PHYS);
		break;
	case 5:
		if (lstat(at(a, x), &st) == 0 && chmod(x, S_ISDIR(st.st_mode) ?
		    0700 : 0600) == 0)
			say("put", a, NULL);
		break;
	default:
		if (rask_path_rel(a, b) == RASK_REL_APART &&
		    rename(at(a, x), at(b, y)) == 0)
			say("mv", a, b);
		break;
	}
}

/* The disk is full, for the feed; or it is not. */
static void
disk(bool is_full)
{
	struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat st;

	if (is_full) {
		if (stat("state/feed-0000000000000000", &st) == -1)
			return;
		l.rlim_cur = (rlim_t)st.st_size + unit_below(&state, 300);
	}
	CHECK(setrlimit(RLIMIT_FSIZE, &l) == 0);
	full = is_full;
}

/* Give the index some of the lines; all: all of them. */
static void
deliver(bool all)
{
	char *p, *lf;
	size_t n, i, want;
	int tries = 0;

	while ((n = rask_buf_left(&lines)) > 0) {
		p = (char *)rask_buf_head(&lines);
		want = all ? LINES : 1 + unit_below(&state, 6);
		for (lf = p, i = 0; i < want && lf < p + n; i++)
			lf = (char *)memchr(lf, '\n', (size_t)(p + n - lf)) +
			    1;
		if (hints_take(w.h, p, (size_t)(lf - p), true, &w.res) == -1) {
			if (full)
				return;
			CHECK_SEED(seed, errno == EAGAIN && tries++ < 10000);
			rask_work_drain(w.slow);
			hints_slice(w.h);
			continue;
		}
		CHECK_SEED(seed, w.res.bad == 0);
		rask_buf_take(&lines, (size_t)(lf - p));
		if (!all)
			break;
	}
}

/* Walk the tree: its found lines, or what the index has to say of each. */
static size_t
walk(bool tell)
{
	struct rask_walk_entry e;
	struct rask_seen seen;
	struct rask_walk *walk;
	size_t n = 0;
	int r;

	CHECK((walk = rask_walk_open(hints_root(w.h), "", 0)) != NULL);
	while ((r = rask_walk_next(walk, &e)) == 1) {
		if (e.path[0] == '\0')
			continue;
		n++;
		if (tell) {
			CHECK(rask_buf_printf(&lines, "%s\t%s\tfound=1\n",
			    e.type == DT_DIR ? "mkdir" : "put", e.path) == 0);
			continue;
		}
		seen = world_look(e.path);
		CHECK_FOR(e.path, world_find(&w, e.path) == seen.kind);
		CHECK_FOR(e.path, w.e.mode == seen.mode);
		if (seen.kind == RASK_KIND_FILE)
			CHECK_FOR(e.path, w.e.size == seen.size &&
			    w.e.mtime == seen.mtime && w.e.ino == seen.ino &&
			    w.e.ctime == seen.ctime);
	}
	CHECK(r == 0);
	rask_walk_close(walk);
	return n;
}

/* The content of a file of the tree; false: there is none. */
static bool
content(const char *path, char s[32])
{
	char name[128];
	ssize_t n;
	int fd;

	if ((fd = open(at(path, name), O_RDONLY)) == -1)
		return false;
	n = read(fd, s, 31);
	close(fd);
	s[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

/* Find out some file's hash, if its entry is as the tree has it. */
static void
learn(void)
{
	struct rask_seen seen;
	char path[64], s[32];

	any_path(path);
	if (world_find(&w, path) != RASK_KIND_FILE || full)
		return;
	seen = world_look(path);
	if (seen.kind == RASK_KIND_FILE && w.e.ino == seen.ino &&
	    w.e.size == seen.size && w.e.mtime == seen.mtime &&
	    w.e.ctime == seen.ctime && content(path, s))
		world_hash(&w, path, s);
}

/* Are known hashes those of the contents? */
static int
hash_holds(void *ctx, const struct rask_entry *e)
{
	char path[64], s[32];

	(void)ctx;
	snprintf(path, sizeof(path), "%.*s", (int)e->path_len, e->path);
	w.e = *e;
	if (e->has_hash)
		CHECK_FOR(path, content(path, s) && world_hashed(&w, s));
	return 0;
}

/* Lines are lost; all is told again. */
static void
overflow(void)
{
	rask_buf_take(&lines, rask_buf_left(&lines));
	CHECK(rask_buf_str(&lines, "# overflow\n") == 0);
	walk(true);
	CHECK(rask_buf_str(&lines, "# rescan done\n") == 0);
}

/* One of the two, if $FULL says so: it takes long to wait for the store. */
static void
disk_happens(bool is_full)
{
	if (getenv("FULL") != NULL)
		disk(is_full);
	else
		operate();
}

/* Something happens. */
static void
happen(void)
{
	switch (unit_below(&state, 200)) {
	case 0:
		overflow();
		break;
	case 1:
		/* The program begins anew: what waited is forgotten. */
		hints_free(w.h);
		w.h = hints_new(w.store, w.slow, w.root);
		CHECK(w.h != NULL);
		overflow();
		break;
	case 2: case 3:
		disk_happens(true);
		break;
	case 4: case 5: case 6: case 7:
		disk_happens(false);
		break;
	default:
		operate();
	}
	if (unit_below(&state, 3) == 0)
		deliver(false);
	if (unit_below(&state, 8) == 0)
		deliver(true);
	if (unit_below(&state, 10) == 0)
		hints_slice(w.h);
	if (unit_below(&state, 10) == 0)
		rask_work_drain(w.slow);
	if (unit_below(&state, 3) == 0)
		learn();
}

/* The index comes to have what the tree has, and no more. */
static void
check(void)
{
	struct store_info info;
	uint64_t place = 0;
	size_t n;

	disk(false);
	deliver(true);
	world_rest(&w);
	n = walk(false);
	store_info(w.store, &info);
	CHECK_SEED(seed, info.live == n);
	while (store_each(w.store, &place, 64, hash_holds, NULL) == 1)
		;
}

static void
run(uint64_t from, uint64_t to)
{
	int i;

	signal(SIGXFSZ, SIG_IGN);
	world_make(&w);
	for (seed = from; seed < to; seed++) {
		state = seed;
		for (i = 0; i < OPS; i++)
			happen();
		check();
	}
}

static void
first_runs(void)
{
	run(1, 30);
}

static void
given_run(void)
{
	const char *s = getenv("SEED");

	if (s != NULL)
		run(strtoull(s, NULL, 10), strtoull(s, NULL, 10) + 1);
}

static const struct unit tests[] = {
	{ "whatever happens, the index comes to have what the tree has",
	    first_runs },
	{ "also with $SEED, and with $FULL on a disk that is full at times",
	    given_run },
};

UNIT_MAIN(tests)
