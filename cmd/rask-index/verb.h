#ifndef VERB_H
#define VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "index.h"

/*
 * What the verbs that are clients have in common: options, the connection, and
 * what an error means.
 */
extern const char usage[];

#define WAIT_MS		60000	/* for an answer */
#define PATIENCE_MS	600000	/* for one that may have to wait for the disk */

struct verb {
	const char *name;	/* of the verb */
	const char *sock;	/* -i, or $RASK_INDEX; NULL: neither */
	const char *dir;	/* -d */
	const char *root;	/* -C */
	bool json;		/* -j */
	bool follow;		/* -f */
	bool durable;		/* -D */
	bool tree;		/* -t */
	bool verbose;		/* -v */
	bool has_since;		/* --since */
	uint64_t since;		/* s before now */
	uint64_t after;		/* -s: seq */
	char **args;		/* what is behind the options */
	int n;			/* of args */
	struct rask_index *x;	/* once connected; owned */
};

/*
 * Take the arguments of a verb; letters: the options that it has besides
 * -i, -h and -V ('S': --since); min and max of args.
 * Returns: 0, or an exit status plus one.
 */
int verb_parse(struct verb *v, int argc, char **argv, const char *letters,
    int min, int max);

/* Connect to an index, v->sock's or another; says why not.
 * Returns: 0, or an exit status. */
int verb_open(struct verb *v);
/* The same for any socket. */
int verb_connect(struct rask_index **x, const char *sock);

/*
 * Ask, and wait for the answer; says why there is none.
 * Returns: 0, or an exit status.
 */
int verb_call(struct verb *v, struct rask_question *q, struct rask_reply *r);

/* Say why an index did not answer (errno, r->why).  Returns: a status. */
int verb_failed(const char *sock, const struct rask_reply *r);

/*
 * Write lines to stdout, and take them out of the buffer.
 * Returns: 0, or an exit status.
 */
int verb_print(struct rask_buf *lines);
/* Stdout could not be written (errno): say so, but not if nobody reads any
 * more.  Returns: an exit status. */
int verb_unwritten(void);

/* The verbs; see verbs.h for those that are no clients. */
int ingest_main(int argc, char **argv);
int log_main(int argc, char **argv);
int get_main(int argc, char **argv);
int list_main(int argc, char **argv);
int stat_main(int argc, char **argv);
int digest_main(int argc, char **argv);
int check_main(int argc, char **argv);
int dump_main(int argc, char **argv);
int load_main(int argc, char **argv);
int diff_main(int argc, char **argv);

#endif
