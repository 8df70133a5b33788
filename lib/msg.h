#ifndef RASK_MSG_H
#define RASK_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "frame.h"
#include "hash.h"

/*
 * What frames say: the bodies of each type, encoded and decoded.  Decoders
 * check every field against its range, so that what comes out of them can be
 * used without another look; they touch nothing but their arguments.
 * From: rask-protocol(7), Messages.
 */
#define RASK_PROTO_MIN		1	/* versions of the protocol spoken */
#define RASK_PROTO_MAX		1
#define RASK_TREE_MAX		64	/* bytes in a tree's name */
#define RASK_NODE_MAX		255	/* bytes in a node's name */
#define RASK_TEXT_MAX		1024	/* bytes in a reason */
#define RASK_ID_LEN		16	/* bytes in an identity */
#define RASK_WINDOW		(1024 * 1024)	/* credit to begin with */
#define RASK_ACKS_MAX		4096	/* ranges in one ACK */

enum {
	RASK_FEATURE_FLEETING = 1 << 0	/* R: it will never say durable */
};

struct rask_hello {
	uint8_t min, max;		/* protocol versions spoken */
	uint32_t features;		/* RASK_FEATURE_ bits */
	uint64_t node;			/* R: 0 without index; S: instance */
	unsigned char root[RASK_ID_LEN];	/* identity of the directory */
	uint32_t inline_max;		/* R: bytes it takes in a PUT */
	uint32_t window;		/* R: most credit it gives, bytes */
	char tree[RASK_TREE_MAX + 1];	/* the tree's name */
	char name[RASK_NODE_MAX + 1];	/* the node's name */
};

/* Add a HELLO with its header.  Returns: 0, or -1 with ENOMEM. */
int rask_hello_add(struct rask_buf *out, const struct rask_hello *h);

/*
 * Read a HELLO's body.
 * Returns: 0; -1 with EPROTO for what is none, EPROTONOSUPPORT when the peer
 *          speaks no version in common (h->min and h->max stand).
 */
int rask_hello_parse(struct rask_hello *h, const struct rask_frame *f);

/* Add a BYE or a REFUSE: a code (sysexits(3)), and why in words. */
int rask_words_add(struct rask_buf *out, enum rask_type type,
    uint64_t stream, unsigned code, const char *text);

/*
 * Read a BYE's or a REFUSE's body; controls in the text become '?'.
 * Returns: 0, or -1 with EPROTO.
 */
int rask_words_parse(const struct rask_frame *f, unsigned *code,
    char text[RASK_TEXT_MAX + 1]);

/* Codes of a REFUSE, each with what the sender does about it. */
enum {
	RASK_REFUSE_DAMAGED = 65,	/* did not match its check: again */
	RASK_REFUSE_NEED = 66,		/* lacks what it builds on: in full */
	RASK_REFUSE_NEVER = 73,		/* cannot be made here: give up */
	RASK_REFUSE_LATER = 75		/* not now: again in a while */
};

/*
 * One change.  PUT carries hash and content, OPEN key, transfer and size,
 * MV kind and digest, META the hash of the content that it is for (all zero:
 * size and base time say it).
 */
struct rask_msg {
	uint8_t type;		/* RASK_PUT to RASK_META, but DATA to ABORT */
	uint8_t class;		/* of the frame */
	uint64_t stream;	/* number of the change, > 0 */
	uint32_t mode;		/* 0 to 0777 */
	uint64_t size;		/* bytes of content, at most INT64_MAX */
	int64_t mtime;		/* ns since the epoch */
	int64_t base;		/* META: mtime that it replaces, ns */
	char path[4096];	/* legal */
	char other[4096];	/* MV: new path, legal; SYMLINK: target */
	unsigned char hash[RASK_SHA_LEN];	/* PUT, META; OPEN: the key */
	unsigned char id[RASK_ID_LEN];	/* OPEN: transfer; MV: digest */
	const unsigned char *content;	/* PUT: size bytes, in the body */
};

/*
 * Write a change's frame, but for a PUT's content, which follows it.
 * Shape:   m is complete; to holds RASK_MSG_ROOM bytes.
 * Returns: bytes written.
 */
#define RASK_MSG_ROOM	(2 * 4096 + 256)
size_t rask_msg_write(unsigned char *to, const struct rask_msg *m);

/*
 * Read the body of a change; content points into f's body.
 * Returns: 0; -1 with EPROTO for what breaks the rules of the protocol;
 *          EINVAL or ENAMETOOLONG when only a path is not legal: that change
 *          alone is to be refused, and path says what it was, if need be cut.
 */
int rask_msg_parse(struct rask_msg *m, const struct rask_frame *f);

/* Add a frame of one number: SKIP (0), RESUME, WRITTEN, ABORT (0). */
int rask_number_add(struct rask_buf *out, enum rask_type type,
    uint64_t stream, uint64_t number);

/* Read it.  Returns: 0, or -1 with EPROTO. */
int rask_number_parse(const struct rask_frame *f, uint64_t *number);

/*
 * The start of a DATA frame: header and offset, n bytes of content follow.
 * Returns: bytes written, RASK_DATA_HEAD.
 */
#define RASK_DATA_HEAD	(RASK_FRAME_HEAD + 8)
size_t rask_data_write(unsigned char to[RASK_DATA_HEAD], unsigned class,
    uint64_t stream, uint64_t offset, size_t n);

/* Read DATA: the offset, and where the content is.  0, or -1 with EPROTO. */
int rask_data_parse(const struct rask_frame *f, uint64_t *offset,
    const unsigned char **content, size_t *n);

/* Add END with the check over the whole content, or read it. */
int rask_end_add(struct rask_buf *out, unsigned class, uint64_t stream,
    const unsigned char tag[RASK_TAG_LEN]);
/* Read it.  Returns: 0, or -1 with EPROTO. */
int rask_end_parse(const struct rask_frame *f,
    unsigned char tag[RASK_TAG_LEN]);

#endif
