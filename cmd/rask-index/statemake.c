/* A state being made. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "state.h"
#include "sums.h"
#include "wire.h"

#define META_LEN	(9 * 8)

struct state_maker {
	struct db *db;		/* owned */
	int dir;		/* borrowed */
	uint64_t whole;		/* of the state it began with, or 0 */
};

/* Begin with an empty file, or with what another has. */
static struct state_maker *
begin(int dir, const char *name, struct state *from, uint64_t *block)
{
	struct state_maker *m = calloc(1, sizeof(*m));
	int e, fd;

	if (m == NULL)
		return NULL;
	m->dir = dir;
	fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd != -1 && from != NULL && sums_copy(dir, state_meta(from)->pos,
	    state_fd(from), fd, block) == -1) {
		e = errno;
		close(fd);
		errno = e;
		fd = -1;
	}
	if (from != NULL)
		m->whole = state_meta(from)->whole;
	if (fd != -1)
		m->db = db_open(fd, from ? DB_CHANGE : DB_NEW);
	if (m->db != NULL)
		return m;
	free(m);
	return NULL;
}

struct state_maker *
state_make(int dir, const char *name, unsigned bits)
{
	if (bits <= STATE_BITS_MAX)
		return begin(dir, name, NULL, NULL);
	errno = EINVAL;
	return NULL;
}

struct state_maker *
state_make_from(int dir, const char *name, struct state *from,
    uint64_t *block)
{
	return begin(dir, name, from, block);
}

void
state_unmake(struct state_maker *m)
{
	if (m == NULL)
		return;
	db_close(m->db);
	free(m);
}

int
state_put(struct state_maker *m, uint32_t number, const void *p, size_t len)
{
	return db_put_page(m->db, number, p, len);
}

/* Store what is told of a state. */
static int
put_meta(struct state_maker *m, const struct state_meta *meta)
{
	unsigned char buf[DB_ENVELOPE + META_LEN], *p = buf + DB_ENVELOPE;
	uint64_t whole = m->whole;
	struct stat st;

	if (whole == 0 && fstat(db_fd(m->db), &st) == 0)
		whole = (uint64_t)st.st_size;
	p = rask_wire_u64(p, meta->node);
	p = rask_wire_u64(p, meta->epoch);
	p = rask_wire_u64(p, meta->pos);
	p = rask_wire_u64(p, meta->seq);
	p = rask_wire_u64(p, meta->live);
	p = rask_wire_u64(p, meta->gone);
	p = rask_wire_u64(p, whole);
	p = rask_wire_u64(p, meta->bits);
	rask_wire_u64(p, meta->digest_bits);
	return db_put_value(m->db, "meta", buf, META_LEN);
}

/* Store digest and filter. */
static int
put_sums(struct state_maker *m, const struct rask_digest *d,
    const struct rask_filter *f)
{
	size_t f_len, d_len = (size_t)16 << rask_digest_bits(d);
	const unsigned char *bytes = rask_filter_bytes(f, &f_len);
	unsigned char *p;
	int ok = -1;

	p = malloc(DB_ENVELOPE + (d_len > f_len ? d_len : f_len));
	if (p == NULL)
		return -1;
	rask_digest_save(d, p + DB_ENVELOPE);
	if (db_put_value(m->db, "digest", p, d_len) == 0) {
		memcpy(p + DB_ENVELOPE, bytes, f_len);
		ok = db_put_value(m->db, "filter", p, f_len);
	}
	free(p);
	return ok;
}

int
state_made(struct state_maker *m, const struct state_meta *meta,
    const struct rask_digest *d, const struct rask_filter *f)
{
	int e, ok = -1;

	if (put_sums(m, d, f) == 0 && put_meta(m, meta) == 0 &&
	    db_sync(m->db) == 0)
		ok = sums_write(m->dir, meta->pos, db_fd(m->db));
	e = errno;
	if (db_close(m->db) == -1 && ok == 0) {
		e = errno;
		ok = -1;
	}
	free(m);
	errno = e;
	return ok;
}
