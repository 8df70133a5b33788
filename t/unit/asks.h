#ifndef ASKS_H
#define ASKS_H

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>

#include "world.h"

/* Askings of another node's content, in a world. */

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

/* It is answered. */
static inline void
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
static inline struct rask_entry
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

/* Ask, with what becomes of it in *a. */
static inline struct asked
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
static inline void
put(const char *path, const char *text)
{
	struct timespec ts[2] = { { 0, 1000 }, { 0, 1000 } };
	char name[64];

	world_write(path, text);
	snprintf(name, sizeof(name), "tree/%s", path);
	CHECK(utimensat(AT_FDCWD, name, ts, 0) == 0);
}

/* What was installed: a file, as it is now in the tree. */
static inline int
installed(struct asked *a, const char *path, const struct rask_seen *taken,
    uint64_t *seq)
{
	struct rask_seen final = world_look(path);

	return grant_installed(w.h, a->g, &final, taken, seq);
}

#endif
