/* Folding a feed into states, held against a model of the store. */
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "checkpoint.h"
#include "fold.h"
#include "storemodel.h"
#include "unit.h"

/* A page is what the model says; how many entries it has. */
static size_t
check_page(struct model *m, const void *p, size_t len, uint32_t number,
    unsigned bits, struct rask_digest *d, struct rask_filter *f)
{
	unsigned char want[RASK_ENTRY_MAX];
	const unsigned char *bytes;
	struct rask_page pg;
	struct rask_entry e;
	struct known *k;
	size_t n;

	CHECK(rask_page_open(&pg, p, len, number, bits) == 0);
	CHECK(rask_page_check(&pg) == 0);
	while (rask_page_next(&pg, &bytes, &n)) {
		CHECK(rask_entry_decode(&e, bytes, n) == 0);
		CHECK(e.path_len == 8);
		k = &m->v[strtoul(e.path + 3, NULL, 10)];
		CHECK(k->there);
		CHECK(rask_entry_encode(&k->e, want) == n);
		CHECK(memcmp(want, bytes, n) == 0);
		if (d != NULL)
			rask_digest_sub(d, rask_place(e.path, e.path_len),
			    rask_entry_item(&e));
		CHECK(f == NULL || rask_filter_has(f,
		    rask_place(e.path, e.path_len)));
	}
	return pg.count;
}

/* The state is what the model says. */
static void
check_state(struct model *m)
{
	struct state *st;
	const struct state_meta *meta;
	struct rask_digest *d;
	struct rask_filter *f;
	struct rask_page pg;
	struct rask_sum root;
	unsigned char *leaves;
	uint64_t n = 0, block;
	size_t j;
	uint32_t i;

	CHECK(state_open(&st, m->dir, "state") == 0);
	CHECK(state_verify(st, m->dir, &block) == 0);
	meta = state_meta(st);
	CHECK(meta->node == MODEL_NODE && meta->epoch == MODEL_EPOCH);
	CHECK(meta->pos == m->pos && meta->seq == m->seq);
	CHECK(meta->live == m->live && meta->gone == m->gone);
	CHECK(meta->bits >= state_bits(m->live + m->gone, 0));
	CHECK((d = state_digest(st)) != NULL);
	CHECK((f = state_filter(st)) != NULL);
	CHECK(rask_filter_made_for(f) >= m->live + m->gone);
	for (i = 0; i < 1U << meta->bits; i++) {
		CHECK(state_page(st, i, &pg) == 0);
		n += check_page(m, pg.first - RASK_PAGE_HEAD,
		    (size_t)(pg.end - pg.first) + RASK_PAGE_HEAD, i,
		    meta->bits, d, f);
	}
	CHECK(n == m->live + m->gone);
	/* without its entries' items nothing is left of any leaf */
	root = rask_digest_sum(d, 0, 0);
	CHECK(root.hi == 0 && root.lo == 0);
	leaves = malloc((size_t)16 << rask_digest_bits(d));
	rask_digest_save(d, leaves);
	for (j = 0; j < (size_t)16 << rask_digest_bits(d); j++)
		CHECK(leaves[j] == 0);
	free(leaves);
	rask_digest_free(d);
	rask_filter_free(f);
	state_close(st);
}

/* State and feed are what the model says, in a store of some more pages. */
static void
check_fold(struct model *m, unsigned more)
{
	const unsigned char *p;
	struct state *st;
	struct segs segs;
	struct fold *f;
	char name[SEG_NAME_LEN];
	uint64_t at, n = 0;
	uint32_t number, want = 0;
	unsigned bits = more;
	bool fresh;
	size_t len;
	int left;

	if (state_open(&st, m->dir, "state") == -1)
		st = NULL;
	else
		bits += state_meta(st)->bits;
	CHECK(segs_open(&segs, m->dir, name) == 0);
	CHECK((f = fold_new(st, &segs, 1, m->pos, NULL, NULL,
	    &at)) != NULL);
	CHECK(fold_seq(f) == m->seq);
	while ((left = fold_next(f, bits, &p, &len, &number, &fresh)) == 1) {
		CHECK(number == want++);
		n += check_page(m, p, len, number, bits, NULL, NULL);
	}
	CHECK(left == 0 && want == 1U << bits);
	CHECK(n == m->live + m->gone);
	fold_free(f);
	segs_close(&segs);
	state_close(st);
}

/* Run the checkpointer, with nothing to be heard. */
static int
checkpoint(struct model *m)
{
	int status, err = dup(2), null = open("/dev/null", O_WRONLY);

	dup2(null, 2);
	status = checkpoint_main(m->dir, 1, m->pos);
	dup2(err, 2);
	close(err);
	close(null);
	return status;
}

/* Let the new state be the state. */
static void
take_over(struct model *m)
{
	CHECK(renameat(m->dir, "state.new", m->dir, "state") == 0);
	checkpoint_clean(m->dir, m->pos);
}

/* How many bytes the state had when it was last written anew. */
static uint64_t
whole(struct model *m)
{
	struct state *st;
	uint64_t n;

	CHECK(state_open(&st, m->dir, "state") == 0);
	n = state_meta(st)->whole;
	state_close(st);
	return n;
}

/* Grow a store to all paths, by checkpoints; most paths change often. */
static void
grow(struct model *m, int rounds)
{
	int round, i;

	for (round = 1; round <= rounds; round++) {
		for (i = 0; i < 2 * PATHS / rounds; i++)
			model_change(m, unit_below(&m->seed,
			    (size_t)(PATHS * round / rounds)));
		model_chatter(m);
		check_fold(m, (unsigned)unit_below(&m->seed, 4));
		CHECK(checkpoint(m) == 0);
		take_over(m);
		check_state(m);
	}
}

static void
follows(void)
{
	struct model *m = model_new(1);
	uint64_t before;
	int round, i;

	CHECK(checkpoint(m) == 0);
	take_over(m);
	check_state(m);
	grow(m, 12);
	before = whole(m);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 10; i++)
			model_change(m, unit_below(&m->seed, PATHS));
		CHECK(checkpoint(m) == 0);
		take_over(m);
		check_state(m);
		CHECK(whole(m) == before);
		if (round % 5 == 0)
			check_fold(m, 1);
	}
	CHECK(checkpoint(m) == 0);
	CHECK(faccessat(m->dir, "state.new", F_OK, 0) == -1);
	for (i = 0; i < 3 * PATHS; i++)
		model_change(m, (size_t)i % PATHS);
	CHECK(checkpoint(m) == 0);
	take_over(m);
	check_state(m);
	model_free(m);
}

/* Flip a bit of a file; it can be flipped back. */
static void
flip(struct model *m, const char *name, off_t at)
{
	int fd = openat(m->dir, name, O_RDWR);
	unsigned char c;

	CHECK(fd != -1 && pread(fd, &c, 1, at) == 1);
	c ^= 1;
	CHECK(pwrite(fd, &c, 1, at) == 1);
	close(fd);
}

/* The size of a file. */
static off_t
size_of(struct model *m, const char *name)
{
	struct stat st;

	CHECK(fstatat(m->dir, name, &st, 0) == 0);
	return st.st_size;
}

/* With a bit flipped no wrong state comes of it, whatever else does. */
static void
hurts(struct model *m, const char *name, bool heals)
{
	off_t at = (off_t)unit_below(&m->seed, (size_t)size_of(m, name));
	int status;

	flip(m, name, at);
	status = checkpoint(m);
	flip(m, name, at);
	if (status == 0 && heals) {
		CHECK(renameat(m->dir, "state", m->dir, "old") == 0);
		CHECK(renameat(m->dir, "state.new", m->dir, "state") == 0);
		check_state(m);
		CHECK(renameat(m->dir, "old", m->dir, "state") == 0);
		return;
	}
	CHECK(status == EX_DATAERR);
	CHECK(faccessat(m->dir, "state.new", F_OK, 0) == -1);
}

static void
refuses(void)
{
	struct model *m = model_new(3);
	char sums[40], feed[SEG_NAME_LEN];
	uint64_t pos;
	int i;

	grow(m, 3);
	pos = m->pos;
	snprintf(sums, sizeof(sums), "sums-%016llx",
	    (unsigned long long)pos);
	model_roll(m);
	segs_name(feed, pos);
	for (i = 0; i < 20; i++)
		model_change(m, unit_below(&m->seed, PATHS));
	for (i = 0; i < 150; i++) {
		hurts(m, "state", true);
		hurts(m, sums, true);
		hurts(m, feed, false);
	}
	m->pos++;
	CHECK(checkpoint(m) == EX_DATAERR);
	m->pos--;
	CHECK(checkpoint(m) == 0);
	CHECK(faccessat(m->dir, sums, F_OK, 0) == 0);
	checkpoint_clean(m->dir, pos);
	CHECK(faccessat(m->dir, "state.new", F_OK, 0) == -1);
	CHECK(faccessat(m->dir, sums, F_OK, 0) == 0);
	CHECK(unlinkat(m->dir, sums, 0) == 0);
	CHECK(checkpoint(m) == 0);
	take_over(m);
	check_state(m);
	model_free(m);
}

/* With files limited to a size, a checkpoint is made or leaves nothing. */
static bool
fits(struct model *m, rlim_t size)
{
	struct rlimit max = { size, RLIM_INFINITY };
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	char sums[40];
	int status;

	CHECK(setrlimit(RLIMIT_FSIZE, &max) == 0);
	status = checkpoint(m);
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	if (status == 0)
		return true;
	snprintf(sums, sizeof(sums), "sums-%016llx",
	    (unsigned long long)m->pos);
	CHECK(status == EX_IOERR);
	CHECK(faccessat(m->dir, "state.new", F_OK, 0) == -1);
	CHECK(faccessat(m->dir, sums, F_OK, 0) == -1);
	return false;
}

static void
leaves_nothing(void)
{
	struct model *m = model_new(4);
	rlim_t size;
	int i, round;

	signal(SIGXFSZ, SIG_IGN);
	model_change(m, 1);
	for (round = 0; round < 3; round++) {
		for (size = 0; !fits(m, size); size += 7000)
			CHECK(size < 100 << 20);
		take_over(m);
		check_state(m);
		for (i = 0; i < (round == 0 ? PATHS : 5); i++)
			model_change(m, (size_t)i);
	}
	model_free(m);
}

static const struct unit tests[] = {
	{ "states follow from states and the feed", follows },
	{ "no state is made of anything damaged", refuses },
	{ "on a full disk nothing is left of a checkpoint", leaves_nothing },
};
UNIT_MAIN(tests)
