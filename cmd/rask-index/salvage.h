#ifndef SALVAGE_H
#define SALVAGE_H

#include <stdint.h>

#include "entry.h"
#include "record.h"

/*
 * What is sound in damaged files: every page and every record is found by its
 * own checksum, wherever it lies, so that nothing around it has to be sound.
 * Pages that a copied state left behind are found, too: of one path the entry
 * with the highest seq is the last.
 */
struct salvage {
	int (*entry)(void *ctx, const struct rask_entry *e);	/* of a page */
	int (*record)(void *ctx, const struct rask_record *r);
	void *ctx;		/* for both; -1 ends it */
	uint64_t pages, records;	/* found */
	uint64_t lost;		/* bytes of segments that are no record */
	uint64_t epoch;		/* of the feed's heads, or 0 */
	uint64_t node;		/* the same */
};

/*
 * Find the pages in a state file.
 * Returns: 0 (also if there is no such file); -1 with errno.
 */
int salvage_state(struct salvage *s, int dir, const char *name);

/*
 * Find the records in a segment; its position is in its name, and the feed's
 * epoch is s->epoch unless its head says another.
 * Returns: as salvage_state().
 */
int salvage_feed(struct salvage *s, int dir, const char *name);

#endif
