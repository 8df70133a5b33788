#ifndef ANSWERER_H
#define ANSWERER_H

#include <stddef.h>
#include <stdint.h>

#include "../../lib/descend.h"

/* An entry's place and item. */
struct item {
	uint64_t place;
	struct rask_sum sum;
};

/* An index as far as it answers: its items, in order, and a digest. */
struct side {
	struct item *v;		/* owned */
	size_t n;		/* items */
	struct rask_digest *digest;	/* owned */
};

/* Put the items in order and make a digest of 2^bits leaves of them. */
void side_seal(struct side *s, unsigned bits);

/* Give its memory back. */
void side_free(struct side *s);

/* Order of items: by place, then by what of them is compared. */
int side_cmp(const void *a, const void *b);

/* Answer a question, whose body is here. */
void side_answer(const struct side *s, enum rask_descend_ask ask,
    const struct rask_buf *body, struct rask_buf *out);

/* The places that were told to differ. */
struct told {
	uint64_t *v;		/* owned */
	size_t n, cap;		/* in use, allocated */
};

/* Note a place; ctx is a struct told. */
void told_differ(void *ctx, uint64_t place);

#endif
