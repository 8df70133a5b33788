#ifndef WORLD_H
#define WORLD_H

#include "../../cmd/rask-index/lines.h"
#include "unit.h"

/*
 * A tree, a store and its hints, in a directory of their own that goes away
 * with the process; it is the working directory, the tree is "tree".
 * Every call checks that it did what it says.
 */
struct world {
	struct store *store;
	struct rask_work *work, *slow;
	struct hints *h;
	char *root;			/* absolute path of the tree */
	struct rask_entry e;		/* found last */
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	struct hints_result res;	/* of the lines taken last */
};

/* Make it; the tree's root was told by a line. */
void world_make(struct world *w);
/* The two halves of that: a process that crashes may do the second. */
void world_make_dir(struct world *w);
void world_again(struct world *w);

/* Write a file with a content; make a directory; both below the tree. */
void world_write(const char *path, const char *content);
void world_mkdir(const char *path);
/* Rename below the tree. */
void world_mv(const char *old, const char *new);

/* Take live lines, '|' standing for TAB; they come without their last LF. */
void world_take(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Let all end that can: hashing, moves, sweeps. */
void world_rest(struct world *w);

/* Find the entry of a path: its kind, GONE for unknown ones too. */
enum rask_kind world_find(struct world *w, const char *path);
/* Is there any entry? */
bool world_known(struct world *w, const char *path);
uint64_t world_seq(const struct world *w);
/* How many records whoever follows the feed has seen since a seq. */
size_t world_seen(struct world *w, uint64_t since);
/* The hash that a file's content has, in the entry found last. */
bool world_hashed(const struct world *w, const char *content);
/* Give a path's entry the hash of its content, as if it was fetched. */
void world_hash(struct world *w, const char *path, const char *content);
/* What fstatat(2) says of a path now. */
struct rask_seen world_look(const char *path);

#endif
