/* The checkpointer. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "checkpoint.h"
#include "diag.h"
#include "fold.h"
#include "segs.h"
#include "state.h"
#include "sums.h"
#include "tally.h"

#define FILTER_LEAST	4096	/* entries that a filter is made for */
#define COPY_PART	4	/* copy if less than this part of the pages
				 * changes; at half of them it costs the same */
#define NICENESS	10
#define IO_LOWEST	(2 << 13 | 7)	/* ioprio_set(2): best effort, last;
				 * `idle' might never get its turn */

struct job {
	int dir;		/* borrowed */
	uint64_t pos, upto;	/* the part of the feed that is folded in */
	struct state *st;	/* NULL: none yet; owned */
	struct segs segs;	/* owned */
	struct fold *fold;	/* owned */
	struct state_maker *maker;	/* owned */
	struct rask_digest *digest;	/* owned */
	struct rask_filter *filter;	/* owned */
	struct state_meta meta;	/* of the state in the making */
	struct tally known;	/* what the records say it will come to */
	struct tally met;	/* what its pages come to */
};

/* Say what is wrong with a file; returns the exit status for errno. */
static int
tell(const char *name, const char *what)
{
	int e = errno;

	switch (e) {
	case EBADMSG:
		diag(LOG_ERR, "%s: damaged%s", name, what);
		return EX_DATAERR;
	case ENOTSUP:
		diag(LOG_ERR, "%s: the format is a newer one", name);
		return EX_DATAERR;
	case ENOENT:
		diag(LOG_ERR, "%s: missing%s", name, what);
		return EX_DATAERR;
	default:
		diag(LOG_ERR, "%s: %s%s", name, strerror(e), what);
		return e == ENOMEM ? EX_OSERR :
		    e == ENOSPC || e == EDQUOT ? EX_CANTCREAT : EX_IOERR;
	}
}

/* The same of the feed, at a position. */
static int
tell_feed(const struct job *j, uint64_t at)
{
	const struct seg *seg = segs_at(&j->segs, at);
	char name[SEG_NAME_LEN] = "feed", what[64];

	if (seg != NULL)
		segs_name(name, seg->head.start);
	snprintf(what, sizeof(what), " at position %" PRIu64, at);
	return tell(name, what);
}

/* The same of the fold. */
static int
tell_fold(const struct job *j)
{
	char what[64];
	uint64_t at;

	if (!fold_fault(j->fold, &at))
		return tell_feed(j, at);
	snprintf(what, sizeof(what), " in page %" PRIu64, at);
	return tell(CHECKPOINT_STATE, what);
}

/* Let everybody else go first. */
static void
stand_back(void)
{
	setpriority(PRIO_PROCESS, 0, NICENESS);
	syscall(SYS_ioprio_set, 1, 0, IO_LOWEST);
}

/* Open what there is. */
static int
open_all(struct job *j)
{
	char name[SEG_NAME_LEN];
	struct rask_segment *head;

	if (state_open(&j->st, j->dir, CHECKPOINT_STATE) == -1) {
		j->st = NULL;
		if (errno != ENOENT)
			return tell(CHECKPOINT_STATE, "");
	}
	if (segs_open(&j->segs, j->dir, name) == -1)
		return tell(name[0] == '\0' ? "feed" : name, "");
	if (j->segs.n == 0) {
		errno = ENOENT;
		return tell("feed", "");
	}
	if (j->st != NULL) {
		j->meta = *state_meta(j->st);
		j->pos = j->meta.pos;
	}
	head = &j->segs.v[j->segs.n - 1].head;
	if (j->st != NULL && j->meta.epoch != head->epoch) {
		diag(LOG_ERR, "%s: of another feed", CHECKPOINT_STATE);
		return EX_DATAERR;
	}
	j->meta.node = head->node;
	j->meta.epoch = head->epoch;
	return 0;
}

/* A record is read. */
static void
see(void *ctx, const struct rask_record *r)
{
	tally_record(ctx, r);
}

/* See what the records do; and they have to end where they should. */
static int
read_feed(struct job *j)
{
	uint64_t at;

	if (j->st != NULL &&
	    ((j->digest = state_digest(j->st)) == NULL ||
	    (j->filter = state_filter(j->st)) == NULL))
		return tell(CHECKPOINT_STATE, "");
	j->known = (struct tally){ j->meta.live, j->meta.gone, j->digest,
	    j->filter, false };
	j->fold = fold_new(j->st, &j->segs, j->pos, j->upto, see, &j->known,
	    &at);
	if (j->fold != NULL && at != j->upto) {
		errno = EBADMSG;
		return tell_feed(j, at);
	}
	return j->fold == NULL ? tell_feed(j, at) : 0;
}

/* Decide how large the state will be. */
static void
plan(struct job *j)
{
	j->meta.pos = j->upto;
	j->meta.seq = fold_seq(j->fold);
	j->meta.live = j->known.live;
	j->meta.gone = j->known.gone;
	j->meta.bits = state_bits(j->meta.live + j->meta.gone,
	    j->st == NULL ? 0 : j->meta.bits);
	j->meta.digest_bits = state_digest_bits(j->meta.bits);
}

/* Few pages change, and the file is not yet full of holes. */
static bool
worth_copying(const struct job *j)
{
	struct stat st;

	return j->st != NULL && !j->known.doubt &&
	    j->meta.bits == state_meta(j->st)->bits &&
	    j->meta.digest_bits == rask_digest_bits(j->digest) &&
	    j->meta.live + j->meta.gone <= rask_filter_made_for(j->filter) &&
	    fold_touched(j->fold, j->meta.bits) <
	    ((uint64_t)1 << j->meta.bits) / COPY_PART &&
	    fstat(state_fd(j->st), &st) == 0 &&
	    (uint64_t)st.st_size <= j->meta.whole + j->meta.whole / 2;
}

/* Store the fold's pages. */
static int
store_pages(struct job *j, bool all)
{
	const unsigned char *p;
	struct rask_page pg;
	uint32_t number;
	size_t len;
	bool fresh;
	int more;

	while ((more = fold_next(j->fold, j->meta.bits, &p, &len, &number,
	    &fresh)) == 1) {
		if (all && (rask_page_open(&pg, p, len, number,
		    j->meta.bits) == -1 || tally_page(&j->met, &pg) == -1)) {
			errno = EBADMSG;
			return tell(CHECKPOINT_STATE, ": an entry");
		}
		if (state_put(j->maker, number, p, len) == -1)
			return tell(CHECKPOINT_NEW, "");
	}
	return more == -1 ? tell_fold(j) : 0;
}

/*
 * Make the new state of a copy.
 * Returns: an exit status, or -1 if the old one should not be copied: what is
 *          damaged is perhaps nothing that is needed.
 */
static int
copy(struct job *j)
{
	uint64_t block = UINT64_MAX;

	j->maker = state_make_from(j->dir, CHECKPOINT_NEW, j->st, &block);
	if (j->maker != NULL) {
		fold_fresh_only(j->fold);
		return store_pages(j, false);
	}
	if (errno != EBADMSG && errno != ENOTSUP)
		return tell(CHECKPOINT_NEW, "");
	if (block == UINT64_MAX)
		diag(LOG_WARNING, "%s: its sums are missing or damaged; "
		    "looking at all of it", CHECKPOINT_STATE);
	else
		diag(LOG_WARNING, "%s: damaged in block %" PRIu64
		    "; looking at all of it", CHECKPOINT_STATE, block);
	return -1;
}

/* Write the new state anew. */
static int
write_all(struct job *j)
{
	uint64_t n = j->meta.live + j->meta.gone;
	bool sum = j->known.doubt || j->digest == NULL ||
	    rask_digest_bits(j->digest) != j->meta.digest_bits;
	int status;

	rask_filter_free(j->filter);
	n += n / 2;
	j->filter = rask_filter_new(n < FILTER_LEAST ? FILTER_LEAST : n);
	if (sum) {
		rask_digest_free(j->digest);
		j->digest = rask_digest_new(j->meta.digest_bits);
	}
	if (j->filter == NULL || j->digest == NULL)
		return tell(CHECKPOINT_NEW, "");
	j->met = (struct tally){ 0, 0, sum ? j->digest : NULL, j->filter,
	    false };
	j->maker = state_make(j->dir, CHECKPOINT_NEW, j->meta.bits);
	if (j->maker == NULL)
		return tell(CHECKPOINT_NEW, "");
	if ((status = store_pages(j, true)) != 0)
		return status;
	if (j->met.live != j->meta.live || j->met.gone != j->meta.gone)
		diag(LOG_WARNING, "%s: %" PRIu64 " entries and %" PRIu64
		    " tombstones, not %" PRIu64 " and %" PRIu64,
		    CHECKPOINT_NEW, j->met.live, j->met.gone, j->meta.live,
		    j->meta.gone);
	j->meta.live = j->met.live;
	j->meta.gone = j->met.gone;
	return 0;
}

/* Make the new state. */
static int
make(struct job *j)
{
	struct state_maker *m;
	int status = -1;

	plan(j);
	if (worth_copying(j))
		status = copy(j);
	if (status == -1)
		status = write_all(j);
	if (status != 0)
		return status;
	m = j->maker;
	j->maker = NULL;
	return state_made(m, &j->meta, j->digest, j->filter) == -1 ?
	    tell(CHECKPOINT_NEW, "") : 0;
}

/* Remove what was made. */
static void
undo(const struct job *j)
{
	char name[SUMS_NAME_LEN];

	sums_name(name, j->upto);
	unlinkat(j->dir, CHECKPOINT_NEW, 0);
	unlinkat(j->dir, name, 0);
}

int
checkpoint_main(int dir, uint64_t pos, uint64_t upto)
{
	struct job j = { .dir = dir, .pos = pos, .upto = upto };
	int status;

	stand_back();
	status = open_all(&j);
	if (status != 0 || (j.st != NULL && j.pos == upto))
		goto out;
	if ((status = read_feed(&j)) == 0)
		status = make(&j);
	if (status != 0)
		undo(&j);
out:
	state_unmake(j.maker);
	fold_free(j.fold);
	rask_filter_free(j.filter);
	rask_digest_free(j.digest);
	segs_close(&j.segs);
	state_close(j.st);
	return status;
}
