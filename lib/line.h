#ifndef RASK_LINE_H
#define RASK_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum rask_op {
	RASK_OP_PUT = 1,	/* a regular file, whole */
	RASK_OP_SYMLINK,
	RASK_OP_MKDIR,
	RASK_OP_DEL,
	RASK_OP_MV,
	RASK_OP_TREE,		/* what the following paths are relative to */
	RASK_OP_REMARK		/* a line that begins with '#' */
};

/* Which fields of a change stand; the others are undefined. */
enum {
	RASK_F_SIZE = 1 << 0,
	RASK_F_MTIME = 1 << 1,
	RASK_F_CTIME = 1 << 2,
	RASK_F_MODE = 1 << 3,
	RASK_F_INO = 1 << 4,
	RASK_F_FOUND = 1 << 5,	/* found=1; no value of its own */
	RASK_F_SEQ = 1 << 6,
	RASK_F_LAG = 1 << 7,	/* lag_us= */
	RASK_F_ACK = 1 << 8
};

enum rask_ack {
	RASK_ACK_VISIBLE = 1,
	RASK_ACK_DURABLE = 2
};

/*
 * One change line, decoded.  Strings are NUL-terminated and belong to the
 * memory that the line was parsed from; those not given are NULL.
 */
struct rask_change {
	enum rask_op op;
	unsigned have;		/* RASK_F_ bits */
	const char *path;	/* TREE: absolute; REMARK: text after "# " */
	const char *path2;	/* MV: the new path */
	const char *target;	/* SYMLINK: what the link says; may be NULL */
	const char *version;	/* as printed by whoever made it */
	const char *hash;	/* hexadecimal */
	const char *from;	/* a node's name, or local, remote */
	const char *peer;	/* a node's name or address */
	const char *reason;	/* a word */
	uint64_t size;		/* bytes */
	int64_t mtime;		/* ns since the epoch */
	int64_t ctime;		/* ns since the epoch */
	uint64_t ino;		/* of the node that printed the line */
	uint64_t seq;		/* in that node's feed */
	uint64_t lag_us;	/* us from the change to the ack */
	uint32_t mode;		/* permission bits, 0 to 07777 */
	enum rask_ack ack;
};

/*
 * Decode one line in place.  Escapes are undone, unknown fields passed over.
 * Paths of changes are legal by rask_path_check(); a TREE path is absolute;
 * the paths of an mv lie apart; no field stands twice.
 * Shape:   len bytes without the LF, at s[len] one more byte that is
 *          overwritten with NUL.
 * Returns: 0; -1 with EINVAL (ENAMETOOLONG for a path that is too long), and
 *          *why points to a constant phrase such as "unknown operation"; the
 *          line is spoilt then, too.
 * Owns:    c's strings point into s.
 * From:    rask-changes(5).
 */
int rask_line_parse(char *s, size_t len, struct rask_change *c,
    const char **why);

/*
 * Add c as one line with its LF.  A REMARK's text is written as it is.
 * Returns: 0; -1 with ENOMEM, or EINVAL when the operation or one of its
 *          paths is missing, and out as it was.
 */
int rask_line_format(struct rask_buf *out, const struct rask_change *c);

/* The word for an operation ("put"), or NULL. */
const char *rask_op_name(enum rask_op op);

/*
 * Add a path or value with backslash, TAB, LF, CR and other controls escaped.
 * Returns: 0, or -1 with ENOMEM.
 */
int rask_line_escape(struct rask_buf *out, const char *s);

#endif
