#ifndef CLIENT_H
#define CLIENT_H

#include <sys/queue.h>

#include "conn.h"
#include "query.h"

/*
 * One connection, as conn.c, listen.c, answer.c, changes.c, follow.c, view.c
 * and grants.c share it.
 *
 * Always true: after client_lose() nothing is sent to it or read from it, and
 * it is freed when the loop comes back to it, never under a caller's feet.
 */
#define SYNCS_MAX	256	/* SYNCs of one client that wait */
#define ASKS_MAX	256	/* grants of one client, held or asked for */
#define FOLLOWS_MAX	4	/* FOLLOWs of one client */

/* A SYNC that waits. */
struct sync {
	uint64_t seq;		/* to become durable */
	uint64_t stream;	/* of the question */
};

/* A part of the feed on its way to a client. */
struct follow {
	uint64_t stream;	/* of the question; 0: unused */
	uint64_t pos;		/* of the record to come */
	bool live;		/* goes on at the end */
	bool lost;		/* it began too far back */
	bool idle;		/* it is at the end */
};

/* A grant, held or asked for. */
struct ask {
	LIST_ENTRY(ask) list;
	struct client *c;	/* whose */
	uint64_t stream;	/* of the ASK */
	struct grant *g;	/* NULL until known */
	bool asking;		/* grant_ask() has not returned */
	bool over;		/* answered by no */
	bool held;		/* answered by yes */
};

struct client {
	LIST_ENTRY(client) list;	/* of all */
	TAILQ_ENTRY(client) due;	/* of those without HELLO */
	LIST_ENTRY(client) followers;	/* while follows is > 0 */
	LIST_ENTRY(client) syncers;	/* while n_syncs is > 0 */
	LIST_ENTRY(client) holders;	/* while `later` */
	struct conns *cs;
	int fd;			/* owned */
	ev_io rd, wr;
	struct rask_deframe *in;	/* owned */
	struct rask_buf out;	/* answers */
	ev_tstamp deadline;	/* for its HELLO */
	bool greeted;		/* it said HELLO */
	bool ending;		/* BYE was said */
	bool gone;		/* to be freed */
	bool holding;		/* `held` is a question yet to be answered */
	bool later;		/* ... when there is room for it */
	struct rask_frame held;
	struct sync syncs[SYNCS_MAX];
	unsigned n_syncs;
	struct follow follow[FOLLOWS_MAX];
	unsigned follows;	/* of these in use */
	LIST_HEAD(, ask) asks;
	unsigned n_asks;
};

struct conns {
	struct conns_opts o;
	int fd;			/* listens; owned */
	uint64_t node, epoch;	/* the store's */
	dev_t dev;		/* of the socket's file */
	ino_t ino;
	ev_io accept;
	ev_timer hello;		/* runs while somebody is due */
	ev_timer pause;		/* no descriptors: accept again then */
	ev_timer retry;		/* runs while somebody holds */
	ev_tstamp start;	/* of the server */
	unsigned n;		/* clients */
	bool changed;		/* followers have to be told */
	LIST_HEAD(, client) all, followers, syncers, holders;
	TAILQ_HEAD(dues, client) due;
	struct rask_question q;	/* being answered */
	struct rask_reply r;	/* being written */
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
};

/* What became of a question. */
enum done {
	DONE,			/* answered, or will be */
	HOLD_LATER,		/* when there is room */
	HOLD_SPACE		/* when its client has read all answers */
};

/* conn.c: serve a new connection.  Returns: 0, or -1 with ENOMEM. */
int client_new(struct conns *cs, int fd);
/* Free a client; not where client_lose() will do. */
void client_free(struct client *c);
/* Answer the questions that are at hand, while there is room. */
void client_work(struct client *c);
/* Lose a client, whose socket failed or who has no room. */
void client_lose(struct client *c);
/* Add cs->r for a client. */
void client_reply(struct client *c);
/* Add FAILED to question `stream`. */
void client_fail(struct client *c, uint64_t stream, int error,
    const char *why);
/* Send what goes, and set what is waited for. */
void client_flush(struct client *c);
/* Say BYE; client_flush() sends it, if it goes at once, and ends. */
void client_bye(struct client *c, unsigned code, const char *why);

/* peer.c: may this process connect?  who has room for 64 bytes. */
bool peer_allowed(int fd, const struct conns_opts *o, char who[64]);

/* answer.c: answer a question. */
enum done answer(struct client *c, const struct rask_frame *f);

/* changes.c: LINES, MERGE and SYNC. */
enum done change_lines(struct client *c, const struct rask_question *q);
enum done change_merge(struct client *c, const struct rask_question *q);
enum done change_sync(struct client *c, const struct rask_question *q);
/* Answer the SYNCs that are durable, and with an error all others. */
void change_durable(struct client *c, uint64_t seq, int error);

/* follow.c: FOLLOW. */
enum done follow_begin(struct client *c, const struct rask_question *q);
/* Add some records.  Returns: false when there are none. */
bool follow_more(struct client *c);
/* New records are there. */
void follow_wake(struct client *c);

/* view.c: VIEW; STAT. */
enum done view_send(struct client *c, const struct rask_question *q);
enum done view_stat(struct client *c, const struct rask_question *q);

/* grants.c: ASK, INSTALLED, GAVEUP, and a client's end. */
enum done grants_ask(struct client *c, const struct rask_question *q);
enum done grants_installed(struct client *c, const struct rask_question *q);
enum done grants_gaveup(struct client *c, const struct rask_question *q);
void grants_drop(struct client *c);

#endif
