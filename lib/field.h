#ifndef RASK_FIELD_H
#define RASK_FIELD_H

#include <stddef.h>

#include "line.h"

/*
 * The key=value fields of a change line as a table, in the order in which they
 * are printed: whoever reads or writes them goes through it, so that a new
 * field is one new row.
 *
 * Always true: a row with bit 0 is a string of struct rask_change, absent
 * while NULL; any other stands if its bit is in `have`.
 */
enum rask_field_kind {
	RASK_FIELD_TEXT,	/* const char *, any bytes */
	RASK_FIELD_LINK,	/* const char *, 1 to RASK_PATH_MAX bytes */
	RASK_FIELD_HEX,		/* const char *, pairs of hexadecimal digits */
	RASK_FIELD_NUM,		/* uint64_t */
	RASK_FIELD_TIME,	/* int64_t */
	RASK_FIELD_MODE,	/* uint32_t, octal, 0 to 07777 */
	RASK_FIELD_FOUND,	/* "1", no member */
	RASK_FIELD_ACK		/* enum rask_ack, a word */
};

struct rask_field {
	const char *name;	/* what stands before '=' */
	const char *bad;	/* phrase about a value that is none */
	size_t len;		/* bytes in name */
	size_t off;		/* of the member in struct rask_change */
	enum rask_field_kind kind;
	unsigned bit;		/* RASK_F_, or 0 for a string */
};

#define RASK_FIELDS	15

extern const struct rask_field rask_fields[RASK_FIELDS];

/* The row for len bytes of a name, or NULL for one that is not known. */
const struct rask_field *rask_field_find(const char *name, size_t len);

/* Does the field of this row stand in c? */
int rask_field_has(const struct rask_field *f, const struct rask_change *c);

/*
 * Store a value, len bytes and a NUL at s, in c, whose string fields point
 * to s afterwards.
 * Returns: 0; -1 if it is no value of this kind, and c as it was.
 */
int rask_field_set(const struct rask_field *f, struct rask_change *c,
    const char *s, size_t len);

/* The member of this row in c, as the type that its kind says. */
#define rask_field_get(type, f, c) \
	(*(const type *)(const void *)((const char *)(c) + (f)->off))

/* The word for a level of acknowledgement ("visible"), or NULL. */
const char *rask_ack_name(enum rask_ack ack);

#endif
