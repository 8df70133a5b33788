#ifndef MOVES_H
#define MOVES_H

#include "world.h"

/* A world with a directory of files that have hashes, to be renamed. */

static struct world w;

/* The path of a file, "DIR/number"; the last two stand. */
static inline const char *
name(const char *dir, int i)
{
	static char s[2][64];
	static int k;

	snprintf(s[k = !k], sizeof(s[0]), "%s/%d", dir, i);
	return s[k];
}

/* A directory d with n files whose contents are their numbers, all known. */
static inline uint64_t
begin(int n)
{
	int i;

	world_make(&w);
	world_mkdir("d");
	world_take(&w, "mkdir|d");
	for (i = 0; i < n; i++) {
		world_write(name("d", i), name("", i));
		world_take(&w, "put|%s", name("d", i));
		world_hash(&w, name("d", i), name("", i));
	}
	return world_seq(&w);
}

/* Is d/i gone, and DIR/i there with its hash? */
static inline void
moved(const char *dir, int i)
{
	CHECK_FOR(name("d", i), world_find(&w, name("d", i)) ==
	    RASK_KIND_GONE && world_known(&w, name("d", i)));
	CHECK_FOR(name(dir, i), world_find(&w, name(dir, i)) ==
	    RASK_KIND_FILE);
	CHECK_FOR(name(dir, i), world_hashed(&w, name("", i)));
}

/* Are there so many live entries? */
static inline void
count_live(uint64_t live)
{
	struct store_info i;

	store_info(w.store, &i);
	CHECK(i.live == live);
}

#endif
