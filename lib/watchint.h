#ifndef RASK_WATCHINT_H
#define RASK_WATCHINT_H

#include <sys/inotify.h>
#include <sys/stat.h>

#include "buf.h"
#include "exclude.h"
#include "todo.h"
#include "walk.h"
#include "watch.h"
#include "watchdir.h"
#include "watchmoves.h"
#include "watchseen.h"
#include "watchwait.h"

/*
 * What the modules of the watcher share; nobody else includes this.
 *
 * The way of an event: watchevent.c reads it and says at once what is clear,
 * into the set of changes to be told (todo.h); what is not clear waits as a
 * name (watchwait.h) for watchjudge.c, half a rename for its other half in
 * watchhalf.c.  A new directory becomes a job of watchjob.c, one that left the
 * tree a job of watchleft.c.  watchtell.c takes the changes, looks at their
 * paths and makes items; watchscan.c makes items of what a walk finds.
 *
 * Unless something else is said, the functions return 0, or -1 when the
 * watcher has failed.
 */
#define RASK_WATCH_TODO		20000	/* changes that wait, at most */
#define RASK_WATCH_PACE		1000	/* ... while jobs add to them */
#define RASK_WATCH_WAITS	65536	/* undecided names, at most */
#define RASK_WATCH_SLICE	256	/* steps of a work between polls */

/* A root and what is known of it. */
struct rask_watch_tree {
	char *root;		/* absolute, without symlinks; owned */
	dev_t dev;		/* of the root when it was added */
	ino_t ino;
	int fd;			/* on the root while there is work, or -1 */
	bool exact;		/* its timestamps tell any two writes apart */
	struct rask_wdir *top;	/* its node; NULL until it is watched */
};

enum {
	RASK_WJOB_WATCH = 1 << 0,	/* watch the directories */
	RASK_WJOB_TELL = 1 << 1,	/* tell what is there, as live */
	RASK_WJOB_FOUND = 1 << 2,	/* give what is there as found items */
	RASK_WJOB_FLAT = 1 << 3,	/* the directory itself only */
	RASK_WJOB_ALL = 1 << 4,		/* enter what is watched already, too */
	RASK_WJOB_LEFT = 1 << 5,	/* what is there was below `old` */
	RASK_WJOB_AWAY = 1 << 6		/* LEFT: it is not in the tree */
};

/* A walk, done in slices. */
struct rask_wjob {
	struct rask_wjob *next;
	unsigned tree;		/* number of the root */
	unsigned flags;		/* RASK_WJOB_ bits */
	char *path;		/* where it starts, owned; "" if AWAY */
	struct rask_walk *walk;	/* NULL until it has begun */
	int wd;			/* of the directory entered last; -1: none;
				   LEFT: of the node that left, or -1 */
	int fd;			/* LEFT: on where it starts, owned; or -1 */
	struct file_handle *handle;	/* LEFT: to open fd by, owned */
	char *old;		/* LEFT: the path it had, owned */
	struct rask_buf dirs;	/* LEFT: directories in it, each with a NUL */
	int64_t due;		/* LEFT: when it ends, once it was walked */
};

/* Jobs, the first of which is under way. */
struct rask_wjobs {
	struct rask_wjob *first;
	size_t count;
};

/* A name that has gone by a rename; where to is not known yet. */
struct rask_half {
	struct rask_half *next, *prev;
	uint32_t cookie;	/* its other half has the same */
	int64_t due;		/* when there is no other half */
	unsigned tree;
	int wd;			/* of the directory's node, detached; or -1 */
	bool dir;		/* a directory */
	bool pushed;		/* put out of its place by another: no event */
	bool swapped;		/* pushed before the event came: an exchange */
	bool waited;		/* it was waiting to be judged */
	char path[];		/* it had */
};

/* A remark that waits to be given. */
struct rask_remark {
	struct rask_remark *next;
	unsigned tree;
	char text[];
};

/* What the scan at the beginning, or after an overflow, is at. */
enum rask_watch_phase {
	RASK_PHASE_REST,	/* no such scan */
	RASK_PHASE_WATCH,	/* every directory is being watched */
	RASK_PHASE_FOUND	/* what is there is being told */
};

struct rask_watch {
	unsigned flags;			/* RASK_WATCH_ bits */
	int fd;				/* inotify, or -1 */
	struct rask_watch_tree *trees;	/* ntrees of them, owned */
	unsigned ntrees;
	struct rask_exclude *exclude;	/* owned; NULL: nothing */
	bool handles;			/* directories open by their handle */

	struct rask_buf events;		/* read and not yet thought about */
	struct rask_wdirs dirs;		/* what is watched */
	struct rask_waits waits;	/* what is undecided */
	bool part;			/* tell files that are being written */
	bool forgot;			/* undecided names were dropped */
	struct rask_half *half;		/* the earliest; owned */
	struct rask_half *half_last;	/* the latest */
	struct rask_moves moves;	/* renames, while todo is not empty */
	struct rask_todo *todo;		/* what is to be told */
	struct rask_todo_item *cur;	/* being told, owned */
	struct rask_seen seen;		/* what was told */
	struct rask_remark *remarks;	/* the earliest; owned */
	struct rask_remark *remark;	/* being given, owned */
	struct rask_wjobs live;		/* new directories, and those gone */
	struct rask_wjobs ripe;		/* LEFT ones that are walked */
	struct rask_wjobs scan;		/* of the phase, or folded ones */

	enum rask_watch_phase phase;
	bool overflow;			/* all must be walked again */
	bool again;			/* the phase comes after an overflow */
	bool ready;			/* the remark has been given */
	uint32_t round;			/* number of the latest check */
	int64_t scan_began;		/* ns; the one at hand */
	int64_t scan_again;		/* ns; not before that for a tangle */
	int64_t tangle;			/* ns; when to walk for one, or 0 */

	int dir;			/* on the directory used last, or -1 */
	int dir_wd;			/* its watch descriptor */
	char target[RASK_PATH_MAX + 1];	/* of the symlink being told */

	void (*note)(void *arg, const struct rask_watch_note *n);
	void *arg;			/* note's */
	bool failed;
	struct rask_watch_note why;	/* it has */
	uint64_t n_events, n_items, n_overflows;
};

/* ---- watchbase.c: what all need ---- */

/* Fail.  Returns: -1. */
int rask_watch_fail(struct rask_watch *w, enum rask_watch_what what,
    const char *root, int error);

/* Tell the caller something; path may be NULL. */
void rask_watch_say(struct rask_watch *w, enum rask_watch_what what,
    unsigned tree, const char *path, int error);

/* Queue the remark '# WORD PATH MORE'; path and more may be NULL. */
int rask_watch_remark(struct rask_watch *w, unsigned tree, const char *word,
    const char *path, const char *more);

/* A descriptor of a root, found to be the same as ever; or -1. */
int rask_watch_rootfd(struct rask_watch *w, unsigned tree);

/*
 * A descriptor of a watched directory, until the next call or
 * rask_watch_rest().
 * Returns: -1 also if it is not there, without a failure.
 */
int rask_watch_dirfd(struct rask_watch *w, const struct rask_wdir *n);

/* Is this path none of the caller's business? */
bool rask_watch_hidden(const struct rask_watch *w, const char *path);

/* Note a change to be told; path2 is NULL but for MV. */
int rask_watch_todo(struct rask_watch *w, enum rask_op op, unsigned tree,
    const char *path, const char *path2);

/*
 * Let a name wait at a level of watchwait.h.
 * Returns: it, or NULL when the watcher has failed.
 */
struct rask_wait *rask_watch_wait(struct rask_watch *w, int wd,
    const char *name, int level);

/* The node of the directory that a path is in, or NULL. */
struct rask_wdir *rask_watch_parent(const struct rask_watch *w, unsigned tree,
    const char *path);

/* Let a path wait; nothing if its directory is not watched. */
int rask_watch_wait_path(struct rask_watch *w, unsigned tree,
    const char *path, int level);

/* ns of CLOCK_MONOTONIC. */
int64_t rask_watch_now(void);

/* ---- watchlimit.c: what the kernel allows ---- */

/* Name the sysctl that a note is about, its value and a better one. */
void rask_wlimit(struct rask_watch *w, struct rask_watch_note *n);

/* Do the timestamps of the filesystem that fd is on tell any writes apart? */
bool rask_wlimit_exact(int fd);

/* ---- watchevent.c: what the kernel says ---- */

/* Move events from the kernel to memory, as many as are there. */
int rask_wevent_drain(struct rask_watch *w);

/* Think about some of them.  Returns: 1 if there are more, 0, -1. */
int rask_wevent_run(struct rask_watch *w);

/* ---- watchnode.c: the nodes and their watches ---- */

enum rask_wnode {
	RASK_WNODE_NEW,		/* watched from now on */
	RASK_WNODE_KNOWN,	/* watched before, here */
	RASK_WNODE_MOVED,	/* watched before, elsewhere */
	RASK_WNODE_NONE		/* it cannot be watched */
};

/*
 * Watch the directory at path, which fd is open on, and set *wd.
 * Returns: RASK_WNODE_, or -1.
 */
int rask_wnode_watch(struct rask_watch *w, unsigned tree, const char *path,
    int fd, int *wd);

/* End the watches of a node and all below it, and forget them. */
void rask_wnode_drop(struct rask_watch *w, struct rask_wdir *n);

/* The same with all nodes that the latest check has not met. */
void rask_wnode_sweep(struct rask_watch *w);

/* Open a directory, wherever it is; a descriptor, or -1 with errno. */
int rask_wnode_open(struct rask_watch *w, unsigned tree,
    struct file_handle *h);

/* A copy of a node's handle, or NULL. */
struct file_handle *rask_wnode_handle(const struct rask_wdir *n);

/* ---- watchhalf.c: renames ---- */

/* A name has gone from directory n; path is its path. */
int rask_whalf_from(struct rask_watch *w, struct rask_wdir *n,
    const char *name, const char *path, const struct inotify_event *ev);

/* A name has come to directory n; it is known under this path from now on. */
int rask_whalf_to(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct inotify_event *ev);

/* Those halves that had no other half by now: their names are gone. */
int rask_whalf_expire(struct rask_watch *w, int64_t now);

/* When the next one is due; INT64_MAX: there are none. */
int64_t rask_whalf_next(const struct rask_watch *w);

/* A directory was removed or renamed: do not wait for what went from it. */
int rask_whalf_settle(struct rask_watch *w, unsigned tree, const char *path);

/* ---- watchjob.c: walks in slices ---- */

/* Add a job, unless the same is waiting. */
int rask_wjob_add(struct rask_watch *w, struct rask_wjobs *to, unsigned tree,
    const char *path, unsigned flags);

/*
 * The same without a look for another; old is for LEFT only, else NULL.
 * Returns: the job, or NULL when the watcher has failed.
 */
struct rask_wjob *rask_wjob_new(struct rask_watch *w, struct rask_wjobs *to,
    unsigned tree, const char *path, const char *old, unsigned flags);

/* A new directory: watch it, and tell all that is in it. */
int rask_wjob_grow(struct rask_watch *w, unsigned tree, const char *path,
    unsigned flags);

/* Do a slice of the first job, which is not FOUND. */
int rask_wjob_run(struct rask_watch *w, struct rask_wjobs *jobs);

/*
 * The next entry of a job, whose walk is begun if need be.
 * Returns: 1; 2 for one that is passed over; 0 at the end of the walk; -1.
 */
int rask_wjob_next(struct rask_watch *w, struct rask_wjob *job,
    struct rask_walk_entry *e);

/* A directory was renamed: no walk may miss it. */
int rask_wjob_moved(struct rask_watch *w, unsigned tree, const char *from,
    const char *to);

/* End a job of these. */
void rask_wjob_end(struct rask_wjobs *jobs, struct rask_wjob *job);

/* End all of them. */
void rask_wjob_clear(struct rask_wjobs *jobs);

/* ---- watchleft.c: names that a directory took with it ---- */

/* A directory left the tree; n is its node, path what it was. */
int rask_wleft_tree(struct rask_watch *w, struct rask_wdir *n,
    const char *path);

/*
 * What was at old is at path now, and old may be something else; n is its
 * node, or NULL if that is to be found at path.
 */
int rask_wleft_moved(struct rask_watch *w, unsigned tree, const char *old,
    const char *path, const struct rask_wdir *n);

/* What was at old is in another tree now; fd is open on it, and copied. */
int rask_wleft_other(struct rask_watch *w, unsigned tree, const char *old,
    int fd);

/* An entry of such a job. */
int rask_wleft_entry(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e);

/*
 * The reader may know names that nobody can tell any more: walk everything,
 * in a while, and not all the time.
 */
void rask_wleft_tangle(struct rask_watch *w);

/* The first live job, which is such a one, is at the end of its walk. */
void rask_wleft_walked(struct rask_watch *w);

/*
 * A path is gone, and was told of late: tell it, and once more the directories
 * above it that are gone, which the reader could not remove before.
 */
int rask_wleft_tell(struct rask_watch *w, unsigned tree, const char *path);

/*
 * Is the reader still to be told what a directory took from, or to, a place
 * at, in or above path?  Then he cannot follow a rename there.
 */
bool rask_wleft_meets(const struct rask_watch *w, unsigned tree,
    const char *path);

/* A path is gone.  If such a job is to find it there, that is a tangle. */
void rask_wleft_vanished(struct rask_watch *w, unsigned tree,
    const char *path);

/* End those jobs that are due. */
int rask_wleft_ripen(struct rask_watch *w, int64_t now);

/* When the next one is due; INT64_MAX: there are none. */
int64_t rask_wleft_next(const struct rask_watch *w);

/* ---- watchjudge.c: is this file whole? ---- */

enum rask_verdict {
	RASK_FILE_WHOLE,	/* nobody writes to it */
	RASK_FILE_WRITTEN,	/* somebody can */
	RASK_FILE_UNSURE,	/* it changed a moment ago, and who knows */
	RASK_FILE_GONE		/* it is not there any more */
};

/* Judge a regular file that st was just taken of. */
enum rask_verdict rask_wjudge_file(int dir, const char *name,
    const struct stat *st);

/* Judge a file that a walk has met in directory wd.  Returns: verdict or -1. */
int rask_wjudge_met(struct rask_watch *w, int wd,
    const struct rask_walk_entry *e);

/* Judge some of the names that are due; now: only those of RASK_WAIT_NOW. */
int rask_wjudge_due(struct rask_watch *w, bool now);

/* ---- watchtell.c: changes become items ---- */

/* The next live item.  Returns: 1, 0 if there is none, -1. */
int rask_wtell_live(struct rask_watch *w, struct rask_watch_item *item);

/*
 * Make an item of a path's state, unless it was told before.
 * Shape:   fd is open on it (O_PATH will do) or on its directory, then name is
 *          its name there; have has RASK_F_FOUND or nothing.
 * Returns: 1, 0, -1.
 */
int rask_wtell_state(struct rask_watch *w, unsigned tree, const char *path,
    const struct stat *st, int fd, const char *name, unsigned have,
    struct rask_watch_item *item);

/* ---- watchscan.c: what a walk finds becomes items ---- */

/* Begin the walk of everything; again: after an overflow. */
int rask_wscan_begin(struct rask_watch *w, bool again);

/* Go on with it.  Returns: RASK_GOT_, or -1. */
int rask_wscan_next(struct rask_watch *w, enum rask_watch_room room,
    struct rask_watch_item *item);

#endif
