/*
 * pages N DIR: the yardstick of the index: the pages of N entries stored and
 * read with plain calls of GDBM in one process, in a file in DIR.
 *
 * Each of the figures is the better one of GDBM's own block size and of
 * 16384; printed are, as key=value lines: load_per_s (entries stored),
 * read_per_s (random pages fetched), update_per_s (random pages fetched, an
 * entry of it changed, and stored), sync_s (that the load took to reach the
 * disk), bytes (of the file), pages.
 */
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "entry.h"
#include "hash.h"
#include "page.h"

#define PER_PAGE	40	/* entries, about */
#define READS		200000
#define UPDATES		100000

/* A place and whose it is. */
struct where {
	uint64_t place;
	uint32_t i;
};

struct bench {
	struct where *v;	/* all entries by their places */
	uint32_t n;		/* of them */
	unsigned bits;		/* 2^bits pages */
	GDBM_FILE db;
	struct rask_buf page;	/* made last */
	uint64_t seed;
};

/* What was measured. */
struct figures {
	double load, read, update, sync;
	long long bytes;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The next random number (splitmix64). */
static uint64_t
next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* The path of the i-th entry; its length. */
static size_t
path_of(char path[64], uint32_t i)
{
	return (size_t)snprintf(path, 64,
	    "photos/2024/d%05u/img-file-%08u.jpeg", i / 1000, i);
}

/* The i-th entry, as bytes; their number. */
static size_t
entry_of(unsigned char *p, uint32_t i, uint64_t more)
{
	char path[64];
	struct rask_entry e = { .kind = RASK_KIND_FILE, .mode = 0644,
	    .has_sig = true, .size = 4096 + i % 100000, .ino = 1000 + i,
	    .mtime = 1700000000000000000 + (int64_t)(i + more),
	    .seq = 1 + i };

	e.ctime = e.mtime + 1000;
	e.path = path;
	e.path_len = (uint16_t)path_of(path, i);
	e.version.n = 1;
	e.version.v[0] = (struct rask_dot){ 1700000000000000 + i, 0x1234 };
	return rask_entry_encode(&e, p);
}

static int
compare(const void *a, const void *b)
{
	const struct where *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* Place all entries. */
static void
prepare(struct bench *b)
{
	char path[64];
	uint32_t i;

	if ((b->v = calloc(b->n, sizeof(*b->v))) == NULL)
		err(1, "calloc");
	for (i = 0; i < b->n; i++)
		b->v[i] = (struct where){ rask_place(path, path_of(path, i)),
		    i };
	qsort(b->v, b->n, sizeof(*b->v), compare);
	while (b->n >> b->bits > PER_PAGE)
		b->bits++;
}

/* Make a page of the entries from *at on. */
static void
make_page(struct bench *b, uint32_t number, uint32_t *at)
{
	unsigned char bytes[RASK_ENTRY_MAX];
	struct rask_page_maker m;

	b->page.len = b->page.off = 0;
	if (rask_page_begin(&m, &b->page, number, b->bits) == -1)
		err(1, "page");
	for (; *at < b->n &&
	    rask_page_of(b->v[*at].place, b->bits) == number; ++*at)
		if (rask_page_add(&m, b->v[*at].place, bytes,
		    entry_of(bytes, b->v[*at].i, 0)) == -1)
			err(1, "page");
	rask_page_end(&m);
}

/* Store the page made last. */
static void
store(struct bench *b, uint32_t number)
{
	datum k = { (char *)&number, sizeof(number) };
	datum d = { (char *)rask_buf_head(&b->page),
	    (int)rask_buf_left(&b->page) };

	if (gdbm_store(b->db, k, d, GDBM_REPLACE) != 0)
		errx(1, "gdbm_store: %s", gdbm_db_strerror(b->db));
}

/* Fetch a page. */
static datum
fetch(struct bench *b, uint32_t number)
{
	datum k = { (char *)&number, sizeof(number) };
	datum d = gdbm_fetch(b->db, k);

	if (d.dptr == NULL)
		errx(1, "gdbm_fetch: %s", gdbm_db_strerror(b->db));
	return d;
}

/* Store all; only GDBM's part is timed. */
static double
load(struct bench *b)
{
	uint32_t number, at = 0;
	double t, sum = 0;

	for (number = 0; number >> b->bits == 0; number++) {
		make_page(b, number, &at);
		t = now();
		store(b, number);
		sum += now() - t;
	}
	return b->n / sum;
}

/* Fetch random pages. */
static double
reading(struct bench *b)
{
	double t = now();
	int i;

	for (i = 0; i < READS; i++)
		free(fetch(b, (uint32_t)(next(&b->seed) >>
		    (64 - b->bits))).dptr);
	return READS / (now() - t);
}

/* Change one entry each of random pages. */
static double
updating(struct bench *b)
{
	unsigned char bytes[RASK_ENTRY_MAX];
	struct rask_page_maker m;
	struct rask_page_put put;
	struct rask_page pg;
	struct where *w;
	uint32_t number;
	double t = now();
	datum d;
	int i;

	for (i = 0; i < UPDATES; i++) {
		w = &b->v[next(&b->seed) % b->n];
		number = rask_page_of(w->place, b->bits);
		put = (struct rask_page_put){ w->place, bytes,
		    entry_of(bytes, w->i, (uint64_t)i), false };
		d = fetch(b, number);
		b->page.len = b->page.off = 0;
		if (rask_page_open(&pg, d.dptr, (size_t)d.dsize, number,
		    b->bits) == -1 || rask_page_merge(&m, &b->page, number,
		    b->bits, &pg, &put, 1) == -1)
			err(1, "page");
		store(b, number);
		free(d.dptr);
	}
	return UPDATES / (now() - t);
}

/* Measure all with a block size; 0 is GDBM's own. */
static struct figures
measure(struct bench *b, const char *path, int block)
{
	struct figures f;
	struct stat st;

	b->db = gdbm_open(path, block, GDBM_NEWDB | GDBM_NOMMAP, 0600, NULL);
	if (b->db == NULL)
		errx(1, "%s: %s", path, gdbm_strerror(gdbm_errno));
	f.load = load(b);
	f.sync = now();
	gdbm_sync(b->db);
	f.sync = now() - f.sync;
	f.read = reading(b);
	f.update = updating(b);
	if (fstat(gdbm_fdesc(b->db), &st) == -1)
		err(1, "%s", path);
	f.bytes = st.st_size;
	gdbm_close(b->db);
	unlink(path);
	return f;
}

static double
better(double a, double b)
{
	return a > b ? a : b;
}

int
main(int argc, char **argv)
{
	struct bench b = { .seed = 1, .bits = 1 };
	struct figures own, large;
	char path[4096];

	if (argc != 3 || (b.n = (uint32_t)strtoul(argv[1], NULL, 10)) == 0) {
		fprintf(stderr, "usage: %s N DIR\n", argv[0]);
		return 64;
	}
	snprintf(path, sizeof(path), "%s/pages.%d", argv[2], (int)getpid());
	prepare(&b);
	own = measure(&b, path, 0);
	large = measure(&b, path, 16384);
	printf("load_per_s=%.0f\n", better(own.load, large.load));
	printf("read_per_s=%.0f\n", better(own.read, large.read));
	printf("update_per_s=%.0f\n", better(own.update, large.update));
	printf("sync_s=%.2f\n", own.sync < large.sync ? own.sync :
	    large.sync);
	printf("bytes=%lld\n", own.bytes < large.bytes ? own.bytes :
	    large.bytes);
	printf("pages=%u\n", 1U << b.bits);
	free(b.v);
	rask_buf_free(&b.page);
	return 0;
}
