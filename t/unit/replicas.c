/*
 * lib/version.h, as a whole: replicas of one path that edit, delete and tell
 * each other, by messages that are late, out of order, doubled and lost.
 */
#include <stdlib.h>
#include <string.h>

#include "../../lib/hash.h"
#include "../../lib/version.h"
#include "unit.h"

enum { NODES = 4, EVENTS = 60, CONTENTS = 4000, MESSAGES = 8000 };

/* A content that somebody made. */
struct content {
	struct rask_version version;
	unsigned char hash[RASK_SHA_LEN];
	unsigned kind;			/* 0: a tombstone */
	unsigned text;			/* what is in it; hash of this */
};

struct message {
	size_t from, to;		/* replicas */
	size_t what;			/* content */
};

/* All that there is. */
struct world {
	struct content made[CONTENTS];	/* the first is nothing */
	size_t nmade;
	size_t holds[NODES];		/* content of each, 0: no entry */
	uint64_t last[NODES];		/* its last counter */
	uint64_t skew[NODES];		/* how far its clock runs ahead */
	struct message way[MESSAGES];	/* messages not delivered yet */
	size_t nway;
	bool ended[CONTENTS];		/* by text: an edit or delete saw it */
	bool kept[CONTENTS];		/* by text: in somebody's conflicts */
	unsigned texts;			/* how many there are */
	uint64_t now;			/* us */
	uint64_t seed;
};

/* The judge's view of a content. */
static struct rask_content
view(const struct content *x)
{
	struct rask_content c = { &x->version, x->kind ? x->hash : NULL,
	    x->kind, x->kind };

	return c;
}

/* Tell all others, with luck. */
static void
tell(struct world *w, size_t node)
{
	size_t to;

	for (to = 0; to < NODES; to++)
		if (to != node && w->nway < MESSAGES &&
		    unit_below(&w->seed, 3) > 0)
			w->way[w->nway++] = (struct message){ node, to,
			    w->holds[node] };
}

/* A node has new content with this ancestry. */
static void
edit(struct world *w, size_t node, const struct rask_version *seen,
    unsigned kind, unsigned text)
{
	struct content *x = &w->made[w->nmade];

	CHECK(w->nmade < CONTENTS);
	CHECK(rask_version_next(&x->version, seen, node + 1, w->last[node],
	    w->now + w->skew[node]) == 0);
	w->last[node] = rask_version_dot(&x->version).counter;
	x->kind = kind;
	x->text = kind ? text : 0;
	memset(x->hash, 0, sizeof(x->hash));
	memcpy(x->hash, &x->text, sizeof(x->text));
	w->holds[node] = w->nmade++;
	tell(w, node);
}

/* A user edits or deletes what a node holds, having seen it. */
static void
user(struct world *w, size_t node)
{
	const struct content *x = &w->made[w->holds[node]];
	unsigned text = w->texts;

	if (unit_below(&w->seed, 4) == 0)
		text = (unsigned)unit_below(&w->seed, w->texts);
	else
		w->texts++;
	if (w->holds[node] == 0) {
		edit(w, node, NULL, 1, text);
		return;
	}
	if (x->kind == 0 || unit_below(&w->seed, 3) > 0) {
		w->ended[x->text] |= x->kind != 0;
		w->ended[text] = false;
		edit(w, node, &x->version, 1, text);
	} else {
		w->ended[x->text] = true;
		edit(w, node, &x->version, 0, 0);
	}
}

/* A scan finds a file that no entry tells of. */
static void
find(struct world *w, size_t node)
{
	struct content *x = &w->made[w->nmade];

	if (w->holds[node] != 0)
		return;
	x->kind = 1;
	x->text = 1 + (unsigned)unit_below(&w->seed, 5);
	rask_version_found(&x->version, x->text * 20000);
	memset(x->hash, 0, sizeof(x->hash));
	memcpy(x->hash, &x->text, sizeof(x->text));
	w->holds[node] = w->nmade++;
	w->ended[x->text] = false;
	tell(w, node);
}

/* A message comes; was it news? */
static bool
deliver(struct world *w, struct message m)
{
	struct content *mine = &w->made[w->holds[m.to]];
	struct content *news = &w->made[m.what];
	struct rask_content l = view(mine), i = view(news);
	struct rask_verdict v;
	struct rask_version both;

	if (m.what == 0)
		return false;
	if (w->holds[m.to] == 0) {
		w->holds[m.to] = m.what;
		return true;
	}
	v = rask_judge(&l, &i);
	if (v.stands != RASK_STANDS_INCOMING)
		return false;
	if (v.loss == RASK_LOSS_REISSUE) {
		CHECK(rask_version_join(&both, l.version, i.version) == 0);
		edit(w, m.to, &both, mine->kind, mine->text);
		return true;
	}
	if (v.loss == RASK_LOSS_KEEP)
		w->kept[mine->text] = true;
	w->holds[m.to] = m.what;
	return true;
}

/* Deliver one of the messages on the way, perhaps leaving it there too. */
static void
deliver_any(struct world *w)
{
	size_t i;
	struct message m;

	if (w->nway == 0)
		return;
	i = unit_below(&w->seed, w->nway);
	m = w->way[i];
	if (unit_below(&w->seed, 4) > 0)
		w->way[i] = w->way[--w->nway];
	deliver(w, m);
}

/* Tell everything to everybody until it is no news any more. */
static void
settle(struct world *w)
{
	size_t a, b;
	int round = 0;
	bool news;

	do {
		news = false;
		for (a = 0; a < NODES; a++)
			for (b = 0; b < NODES; b++)
				news |= a != b && deliver(w,
				    (struct message){ a, b, w->holds[a] });
		CHECK(++round < 20);
	} while (news);
}

/* One life of the world from this seed. */
static void
live(struct world *w, uint64_t seed)
{
	size_t i, node;
	int event;

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->nmade = 1;
	w->texts = 10;
	memset(w->ended, true, sizeof(w->ended));
	for (node = 0; node < NODES; node++) {
		w->skew[node] = unit_below(&w->seed, 50);
		if (unit_below(&w->seed, 3) == 0)
			find(w, node);
	}
	for (event = 0; event < EVENTS; event++) {
		w->now += unit_below(&w->seed, 5);
		if (unit_below(&w->seed, 4) == 0)
			user(w, unit_below(&w->seed, NODES));
		for (i = unit_below(&w->seed, 4); i > 0; i--)
			deliver_any(w);
	}
	settle(w);
}

/* Call check with many worlds that have come to rest. */
static void
with_worlds(void (*check)(const struct world *w, uint64_t seed))
{
	struct world *w;
	uint64_t seed;

	CHECK((w = malloc(sizeof(*w))) != NULL);
	for (seed = 1; seed <= 2000; seed++) {
		live(w, seed);
		check(w, seed);
	}
	free(w);
}

static void
all_agree(const struct world *w, uint64_t seed)
{
	const struct content *x = &w->made[w->holds[0]], *y;
	size_t node;

	for (node = 1; node < NODES; node++) {
		y = &w->made[w->holds[node]];
		CHECK_SEED(seed, x->kind == y->kind && x->text == y->text);
		CHECK_SEED(seed, rask_dot_cmp(rask_version_dot(&x->version),
		    rask_version_dot(&y->version)) == 0);
	}
}

static void
none_lost(const struct world *w, uint64_t seed)
{
	const struct content *x = &w->made[w->holds[0]];
	unsigned text;
	size_t i;

	for (i = 1; i < w->nmade; i++) {
		if (w->made[i].kind == 0)
			continue;
		text = w->made[i].text;
		CHECK_SEED(seed, w->ended[text] || w->kept[text] ||
		    (x->kind != 0 && x->text == text));
	}
}

static void
test_agree(void)
{
	with_worlds(all_agree);
}

static void
test_none_lost(void)
{
	with_worlds(none_lost);
}

static const struct unit tests[] = {
	{ "once all is told, all replicas hold the same", test_agree },
	{ "no content is lost but by an edit or delete that saw it",
	    test_none_lost },
};

UNIT_MAIN(tests)
