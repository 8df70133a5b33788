#ifndef LOOKS_H
#define LOOKS_H

#include <stddef.h>

#include "../../lib/settle.h"
#include "unit.h"

/* What stands at p/q, as it is seen and as node 3 made an entry of it. */

static const unsigned char hash_a[RASK_SHA_LEN] = "content a";
static const unsigned char hash_b[RASK_SHA_LEN] = "content b";

/* A file as it is seen. */
static inline struct rask_seen
seen_file(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_FILE, .mode = 0644,
	    .size = 10, .mtime = 5000000, .ino = 77, .ctime = 6000000 };
}

/* A link as it is seen: with size and mode of its own. */
static inline struct rask_seen
seen_link(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_LINK, .mode = 0777,
	    .size = 3, .mtime = 5000000, .ino = 78, .ctime = 6000000,
	    .target = "a/b", .target_len = 3 };
}

/* A directory as it is seen, with a size and mtime of its own. */
static inline struct rask_seen
seen_dir(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_DIR, .mode = 0755,
	    .size = 4096, .mtime = 5000000, .ino = 79, .ctime = 6000000 };
}

static const struct rask_seen gone = { .kind = RASK_KIND_GONE };

/* The entry that node 3 made of a look. */
static inline struct rask_entry
entry(struct rask_seen seen, const unsigned char *hash)
{
	struct rask_entry e;

	CHECK(rask_settle_entry(&e, RASK_SETTLE_EDIT, "p/q", 3, NULL, &seen,
	    hash, 3, 0, 100) == 0);
	e.seq = 12;
	return e;
}

/* The tombstone that node 3 left of it. */
static inline struct rask_entry
tombstone(struct rask_seen seen, const unsigned char *hash)
{
	struct rask_entry e, live = entry(seen, hash);

	CHECK(rask_settle_entry(&e, RASK_SETTLE_DELETE, "p/q", 3, &live,
	    &gone, NULL, 3, 100, 200) == 0);
	e.seq = 13;
	return e;
}

#endif
