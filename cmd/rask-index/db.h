#ifndef DB_H
#define DB_H

#include <stddef.h>
#include <stdint.h>

/*
 * A file of GDBM's with numbered pages and named values; db.c is the only
 * thing in Rask that includes gdbm.h.
 *
 * Keys: a page's number, 4 bytes, big-endian; a name with its NUL (not of 3
 * bytes).  A page's bytes check themselves; a named value begins with 8 bytes,
 * u8 format (1) and zeros, and u64 XXH3 of all its other bytes.
 *
 * Always true: whatever the file's bytes are, no call ends the process, and a
 * value is never larger than the file; an error hides no other page.
 *
 * Failures: -1 or NULL with errno: EBADMSG (damaged, or not there), ENOTSUP (a
 * value of a newer format), EFBIG (a value is too large), or of the system.
 */
struct db;

#define DB_ENVELOPE	16	/* bytes before what a value is */

enum db_mode {
	DB_READ,
	DB_CHANGE,		/* a file that is there */
	DB_NEW			/* an empty one */
};

/* Open.  Owns: takes the descriptor, also on failure; it must have an offset
 * of its own. */
struct db *db_open(int fd, enum db_mode mode);
/* Close it.  Returns: 0, or -1 with errno; it is gone in any case. */
int db_close(struct db *db);
/* Its descriptor, borrowed. */
int db_fd(const struct db *db);

/* The *n bytes of a page, or NULL.  Owns: the caller frees it. */
unsigned char *db_page(struct db *db, uint32_t number, size_t *n);
/* Store a page. */
int db_put_page(struct db *db, uint32_t number, const void *p, size_t n);

/* A value, checked: what it is stands from DB_ENVELOPE to *n; or NULL.
 * Owns: the caller frees it. */
unsigned char *db_value(struct db *db, const char *name, size_t *n);
/* Store the n bytes from p + DB_ENVELOPE on as a value; its head is written
 * before them. */
int db_put_value(struct db *db, const char *name, unsigned char *p, size_t n);

/* Have all of it on the disk. */
int db_sync(struct db *db);

#endif
