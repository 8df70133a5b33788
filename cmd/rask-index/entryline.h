#ifndef ENTRYLINE_H
#define ENTRYLINE_H

#include <stdbool.h>

#include "buf.h"
#include "entry.h"
#include "line.h"
#include "path.h"
#include "record.h"

/*
 * Entries and records as change lines, and lines as entries.
 *
 * A tombstone is a del line with the size, mtime, mode and hash of what was
 * deleted.  What a line says of an entry is all that the entry is, but for the
 * kind of what was deleted.
 */

/* The strings of a line, and the line that they are in. */
struct entryline {
	struct rask_change c;
	char path[RASK_PATH_MAX + 1], path2[RASK_PATH_MAX + 1];
	char target[RASK_PATH_MAX + 1];
	char hash[2 * RASK_SHA_LEN + 1];
	char version[RASK_VERSION_TEXT];
};

/*
 * Fill in the line of an entry; what is not of an entry (from, reason, found)
 * is the caller's to add.
 */
void entryline_set(struct entryline *l, const struct rask_entry *e);

/*
 * The line of a record of the feed, a change or a move.
 * Returns: false for a record that is neither.
 */
bool entryline_record(struct entryline *l, const struct rask_record *r);

/* Add the line, as text or as JSON.  Returns: 0, or -1 with ENOMEM. */
int entryline_add(struct rask_buf *out, const struct entryline *l, bool json);

/*
 * The entry of a line that has a version, with seq 0.
 * Returns: 0; -1 if it is none, and *why is a phrase.
 * Owns:    e's strings are the line's.
 */
int entryline_parse(struct rask_entry *e, const struct rask_change *c,
    const char **why);

#endif
