#ifndef RASK_WATCH_H
#define RASK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "line.h"

/*
 * A watcher tells what changes in directory trees, as changes of
 * rask-changes(5).  It has no loop: the caller polls rask_watch_fd(), calls
 * rask_watch_read() when that is readable and rask_watch_tick() at
 * rask_watch_deadline(), and after each of them takes items by
 * rask_watch_next() until there are none; it calls rask_watch_rest() when
 * there has been none for a while.
 *
 * Always true: inotify is emptied whether items are taken or not; what is not
 * taken folds, so that memory stays bounded; every item tells the state of its
 * path as it was when the item was taken; a path is called deleted only after
 * a look has found nothing there.
 *
 * Failures: -1, and rask_watch_failure() says what happened; the watcher is
 * then good for rask_watch_free() only.  Not thread-safe.
 */
struct rask_watch;

enum {
	RASK_WATCH_SCAN = 1 << 0,	/* begin with what exists */
	RASK_WATCH_ONCE = 1 << 1,	/* and stop after that */
	RASK_WATCH_FIELDS = 1 << 2	/* read the targets of symlinks */
};

/* What the caller has to hear beside the items. */
enum rask_watch_what {
	RASK_WATCH_UNREAD,	/* path: a directory that is passed over */
	RASK_WATCH_TOOLONG,	/* path: over a limit, passed over */
	RASK_WATCH_WRITTEN,	/* path: has a writer, passed over by ONCE */
	RASK_WATCH_LEFT,	/* path: moved away, its names are unknown */
	RASK_WATCH_OVERFLOW,	/* the kernel's queue was full: limit */
	RASK_WATCH_FOLDED,	/* deletes were forgotten: too many waited */
	RASK_WATCH_TANGLED,	/* too many renames one into the other */
	/* The following are failures. */
	RASK_WATCH_WATCHES,	/* the kernel gives no more watches: limit */
	RASK_WATCH_INSTANCES,	/* nor another inotify: limit */
	RASK_WATCH_LOST,	/* a root was removed, renamed or replaced */
	RASK_WATCH_UNMOUNTED,	/* a root's filesystem was unmounted */
	RASK_WATCH_ERROR	/* anything else: error */
};

struct rask_watch_note {
	enum rask_watch_what what;
	const char *root;	/* absolute; NULL: no tree in particular */
	const char *path;	/* below root, or NULL */
	int error;		/* errno, or 0 */
	const char *limit;	/* name of a sysctl, or NULL */
	uint64_t value;		/* its value; 0: not known */
	uint64_t need;		/* a value that would do */
};

/* For how much of what may be told there is room just now. */
enum rask_watch_room {
	RASK_ROOM_NONE,		/* nothing: only work */
	RASK_ROOM_LIVE,		/* what was seen changing */
	RASK_ROOM_FOUND		/* what a scan finds, too */
};

enum rask_watch_got {
	RASK_GOT_NOTHING,	/* until the descriptor or the deadline */
	RASK_GOT_ITEM,
	RASK_GOT_WORK,		/* none yet: poll the descriptor, come again */
	RASK_GOT_HELD		/* found items wait for RASK_ROOM_FOUND */
};

/* A change or remark; its strings stand until the next call. */
struct rask_watch_item {
	unsigned tree;		/* number of its root, from 0 */
	struct rask_change c;	/* fields of it are filled in where known */
};

/* What happened so far, and what is at hand. */
struct rask_watch_stats {
	uint64_t events;	/* from the kernel */
	uint64_t items;		/* given */
	uint64_t overflows;	/* of the kernel's queue */
	uint64_t dirs;		/* watched now */
	uint64_t undecided;	/* names that wait for their writer now */
	uint64_t waiting;	/* changes not yet taken now */
};

/*
 * Make a watcher, which does nothing yet.
 * Shape:   flags are RASK_WATCH_ bits.
 * Units:   part in ns, at most how often a file that is still being written
 *          is told; 0: never before it is whole.
 * Returns: the watcher, or NULL with ENOMEM.
 * Owns:    borrows arg; calls note during other calls, never after free.
 */
struct rask_watch *rask_watch_new(unsigned flags, int64_t part,
    void (*note)(void *arg, const struct rask_watch_note *n), void *arg);

/* End it, with all its watches; NULL does nothing. */
void rask_watch_free(struct rask_watch *w);

/*
 * Add a root; they are numbered from 0.
 * Returns: 0; -1 with errno: ENOENT, ENOTDIR, EACCES, ...; EEXIST if it is, is
 *          in, or holds one that was added before.  No failure of the watcher.
 */
int rask_watch_add(struct rask_watch *w, const char *dir);

/* Leave out what matches a pattern; returns as rask_exclude_add(). */
int rask_watch_exclude(struct rask_watch *w, const char *glob);

/* The absolute path of a root. */
const char *rask_watch_root(const struct rask_watch *w, unsigned tree);

/* Open inotify, unless ONCE, and begin.  Returns: 0, or -1. */
int rask_watch_start(struct rask_watch *w);

/* The descriptor to poll for reading; -1 with ONCE. */
int rask_watch_fd(const struct rask_watch *w);

/*
 * Read what the kernel has queued, and think about it.
 * Returns: 0, or -1.
 * Blocks:  on the filesystem.
 */
int rask_watch_read(struct rask_watch *w);

/* When to call rask_watch_tick(): ns of CLOCK_MONOTONIC; -1: never. */
int64_t rask_watch_deadline(const struct rask_watch *w);

/* Look at what had to wait.  Returns: 0, or -1. */
int rask_watch_tick(struct rask_watch *w);

/*
 * Take the next item there is room for, or do some of the work at hand.
 * Returns: RASK_GOT_, or -1.
 * Blocks:  on the filesystem.
 */
int rask_watch_next(struct rask_watch *w, enum rask_watch_room room,
    struct rask_watch_item *item);

/*
 * Close what was opened to look at paths, which next time takes longer: a
 * watcher at rest does not keep a filesystem from being unmounted.
 */
void rask_watch_rest(struct rask_watch *w);

/* Has the remark 'ready' been given? */
bool rask_watch_ready(const struct rask_watch *w);

/* Why the watcher has failed. */
const struct rask_watch_note *rask_watch_failure(const struct rask_watch *w);

/* What has happened so far, for whoever asks. */
void rask_watch_stats(const struct rask_watch *w, struct rask_watch_stats *s);

#endif
