/*
 * A pair of directories on one machine, the second of which some system
 * keeps like the first: files are put into the source, and awaited in the
 * destination.
 *
 * Always true: the destination has been watched since before the first file.
 * Times are microseconds of the monotonic clock.  Failures of the machine end
 * the program with a message: these are the hands of a benchmark.
 */
#ifndef PAIR_H
#define PAIR_H

#include <stddef.h>

#define PAIR_SMALL	((size_t)16 * 1024 * 1024) /* the largest small file */

struct pair;

/* The pair of these two directories; `src` must outlive it. */
struct pair *pair_new(const char *src, const char *dst);

/* Close it; NULL is allowed. */
void pair_free(struct pair *p);

/* The time. */
double pair_now(void);

/*
 * Write a new file of `size` bytes, at most PAIR_SMALL, into the source.
 * Returns: the time just before its close(2).
 */
double pair_put(const struct pair *p, const char *name, size_t size);

/*
 * Make a file of `bytes` beside the source, have everything of that
 * filesystem on the disk, and rename it into the source.
 * Returns: the time just before the rename.
 */
double pair_movein(const struct pair *p, const char *name, size_t bytes);

/*
 * Is the file in the destination with its whole size?  Both systems measured
 * put a file in place in one step, so that no part of it counts as whole.
 */
int pair_whole(const struct pair *p, const char *name, size_t size);

/*
 * Wait until the file is there whole, at most `within` microseconds.
 * Returns: the time then; 0 at the deadline.
 */
double pair_await(const struct pair *p, const char *name, size_t size,
    double within);

/* Have the file on the disk on both sides, and its pages out of memory. */
void pair_retire(const struct pair *p, const char *name);

#endif
