/* Files of GDBM's: the only door to it. */
#include <errno.h>
#include <gdbm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "hash.h"
#include "sums.h"
#include "wire.h"

#define FORMAT		1
#define BLOCK		16384	/* twice as fast as GDBM's 4096 */
#define BUCKETS		1024	/* in memory at most, a block each */
#define FLUSH		(8 << 20)	/* bytes between two flushes */
#define VALUE_MAX	((1 << 30) + DB_ENVELOPE)	/* GDBM: an int */

struct db {
	GDBM_FILE g;		/* owned, with its descriptor */
	size_t dirty;		/* bytes stored since the last flush */
};

/* errno for what GDBM says of its last call. */
static int
error_of(gdbm_error e, int system)
{
	switch (e) {
	case GDBM_MALLOC_ERROR:
		return ENOMEM;
	case GDBM_FILE_WRITE_ERROR:
	case GDBM_FILE_READ_ERROR:
	case GDBM_FILE_STAT_ERROR:
	case GDBM_FILE_SYNC_ERROR:
	case GDBM_FILE_CLOSE_ERROR:
		return system == 0 ? EIO : system;
	default:		/* a bad offset: GDBM_FILE_SEEK_ERROR */
		return EBADMSG;
	}
}

/* Fail as the last call on g did. */
static int
fail(GDBM_FILE g)
{
	errno = error_of(gdbm_last_errno(g), gdbm_last_syserr(g));
	return -1;
}

/*
 * Without a function for fatal errors GDBM returns from them too, and refuses
 * all that comes after; this makes it forget.
 */
static void
forgive(GDBM_FILE g)
{
	gdbm_set_errno(g, GDBM_NO_ERROR, false);
	gdbm_clear_error(g);
}

/*
 * Open a descriptor with GDBM, which closes it on failure.  What is read only
 * is mapped: it never changes, and a system call or two for each page are half
 * of a lookup's time.  The price: where the disk cannot read a page of it, the
 * process ends by SIGBUS.  What is written is not mapped, for GDBM would map
 * it anew each time it grows.
 */
static GDBM_FILE
open_gdbm(int fd, int mode)
{
	int buckets = BUCKETS;
	GDBM_FILE g;

	errno = 0;
	g = gdbm_fd_open(fd, "state", BLOCK, mode | GDBM_NOLOCK |
	    (mode == GDBM_READER ? 0 : GDBM_NOMMAP) | GDBM_CLOEXEC |
	    GDBM_CLOERROR, NULL);
	if (g == NULL) {
		errno = error_of(gdbm_errno, errno);
		return NULL;
	}
	if (gdbm_needs_recovery(g)) {
		gdbm_close(g);
		errno = EBADMSG;
		return NULL;
	}
	gdbm_setopt(g, GDBM_SETCACHESIZE, &buckets, sizeof(buckets));
	return g;
}

struct db *
db_open(int fd, enum db_mode mode)
{
	static const int modes[] = { GDBM_READER, GDBM_WRITER, GDBM_NEWDB };
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL) {
		close(fd);
		return NULL;
	}
	if ((db->g = open_gdbm(fd, modes[mode])) == NULL) {
		free(db);
		return NULL;
	}
	return db;
}

int
db_close(struct db *db)
{
	int ok = gdbm_close(db->g);

	free(db);
	if (ok == 0)
		return 0;
	errno = EIO;
	return -1;
}

int
db_fd(const struct db *db)
{
	return gdbm_fdesc(db->g);
}

/* Fetch a value. */
static unsigned char *
fetch(struct db *db, const void *key, size_t key_len, size_t *n)
{
	datum k = { (char *)(uintptr_t)key, (int)key_len }, d;

	forgive(db->g);
	d = gdbm_fetch(db->g, k);
	if (d.dptr == NULL)
		fail(db->g);
	*n = (size_t)d.dsize;
	return (unsigned char *)d.dptr;
}

/* Store a value. */
static int
store(struct db *db, const void *key, size_t key_len, const void *p, size_t n)
{
	datum k = { (char *)(uintptr_t)key, (int)key_len };
	datum d = { (char *)(uintptr_t)p, (int)n };

	if (n > VALUE_MAX) {
		errno = EFBIG;
		return -1;
	}
	if (gdbm_store(db->g, k, d, GDBM_REPLACE) != 0)
		return fail(db->g);
	if ((db->dirty += n) >= FLUSH) {
		sums_flush(gdbm_fdesc(db->g));
		db->dirty = 0;
	}
	return 0;
}

unsigned char *
db_page(struct db *db, uint32_t number, size_t *n)
{
	unsigned char key[4];

	rask_wire_u32(key, number);
	return fetch(db, key, sizeof(key), n);
}

int
db_put_page(struct db *db, uint32_t number, const void *p, size_t n)
{
	unsigned char key[4];

	rask_wire_u32(key, number);
	return store(db, key, sizeof(key), p, n);
}

/* The sum of a value but for the sum itself. */
static uint64_t
sum_of(const unsigned char *p, size_t n)
{
	return rask_checksum(p + DB_ENVELOPE, n - DB_ENVELOPE,
	    rask_checksum(p, 8, 0));
}

unsigned char *
db_value(struct db *db, const char *name, size_t *n)
{
	unsigned char *p = fetch(db, name, strlen(name) + 1, n);
	struct rask_rd r;

	if (p == NULL)
		return NULL;
	/* the sum comes first: a newer format is one, and not damage */
	errno = EBADMSG;
	r = (struct rask_rd){ .p = p + 8, .end = p + *n };
	if (*n >= DB_ENVELOPE && rask_rd_u64(&r) == sum_of(p, *n)) {
		if (p[0] == FORMAT)
			return p;
		if (p[0] > FORMAT)
			errno = ENOTSUP;
	}
	free(p);
	return NULL;
}

int
db_put_value(struct db *db, const char *name, unsigned char *p, size_t n)
{
	memset(p, 0, DB_ENVELOPE);
	p[0] = FORMAT;
	rask_wire_u64(p + 8, sum_of(p, DB_ENVELOPE + n));
	return store(db, name, strlen(name) + 1, p, DB_ENVELOPE + n);
}

int
db_sync(struct db *db)
{
	return gdbm_sync(db->g) == 0 ? 0 : fail(db->g);
}
