#ifndef SEND_H
#define SEND_H

#include <sys/stat.h>

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "ack.h"
#include "link.h"
#include "make.h"
#include "msg.h"
#include "out.h"
#include "pace.h"
#include "rate.h"
#include "sendq.h"
#include "slab.h"
#include "todo.h"
#include "walk.h"
#include "work.h"

#define TODO_MAX	100000	/* paths that wait before they fold */
#define SENT_MAX	65536	/* changes on their way before we wait */
#define RECENT_MAX	64	/* small changes of class 3 in the queue */
#define ROOTS_MAX	16	/* different trees on stdin */

/* What main was told. */
struct opts {
	const char *dir;	/* -C, or NULL: what stdin says */
	const char *tree;	/* the tree's name */
	const char *host;	/* or NULL with a command */
	const char *command;	/* -e, or NULL */
	const char *who;	/* the peer, for messages and lines */
	uint64_t rate;		/* -r, bytes/s; 0: no limit */
	double patience;	/* -t, seconds */
	bool json, quiet;
};

/* A directory that paths are relative to. */
struct root {
	char *path;		/* as it was given, owned */
	int fd;			/* O_PATH, owned */
};

/* A change on its way: sent, and not yet safe over there. */
struct sent {
	struct sent *next;		/* in its hash chain */
	uint64_t stream;		/* its number */
	struct rask_todo_item *item;	/* what it came from, owned */
	uint8_t type;			/* RASK_PUT, ... as it was sent */
	uint8_t class;
	uint32_t credit;		/* bytes counted in the window */
	bool visible;			/* that ack has come */
};

/* Where the connection is. */
enum state {
	STATE_ROOTLESS,		/* no tree is known yet */
	STATE_AWAY,		/* waiting to try again */
	STATE_FINDING,		/* the resolver is asked */
	STATE_CONNECTING,
	STATE_GREETING,		/* HELLO was sent */
	STATE_READY
};

/* The program's one object. */
struct send {
	const struct opts *o;
	struct ev_loop *loop;
	enum state state;
	int status;			/* what main returns */
	bool over;			/* the loop is to end */
	bool again;			/* more waits than one turn took */

	struct rask_buf in;		/* stdin, the last line not whole */
	unsigned long line;		/* number of the latest */
	unsigned long malformed;	/* lines */
	bool eof;			/* stdin has ended */
	bool skipping;			/* in a line that is too long */
	struct root roots[ROOTS_MAX];
	unsigned n_roots, root;		/* known; the one in force */

	struct rask_todo *todo;
	struct rask_walk *walk;		/* a directory being walked */
	struct rask_todo_item *walking;	/* its item, owned */
	struct sighting *sighting;	/* of the loop's own looks, owned */
	struct look *looks;		/* being prepared by the worker */
	unsigned n_looks;
	struct move *move;		/* a rename being summed, or NULL */
	struct later *later;		/* to be tried again, by due time */
	unsigned n_later, n_restless;
	uint64_t failed;		/* changes that will never arrive */

	struct rask_link link;
	struct rask_deframe *deframe;
	struct rask_sendq *q;
	struct rask_slabs *slabs;
	struct rask_hello hello, peer;
	struct finder *finder;		/* the resolver's answer */
	unsigned attempt;		/* failures in a row */
	bool told;			/* the failure was told */
	char why[RASK_TEXT_MAX + 1];	/* what was told */
	int64_t tried;			/* ns, when the last try began */
	char text[RASK_TEXT_MAX + 1];	/* for frames with words */
	struct rask_acks acks;		/* the ACK being looked at */

	struct sent **sent;		/* hash table of sent_slots */
	size_t sent_slots, n_sent;
	uint64_t stream;		/* number of the latest change */
	uint64_t recent[RECENT_MAX];	/* latest small ones of class 3 */
	unsigned n_recent;

	struct rask_work *work;		/* reads and sums */
	struct stream *streams;		/* large files being sent */
	unsigned n_streams[RASK_CLASSES];
	struct known *known;		/* large files over there, owned */
	unsigned n_known, next_known;	/* used; the next to be replaced */
	struct rask_rate rate;
	struct rask_window window;
	struct rask_pace pace;		/* who reads slices */

	struct rask_out lines;		/* acknowledged ones */
	int64_t moved;			/* ns, when anything last moved */
	ev_idle stdin_idle;
	ev_io stdin_rd, rd, wr, out_wr, work_rd;
	ev_timer retry, later_timer, rate_timer, patience;
	ev_child child;
	ev_periodic never;		/* keeps libev from waking up */
	ev_signal term, intr, usr1;
	uint64_t n_sent_all, n_acked, n_bytes, n_connects;	/* counters */
};

/* ns, of a clock that does not go back. */
int64_t now_ns(void);

/* send.c */
struct send *send_new(const struct opts *o);	/* NULL: it was told why */
int send_run(struct send *s);			/* an exit status */
void send_free(struct send *s);
/* Nothing more is to be done, or something cannot be. */
void send_end(struct send *s, int status);
/* End if the input has and all has arrived. */
void send_check_end(struct send *s);

/* input.c: lines on stdin */
int input_root(struct send *s, const char *path);
/* Begin to read lines. */
void input_start(struct send *s);
/* The directory of a tree's number, open. */
int root_fd(const struct send *s, unsigned tree);

/* peer.c: the connection's life */
void peer_start(struct send *s);
/* Both HELLOs are through. */
void peer_ready(struct send *s);
void peer_lost(struct send *s, const char *why);
/* The peer, or we, will not go on: try again or end, as code says. */
void peer_bye(struct send *s, unsigned code, const char *why);
/* End the connection; what was not acknowledged waits again. */
void peer_close(struct send *s);
/* There is something to send now. */
void peer_poke(struct send *s);

/* session.c: bytes and frames */
void session_begin(struct send *s);
/* Write what the link takes now. */
void session_flush(struct send *s);
/* Stop all that belongs to the connection. */
void session_stop(struct send *s);

/* answer.c: what the receiver says */
int answer(struct send *s, const struct rask_frame *f);

/* pump.c: from what waits to frames */
void pump(struct send *s);

/* change.c: one path */
void change_send(struct send *s, struct rask_todo_item *it, unsigned class);
/* Have the worker look at a found path; its frame follows.  Takes it. */
void change_later_look(struct send *s, struct rask_todo_item *it);
/*
 * A path changes: cancel what is older and not yet gone.  true: it is the file
 * that is being sent, and unchanged, so that the line says nothing new.
 */
bool change_overtaken(struct send *s, enum rask_op op, const char *path);
/*
 * Number a change, note it as sent and queue its frame.
 * Returns: 0; -1 with ENOMEM, and the item is the caller's still.
 */
int change_frame(struct send *s, struct rask_msg *m,
    struct rask_todo_item *it, const void *content);

/* look.c: what a path is now; no state, any thread */
enum sight {
	SIGHT_SMALL,		/* a file whose content is here */
	SIGHT_LARGE,		/* a file that is open in fd */
	SIGHT_NAME,		/* SYMLINK or MKDIR, in msg */
	SIGHT_GONE,		/* nothing is there */
	SIGHT_OTHER,		/* nothing that is replicated; why */
	SIGHT_CHANGING,		/* it changed while it was read */
	SIGHT_BUSY,		/* a writer holds it */
	SIGHT_ERROR		/* errno in error */
};

struct sighting {
	struct rask_msg msg;	/* type, mode, size, mtime, path, hash */
	struct stat st;		/* of a file */
	size_t limit;		/* given: bytes that are small */
	int fd;			/* LARGE: owned by whoever looks */
	int error;
	const char *why;	/* OTHER: a phrase */
	unsigned char content[RASK_INLINE_MAX + 1];	/* SMALL */
};

/*
 * See what stands at a path; found: a writer that holds it counts.
 * Returns: what it is, and more of it in *to.  Blocks: on the disk.
 */
enum sight look(int root, const char *path, bool found,
    struct sighting *to);

/* stream.c: large files */
void stream_open(struct send *s, struct rask_todo_item *it, unsigned class,
    struct sighting *si);
/* May a slice be sent under -r?  Else pump() comes when it may. */
bool stream_rate_allows(struct send *s);
/* Are there as many streams of a class as may be? */
bool stream_full(const struct send *s, unsigned class);
/* One slice of one stream.  true: there may be more to do at once. */
bool stream_pump(struct send *s);
/* The receiver has it already: stop sending. */
void stream_skip(struct send *s, uint64_t id);
/* The receiver has it up to an offset: do not send that. */
void stream_resume(struct send *s, uint64_t id, uint64_t offset);
/* A large file is through: the receiver has it, or has refused it. */
void stream_forget(struct send *s, uint64_t id, bool arrived);
/* As change_overtaken(), for large files. */
bool stream_overtaken(struct send *s, enum rask_op op, const char *path);
/* End all streams; what they came from is given back elsewhere. */
void stream_free_all(struct send *s);

/* known.c: large files that the receiver has */
void known_forget(struct send *s, const struct rask_todo_item *it);

/* move.c: renames */
void move_send(struct send *s, struct rask_todo_item *it);
/* Must this item wait for the rename that is being summed? */
bool move_meets(const struct send *s, const struct rask_todo_item *it);
/* Note every entry of a rename by itself, new names and old. */
void move_entries(struct send *s, const struct rask_todo_item *it);

/* track.c: changes on their way */
struct sent *sent_add(struct send *s, uint64_t stream,
    struct rask_todo_item *it, uint8_t type, uint8_t class);
/* The change of a number that is on its way, or NULL. */
struct sent *sent_find(struct send *s, uint64_t stream);
/* Forget one; its item is the caller's, or dropped with sent_end(). */
struct rask_todo_item *sent_remove(struct send *s, uint64_t stream);
/* Changes have reached a level. */
void sent_acked(struct send *s, const struct rask_acks *a,
    enum rask_ack level);
/* The connection is gone: all of them wait in the set again. */
void sent_give_back(struct send *s);
void sent_name_all(struct send *s);	/* on stderr, a few */

/* later.c: what is tried again */
void later_add(struct send *s, struct rask_todo_item *it, double first,
    double most, bool restless);
/* Is a file of this path waiting that changes whenever it is read? */
bool later_holds(const struct send *s, unsigned tree, const char *path);
/* Prepare the timer. */
void later_init(struct send *s);
/* The connection is gone: all of them wait in the set again. */
void later_give_back(struct send *s);

#endif
