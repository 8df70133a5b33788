/* A store as it should be. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segs.h"
#include "storemodel.h"
#include "unit.h"

/* GDBM leaks a block when it cannot make a file. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:gdbm_fd_open\n";
}

void
model_roll(struct model *m)
{
	struct rask_segment head = { MODEL_EPOCH, MODEL_NODE, m->pos, m->seq,
	    1 };
	unsigned char bytes[RASK_SEGMENT_HEAD];
	char name[SEG_NAME_LEN];

	if (m->fd != -1)
		close(m->fd);
	segs_name(name, m->pos);
	m->fd = openat(m->dir, name, O_RDWR | O_CREAT | O_EXCL, 0600);
	rask_segment_write(bytes, &head);
	CHECK(write(m->fd, bytes, sizeof(bytes)) == sizeof(bytes));
	m->pos += sizeof(bytes);
}

struct model *
model_new(uint64_t seed)
{
	struct model *m = calloc(1, sizeof(*m));
	size_t i;

	strcpy(m->tmp, "/tmp/rask-fold-XXXXXX");
	CHECK(mkdtemp(m->tmp) != NULL);
	m->dir = open(m->tmp, O_RDONLY | O_DIRECTORY);
	m->pos = 1;
	m->fd = -1;
	m->seed = seed;
	for (i = 0; i < PATHS; i++)
		snprintf(m->v[i].path, sizeof(m->v[i].path), "d%zu/%05zu",
		    i % 7, i);
	model_roll(m);
	return m;
}

void
model_free(struct model *m)
{
	DIR *d = fdopendir(dup(m->dir));
	struct dirent *e;

	rewinddir(d);
	while ((e = readdir(d)) != NULL)
		unlinkat(m->dir, e->d_name, 0);
	closedir(d);
	CHECK(rmdir(m->tmp) == 0);
	free(m);
}

/* Write a record. */
static void
append(struct model *m, const struct rask_record *r)
{
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	size_t n = rask_record_write(buf, r, MODEL_EPOCH, m->pos);

	CHECK(write(m->fd, buf, n) == (ssize_t)n);
	m->pos += n;
	if (unit_below(&m->seed, 3000) == 0)
		model_roll(m);
}

/* Count what a path is, or no longer is. */
static void
count(struct model *m, const struct known *k, int by)
{
	if (k->there && k->e.kind == RASK_KIND_GONE)
		m->gone += (uint64_t)(int64_t)by;
	else if (k->there)
		m->live += (uint64_t)(int64_t)by;
}

void
model_change(struct model *m, size_t i)
{
	struct rask_record r = { .type = RASK_RECORD_CHANGE, .time = 5 };
	size_t what = unit_below(&m->seed, 20);
	struct known *k = &m->v[i];
	struct rask_entry e = { .mode = 0600, .path = k->path,
	    .path_len = (uint16_t)strlen(k->path) };

	if (k->there)
		r.old = rask_entry_item(&k->e);
	else
		r.flags = RASK_RECORD_FIRST;
	count(m, k, -1);
	e.kind = what < 4 ? RASK_KIND_GONE : RASK_KIND_FILE;
	e.size = unit_below(&m->seed, 1 << 20);
	e.mtime = (int64_t)(1 + unit_below(&m->seed, 1000));
	e.version.n = 1;
	e.version.v[0] = (struct rask_dot){ ++m->seq, MODEL_NODE };
	if (k->there && what == 4) {
		r.type = RASK_RECORD_REFRESH;
		e = k->e;
		e.has_sig = true;
		e.ino = unit_below(&m->seed, 1 << 20);
		r.seq = e.seq;
		m->seq--;
	} else if (k->there && what == 5) {
		r.type = RASK_RECORD_DROP;
		e = k->e;
		r.seq = e.seq;
		m->seq--;
	} else
		e.seq = r.seq = m->seq;
	r.entry = e;
	k->e = e;
	k->there = r.type != RASK_RECORD_DROP;
	count(m, k, 1);
	append(m, &r);
}

void
model_chatter(struct model *m)
{
	struct rask_record r = { .type = RASK_RECORD_MARK, .durable = m->pos };

	append(m, &r);
	r = (struct rask_record){ .type = RASK_RECORD_MOVE, .seq = ++m->seq,
	    .time = 1, .path = "a", .path2 = "b", .path_len = 1,
	    .path2_len = 1, .dot = { 1, MODEL_NODE } };
	append(m, &r);
	r = (struct rask_record){ .type = RASK_RECORD_MOVED, .seq = m->seq };
	append(m, &r);
}
