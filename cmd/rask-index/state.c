/* The state, read. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db.h"
#include "state.h"
#include "sums.h"
#include "wire.h"

#define PER_PAGE	40	/* entries */
#define DIGEST_EVEN	20	/* no more is added above it: 16 MiB */
#define DIGEST_LEAST	12
#define META_LEN	(9 * 8)

struct state {
	struct db *db;		/* owned */
	unsigned char *page;	/* what the last call gave, owned */
	struct state_meta meta;
};

unsigned
state_bits(uint64_t entries, unsigned least)
{
	unsigned bits = least;

	while (bits < STATE_BITS_MAX && entries >> bits > PER_PAGE)
		bits++;
	return bits;
}

unsigned
state_digest_bits(unsigned bits)
{
	if (bits > DIGEST_EVEN)
		return bits;
	return bits < DIGEST_LEAST ? DIGEST_LEAST : (bits + 3) & ~3U;
}

/* Read what is told of a state. */
static int
get_meta(struct state *s)
{
	struct state_meta *m = &s->meta;
	unsigned char *p;
	uint64_t bits, digest_bits;
	size_t n;

	if ((p = db_value(s->db, "meta", &n)) == NULL)
		return -1;
	struct rask_rd r = { .p = p + DB_ENVELOPE, .end = p + n };
	m->node = rask_rd_u64(&r);
	m->epoch = rask_rd_u64(&r);
	m->pos = rask_rd_u64(&r);
	m->seq = rask_rd_u64(&r);
	m->live = rask_rd_u64(&r);
	m->gone = rask_rd_u64(&r);
	m->whole = rask_rd_u64(&r);
	bits = rask_rd_u64(&r);
	digest_bits = rask_rd_u64(&r);
	free(p);
	if (n != DB_ENVELOPE + META_LEN || bits > STATE_BITS_MAX ||
	    digest_bits > STATE_BITS_MAX || digest_bits < bits) {
		errno = EBADMSG;
		return -1;
	}
	m->bits = (unsigned)bits;
	m->digest_bits = (unsigned)digest_bits;
	return 0;
}

/* Make a state of a descriptor of its own. */
static int
take(struct state **out, int fd)
{
	struct state *s = calloc(1, sizeof(*s));
	int e;

	if (s == NULL) {
		close(fd);
		return -1;
	}
	if ((s->db = db_open(fd, DB_READ)) != NULL && get_meta(s) == 0) {
		*out = s;
		return 0;
	}
	e = errno;
	state_close(s);
	errno = e;
	return -1;
}

int
state_open(struct state **s, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd == -1 ? -1 : take(s, fd);
}

/* Open what a descriptor is open on once more, with an offset of its own. */
static int
open_again(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
state_adopt(struct state **s, int fd)
{
	int e, own = open_again(fd);

	/* The file may be somebody else's: what was handed over will do. */
	if (own == -1 && errno == EACCES)
		return take(s, fd);
	e = errno;
	close(fd);
	errno = e;
	return own == -1 ? -1 : take(s, own);
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	free(s->page);
	if (s->db != NULL)
		db_close(s->db);
	free(s);
}

const struct state_meta *
state_meta(const struct state *s)
{
	return &s->meta;
}

int
state_fd(const struct state *s)
{
	return db_fd(s->db);
}

int
state_page(struct state *s, uint32_t number, struct rask_page *pg)
{
	size_t n;

	free(s->page);
	if ((s->page = db_page(s->db, number, &n)) == NULL)
		return -1;
	if (rask_page_open(pg, s->page, n, number, s->meta.bits) == 0)
		return 0;
	if (errno != ENOTSUP)
		errno = EBADMSG;
	return -1;
}

/*
 * Drop the memory of a large value by opening the file once more; if that
 * fails, all is as before.
 */
static void
slim(struct state *s)
{
	int e = errno, fd = open_again(db_fd(s->db));
	struct db *db = fd == -1 ? NULL : db_open(fd, DB_READ);

	if (db != NULL) {
		db_close(s->db);
		s->db = db;
	}
	errno = e;
}

struct rask_digest *
state_digest(struct state *s)
{
	unsigned bits = s->meta.digest_bits;
	struct rask_digest *d = NULL;
	unsigned char *p;
	size_t n;

	if ((p = db_value(s->db, "digest", &n)) == NULL)
		return NULL;
	slim(s);
	if (n != DB_ENVELOPE + ((size_t)16 << bits))
		errno = EBADMSG;
	else if ((d = rask_digest_new(bits)) != NULL)
		rask_digest_load(d, p + DB_ENVELOPE);
	free(p);
	return d;
}

struct rask_filter *
state_filter(struct state *s)
{
	struct rask_filter *f;
	unsigned char *p;
	size_t n;

	if ((p = db_value(s->db, "filter", &n)) == NULL)
		return NULL;
	slim(s);
	f = rask_filter_load(p + DB_ENVELOPE, n - DB_ENVELOPE);
	if (f == NULL && errno == EINVAL)
		errno = EBADMSG;
	free(p);
	return f;
}

int
state_verify(struct state *s, int dir, uint64_t *block)
{
	struct stat st;
	int e;

	if (sums_check(dir, s->meta.pos, state_fd(s), block) == 0)
		return 0;
	e = errno;
	if (*block == UINT64_MAX && fstat(state_fd(s), &st) == 0 &&
	    st.st_nlink == 0)
		return 0;
	errno = e;
	return -1;
}
