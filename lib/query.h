#ifndef RASK_QUERY_H
#define RASK_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "descend.h"
#include "digest.h"
#include "entry.h"
#include "frame.h"
#include "record.h"
#include "settle.h"

/*
 * What goes over an index's Unix socket: after a HELLO from both sides the
 * client asks questions, each with a number of its own choosing as its stream,
 * as many at once as it likes; the index answers each of them, in any order,
 * with that number.  FOLLOW alone has many answers.
 *
 * Readers check every field against its range, so that what comes out of them
 * can be used without another look; they touch nothing but their arguments.
 * What is written once has one form only.
 *
 * From: rask-protocol(7), The index.
 */
#define RASK_QUERY_MIN		1	/* versions spoken */
#define RASK_QUERY_MAX		1
#define RASK_LINES_MAX		RASK_SMALL_MAX	/* bytes in one LINES */
#define RASK_MERGE_MAX		RASK_SMALL_MAX	/* bytes in one MERGE */
#define RASK_PLACES_MAX		1024	/* places in one ENTRIES question */
#define RASK_VIEW_MAX		130	/* descriptors of a VIEW */
#define RASK_WHY_MAX		255	/* bytes of a reason */

struct rask_ihello {
	uint8_t min, max;	/* versions spoken */
	uint64_t node;		/* of the index; from a client 0 */
	uint32_t pid;		/* process */
	char name[256];		/* the index's node; a client's program */
};

/* Add a HELLO.  Returns: 0, or -1 with ENOMEM. */
int rask_ihello_add(struct rask_buf *out, const struct rask_ihello *h);
/*
 * Read one.
 * Returns: 0; -1 with EPROTO for what is none, EPROTONOSUPPORT when there is
 *          no version in common (h->min and h->max stand).
 */
int rask_ihello_parse(struct rask_ihello *h, const struct rask_frame *f);

/*
 * A question.  Which fields stand is said by its type:
 *	GET		text: a legal path
 *	LINES		text: whole lines, the last with its LF
 *	MERGE		text: entries, see rask_entries_next(); n of them
 *	SYNC		seq: the change that is to be durable; 0: all
 *	FOLLOW		seq: begin behind it; since; live
 *	ROOT		root, count: the asker's own
 *	SUMS, ITEMS	nodes, n
 *	ENTRIES		places, n
 *	ASK		entry, text: its bytes
 *	INSTALLED	grant, seen, taken, has_taken
 *	GAVEUP		grant
 *	STAT, VIEW	nothing
 */
struct rask_question {
	enum rask_type type;	/* RASK_Q_ */
	uint64_t stream;	/* its number, > 0 */
	const char *text;	/* borrowed, not terminated */
	size_t len;		/* bytes of it */
	uint64_t seq;		/* of the index's feed */
	uint64_t since;		/* us since the epoch; 0: any time */
	bool live;		/* go on with what is yet to come */
	struct rask_sum root;	/* of a digest */
	uint64_t count;		/* live entries */
	int n;			/* of nodes, places or entries, > 0 */
	struct rask_node nodes[RASK_SUMS_MAX];
	uint64_t places[RASK_PLACES_MAX];
	uint64_t grant;		/* number of an ASK, > 0 */
	struct rask_entry entry;	/* its strings borrowed */
	struct rask_seen seen;	/* what is there now */
	bool has_taken;		/* something was there */
	struct rask_seen taken;	/* what was there before */
};

/*
 * Add a question.
 * Shape:   q is complete and within the limits.
 * Returns: 0, or -1 with ENOMEM.
 */
int rask_question_add(struct rask_buf *out, const struct rask_question *q);

/*
 * Read one.
 * Returns: 0; -1 with EPROTO for what breaks the rules, EINVAL or
 *          ENAMETOOLONG when only a path or an entry is not legal: that
 *          question alone is to be refused; its type and stream stand.
 * Owns:    q's strings point into f's body.
 */
int rask_question_parse(struct rask_question *q, const struct rask_frame *f);

/* Add one entry's bytes to a MERGE's text.  Returns: 0, -1 with ENOMEM. */
int rask_entries_add(struct rask_buf *text, const struct rask_entry *e);

/*
 * The next of a row of entries (u16 len, entry, each), *p of *len bytes, which
 * is moved on.
 * Returns: 1 and *e, whose strings point into the row; 0 at the end; -1 with
 *          EINVAL or EPROTO.
 */
int rask_entries_next(const unsigned char **p, size_t *len,
    struct rask_entry *e);

/* What is said to an ASK. */
enum rask_answer {
	RASK_ANSWER_YES = 1,	/* install it; entry is what should be there */
	RASK_ANSWER_HELD,	/* the same is here already */
	RASK_ANSWER_SUPERSEDED,	/* entry is newer, or beats it */
	RASK_ANSWER_REISSUE,	/* entry was issued again over the delete */
	RASK_ANSWER_FAILED	/* error says why */
};

/*
 * A reply.  Which fields stand is said by its type:
 *	ENTRY		entry, bytes: its encoding; len 0: nothing is known
 *	TAKEN		seq of the last change, lines, changes, bad, first_bad,
 *			why (about the first bad line); keep, to INSTALLED only
 *	DURABLE		seq: this one and all before it are
 *	TEXT		bytes: lines of key=value
 *	RECORDS		epoch, lost, bytes: see rask_records_next()
 *	END		seq: the last one in the feed; lost
 *	VIEW		view; its descriptors come beside the bytes
 *	ROOT		root, count
 *	SUMS, ITEMS	bytes, as descend.h has them
 *	ENTRIES		n: so many of the places, from the first on, are
 *			answered; bytes: their entries, see rask_entries_next()
 *	ANSWER		how, keep, error, entry and bytes as with ENTRY
 *	FAILED		error, why
 */
struct rask_view {
	uint64_t node, epoch;	/* ids */
	uint64_t seq;		/* last one given */
	uint64_t pos, upto;	/* records in [pos, upto) are not in the
				 * state */
	uint64_t live, gone;	/* entries, tombstones */
	struct rask_sum root;	/* of the digest */
	bool has_state;		/* the first descriptor is the state's */
	bool has_dir;		/* then the directory's */
	uint16_t n;		/* then segments, 0 to 128 */
};

struct rask_reply {
	enum rask_type type;	/* RASK_A_ */
	uint64_t stream;	/* the question's number, > 0 */
	const unsigned char *bytes;	/* borrowed */
	size_t len;		/* of bytes */
	uint64_t seq, epoch;
	uint64_t lines, changes, bad, first_bad;
	bool lost;		/* the feed does not reach back so far */
	struct rask_view view;
	struct rask_sum root;
	uint64_t count;		/* live entries */
	int n;
	enum rask_answer how;
	bool keep;		/* what is, or was, taken out is a conflict,
				 * to be kept */
	int error;		/* an errno */
	struct rask_entry entry;	/* its strings borrowed */
	char why[RASK_WHY_MAX + 1];
};

/* Add a reply.  Shape and returns as rask_question_add(). */
int rask_reply_add(struct rask_buf *out, const struct rask_reply *r);

/*
 * Read one.
 * Returns: 0, or -1 with EPROTO.
 * Owns:    r's strings point into f's body.
 */
int rask_reply_parse(struct rask_reply *r, const struct rask_frame *f);

/*
 * A reply whose bytes, the last of its body, are added to out by somebody
 * else: begin it, let them be added, and end it.
 * Shape:   ENTRIES (n is looked at by rask_reply_end() only), SUMS, ITEMS,
 *          RECORDS (epoch, lost), TEXT.
 * Returns: as rask_frame_begin() and rask_frame_end(); rask_frame_undo() takes
 *          back what was begun.
 */
int rask_reply_begin(struct rask_buf *out, const struct rask_reply *r,
    size_t *at);
/* See rask_reply_begin(). */
int rask_reply_end(struct rask_buf *out, const struct rask_reply *r,
    size_t at);

/*
 * The next record of a RECORDS reply (u64 position, the record as it is in the
 * feed, each), which r->bytes and r->len are moved over.
 * Returns: 1, *rec and *at its position; 0 at the end; -1 with EPROTO, or
 *          ENOTSUP for a later version's record.
 * Owns:    rec's strings point into the reply's bytes.
 */
int rask_records_next(struct rask_reply *r, struct rask_record *rec,
    uint64_t *at);

#endif
