#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"
#include "filter.h"
#include "page.h"
#include "record.h"

/*
 * What a set of entries comes to: counted, summed up and put into a filter,
 * by records that change it, or page by page.
 */
struct tally {
	uint64_t live;		/* entries but tombstones */
	uint64_t gone;		/* tombstones */
	struct rask_digest *digest;	/* borrowed; NULL: none is wanted */
	struct rask_filter *filter;	/* borrowed; NULL: none is wanted */
	bool doubt;		/* a record took away what was not there */
};

/* Take in what a record does; one without an entry does nothing. */
void tally_record(struct tally *t, const struct rask_record *r);

/* Take in all entries of a page.  Returns: 0, or -1 with EBADMSG. */
int tally_page(struct tally *t, const struct rask_page *pg);

#endif
