/* A tree with a store, for tests. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../cmd/rask-index/look.h"
#include "world.h"

static char made[] = "/tmp/hints-XXXXXX";	/* the directory */
static pid_t maker;				/* who made it */

/* Nobody waits. */
static void
on_durable(void *ctx, uint64_t seq, int error)
{
	(void)ctx;
	(void)seq;
	(void)error;
}

/* What the store has to say is for whoever reads a failed test. */
static void
on_say(void *ctx, int prio, const char *text)
{
	(void)ctx;
	(void)prio;
	fprintf(stderr, "%s\n", text);
}

/* Remove what world_make_dir() made, in that process. */
static void
clean(void)
{
	char cmd[96];

	if (getpid() != maker)
		return;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", made);
	if (system(cmd) != 0)
		perror(made);
}

/* Open the store and begin. */
static void
begin(struct world *w)
{
	struct store_opts o = { .dir = "state", .name = "here",
	    .feed_max = 1 << 30, .gather_max = 1000000,
	    .durable = on_durable, .say = on_say };
	char why[STORE_WHY] = "";

	CHECK((w->work = rask_work_new(false)) != NULL);
	CHECK((w->slow = rask_work_new(true)) != NULL);
	o.work = w->work;
	o.slow = w->slow;
	CHECK_FOR(why, store_open(&w->store, &o, why) == 0);
	CHECK((w->h = hints_new(w->store, w->slow, NULL)) != NULL);
	world_take(w, "tree|%s", w->root);
}

void
world_make_dir(struct world *w)
{
	memset(w, 0, sizeof(*w));
	CHECK(mkdtemp(made) != NULL);
	maker = getpid();
	atexit(clean);
	CHECK(chdir(made) == 0);
	CHECK(mkdir("tree", 0755) == 0);
	CHECK((w->root = realpath("tree", NULL)) != NULL);
}

void
world_make(struct world *w)
{
	world_make_dir(w);
	begin(w);
}

void
world_again(struct world *w)
{
	begin(w);
}

/* The name below the working directory of a path of the tree. */
static const char *
below(const char *path, char *to)
{
	snprintf(to, 256, "tree/%s", path);
	return to;
}

void
world_write(const char *path, const char *content)
{
	char name[256];
	FILE *f;

	CHECK((f = fopen(below(path, name), "w")) != NULL);
	CHECK(fputs(content, f) >= 0 && fclose(f) == 0);
}

void
world_mkdir(const char *path)
{
	char name[256];

	CHECK(mkdir(below(path, name), 0755) == 0);
}

void
world_mv(const char *old, const char *new)
{
	char a[256], b[256];

	CHECK(rename(below(old, a), below(new, b)) == 0);
}

void
world_take(struct world *w, const char *fmt, ...)
{
	static char text[1 << 20];
	va_list ap;
	size_t n, i;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	CHECK(n < sizeof(text) - 1);
	for (i = 0; i < n; i++)
		if (text[i] == '|')
			text[i] = '\t';
	text[n++] = '\n';
	CHECK(hints_take(w->h, text, n, true, &w->res) == 0);
}

void
world_rest(struct world *w)
{
	int i;

	hints_slice(w->h);
	for (i = 0; i < 100000; i++) {
		rask_work_drain(w->slow);
		if (hints_busy(w->h))
			hints_slice(w->h);
		else if (i > 2)
			return;
	}
	CHECK(!hints_busy(w->h));
}

enum rask_kind
world_find(struct world *w, const char *path)
{
	int r = store_find(w->store, path, strlen(path), &w->e, w->buf);

	CHECK(r != -1);
	return r == 1 ? w->e.kind : RASK_KIND_GONE;
}

bool
world_known(struct world *w, const char *path)
{
	return store_find(w->store, path, strlen(path), &w->e, w->buf) == 1;
}

uint64_t
world_seq(const struct world *w)
{
	struct store_info i;

	store_info(w->store, &i);
	return i.seq;
}

size_t
world_seen(struct world *w, uint64_t since)
{
	struct rask_buf out = { 0 };
	const unsigned char *p;
	size_t n = 0, len, left;
	uint64_t pos;
	bool lost;
	int r;

	pos = store_follow(w->store, since, 0, &lost);
	CHECK(!lost);
	while ((r = store_read(w->store, &pos, &out, 1 << 20)) > 0)
		;
	CHECK(r == 0);
	p = rask_buf_head(&out);
	for (left = rask_buf_left(&out); left > 0; left -= len, p += len) {
		/* Its position, and then its length. */
		len = 8 + RASK_RECORD_HEAD + ((size_t)p[10] << 8 | p[11]);
		CHECK(len <= left);
		n++;
	}
	rask_buf_free(&out);
	return n;
}

bool
world_hashed(const struct world *w, const char *content)
{
	unsigned char sha[RASK_SHA_LEN];

	CHECK(rask_sha(content, strlen(content), sha) == 0);
	return w->e.has_hash && memcmp(w->e.hash, sha, sizeof(sha)) == 0;
}

void
world_hash(struct world *w, const char *path, const char *content)
{
	struct rask_record r;

	CHECK(world_find(w, path) == RASK_KIND_FILE);
	memset(&r, 0, sizeof(r));
	r.type = RASK_RECORD_REFRESH;
	r.entry = w->e;
	r.entry.has_hash = true;
	CHECK(rask_sha(content, strlen(content), r.entry.hash) == 0);
	CHECK(store_take(w->store, &r, &w->e) == 0);
	CHECK(store_commit(w->store) == 0);
}

struct rask_seen
world_look(const char *path)
{
	struct rask_seen seen;
	struct stat st;
	char name[256];

	memset(&seen, 0, sizeof(seen));
	if (lstat(below(path, name), &st) == 0)
		look_fill(&seen, &st);
	else
		CHECK(errno == ENOENT || errno == ENOTDIR);
	return seen;
}
