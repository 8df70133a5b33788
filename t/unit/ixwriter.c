/*
 * A client that remembers what an index told it.
 *
 *	ixwriter load SOCK LOG PATHS COUNT	COUNT edits of PATHS paths, some
 *						of them deletes
 *	ixwriter check SOCK LOG WHAT		is all there that was told
 *						taken, or durable?  `served':
 *						is nothing told that is wrong?
 *
 * The log has a line for each edit that was tried, for each that was taken
 * with its seq (0: it was taken before, by a refused question), and for each
 * seq that was told durable:
 *
 *	session
 *	try PATH COUNTER
 *	taken PATH COUNTER SEQ
 *	durable SEQ
 *	refused ERRNO
 *
 * A refused question is asked again until it is taken.  Load ends with 0 when
 * all is durable, and with 1 when the index is gone.  Check ends with 1 and
 * says what is wrong.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "index.h"

#define NODE	UINT64_C(0x1234567890abcdef)
#define BATCH	8	/* edits in a question, at most */
#define AHEAD	6	/* questions on their way */
#define SLOTS	4096	/* questions asked between one and its reply */
#define SYNCS	8	/* questions between two SYNCs */
#define MANY	1000000	/* paths and edits, at most */
#define WAIT	20000	/* ms for a reply */

/* A question on its way. */
struct asked {
	int n;				/* edits; 0: a SYNC */
	uint64_t path[BATCH], counter[BATCH];
};

struct writer {
	struct rask_index *x;
	FILE *log;
	uint64_t paths, seed, counter;
	bool refusable;		/* that a part is damaged may be told */
	struct asked asked[SLOTS];	/* by stream, round and round */
	struct rask_question q;
	struct rask_reply r;
};

/* The next random number (splitmix64). */
static uint64_t
next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* us since the epoch. */
static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* The entry of an edit: all of it follows from path and counter. */
static void
edit(struct rask_entry *e, char path[64], uint64_t i, uint64_t counter)
{
	*e = (struct rask_entry){ .mode = 0600 + counter % 64, .path = path,
	    .kind = counter % 7 == 0 ? RASK_KIND_GONE : RASK_KIND_FILE,
	    .size = counter % 1000003, .mtime = (int64_t)counter * 1000 };
	e->path_len = (uint16_t)snprintf(path, 64, "dir%03u/file-%06u",
	    (unsigned)(i % 100), (unsigned)i);
	e->version.n = 1;
	e->version.v[0] = (struct rask_dot){ counter, NODE };
}

/* Write a line down before anything else happens. */
static void
say(struct writer *w, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
	fprintf(w->log, "%s %llu %llu %llu\n", what, (unsigned long long)a,
	    (unsigned long long)b, (unsigned long long)c);
	if (fflush(w->log) == EOF)
		err(2, "log");
}

/* Connect, or end. */
static struct rask_index *
connect_to(const char *sock)
{
	char why[RASK_WHY_MAX + 1] = "";
	struct rask_index *x = rask_index_open(sock, "ixwriter", 10000, why);

	if (x == NULL)
		err(1, "%s: %s", sock, why);
	return x;
}

/* Ask for a row of edits. */
static void
ask(struct writer *w, const struct asked *a)
{
	struct rask_buf text = { 0 };
	struct rask_entry e;
	char path[64];
	int i;

	for (i = 0; i < a->n; i++) {
		edit(&e, path, a->path[i], a->counter[i]);
		if (rask_entries_add(&text, &e) == -1)
			err(2, "entries");
	}
	w->q.type = a->n == 0 ? RASK_Q_SYNC : RASK_Q_MERGE;
	w->q.seq = 0;
	w->q.n = a->n;
	w->q.text = (char *)rask_buf_head(&text);
	w->q.len = rask_buf_left(&text);
	if (rask_index_ask(w->x, &w->q) == -1)
		err(1, "ask");
	w->asked[w->q.stream % SLOTS] = *a;
	rask_buf_free(&text);
}

/* Take one reply.  Returns: true if its question was refused. */
static bool
take(struct writer *w, struct asked *a)
{
	struct rask_reply *r = &w->r;
	uint64_t seq;
	int i;

	if (rask_index_reply(w->x, r, WAIT) == -1) {
		if (errno == ETIMEDOUT)
			errx(2, "no answer");
		exit(1);
	}
	*a = w->asked[r->stream % SLOTS];
	if (r->type == RASK_A_FAILED) {
		say(w, "refused", (uint64_t)r->error, 0, 0);
		return true;
	}
	if (r->type == RASK_A_DURABLE)
		say(w, "durable", r->seq, 0, 0);
	for (i = 0; r->type == RASK_A_TAKEN && i < a->n; i++) {
		seq = r->seq - (uint64_t)(a->n - 1 - i);
		say(w, "taken", a->path[i], a->counter[i],
		    r->changes == (uint64_t)a->n ? seq : 0);
	}
	return false;
}

/* Take one reply, and ask again until it is not refused. */
static void
settle(struct writer *w)
{
	struct asked a;

	while (take(w, &a)) {
		usleep(20000);
		ask(w, &a);
	}
}

/* Make up to `max` more edits of random paths. */
static void
make_up(struct writer *w, struct asked *a, uint64_t max)
{
	int i;

	a->n = 1 + (int)(next(&w->seed) % BATCH);
	if ((uint64_t)a->n > max)
		a->n = (int)max;
	for (i = 0; i < a->n; i++) {
		w->counter = now() > w->counter ? now() : w->counter + 1;
		a->counter[i] = w->counter;
		a->path[i] = next(&w->seed) % w->paths;
		say(w, "try", a->path[i], a->counter[i], 0);
	}
}

/* load */
static int
load(struct writer *w, uint64_t count)
{
	struct asked a, sync = { .n = 0 };
	uint64_t k;
	int open = 0;

	say(w, "session", 0, 0, 0);
	for (k = 1; count > 0; k++, open++) {
		for (; open == AHEAD; open--)
			settle(w);
		if (k % SYNCS == 0) {
			ask(w, &sync);
			continue;
		}
		make_up(w, &a, count);
		count -= (uint64_t)a.n;
		ask(w, &a);
	}
	for (; open > 0; open--)
		settle(w);
	ask(w, &sync);
	settle(w);
	return 0;
}

/* What the log says of one edit. */
struct known {
	uint64_t path, counter, seq;	/* seq 0: not told */
	bool taken, durable;
};

struct log {
	struct known *v;	/* in the order of counters */
	size_t n;
	size_t first;		/* of the session's edits */
	uint64_t durable;	/* highest seq told so in the session */
	uint64_t *seqs;		/* told */
	size_t n_seqs;
};

/* The edit with a counter. */
static struct known *
find(const struct log *l, uint64_t counter)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid].counter < counter)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->v[lo].counter == counter ? &l->v[lo] : NULL;
}

/* A session is over: what it had before a power cut may be lost. */
static void
end_session(struct log *l)
{
	for (; l->first < l->n; l->first++)
		l->v[l->first].durable = l->v[l->first].seq != 0 &&
		    l->v[l->first].seq <= l->durable;
	l->durable = 0;
}

/* Read a log; a last line may be half. */
static void
read_log(struct log *l, FILE *f)
{
	unsigned long long a, b, c;
	char word[16];
	struct known *k;

	l->v = calloc(MANY, sizeof(*l->v));
	l->seqs = calloc(MANY, sizeof(*l->seqs));
	if (l->v == NULL || l->seqs == NULL)
		err(2, "calloc");
	while (fscanf(f, "%15s %llu %llu %llu\n", word, &a, &b, &c) == 4) {
		if (l->n == MANY || l->n_seqs == MANY)
			errx(2, "log: too long");
		if (strcmp(word, "session") == 0)
			end_session(l);
		if (strcmp(word, "durable") == 0 && a > l->durable)
			l->durable = a;
		if (strcmp(word, "try") == 0)
			l->v[l->n++] = (struct known){ a, b, 0, false,
			    false };
		if (strcmp(word, "taken") == 0 && (k = find(l, b)) != NULL) {
			k->taken = true;
			k->seq = c;
			if (c != 0)
				l->seqs[l->n_seqs++] = c;
		}
	}
	end_session(l);
}

/* Order of seqs. */
static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* No seq was given twice. */
static int
check_seqs(struct log *l)
{
	size_t i;
	int bad = 0;

	qsort(l->seqs, l->n_seqs, sizeof(*l->seqs), compare);
	for (i = 1; i < l->n_seqs; i++)
		if (l->seqs[i] == l->seqs[i - 1]) {
			printf("seq %llu was given twice\n",
			    (unsigned long long)l->seqs[i]);
			bad = 1;
		}
	return bad;
}

/* Is what the index says of a path one of the edits that were tried, whole? */
static int
check_entry(const struct log *l, const struct rask_entry *e, uint64_t i)
{
	uint64_t counter = rask_version_dot(&e->version).counter;
	struct known *k = find(l, counter);
	struct rask_entry want;
	char path[64];

	edit(&want, path, i, counter);
	if (k == NULL || k->path != i || e->kind != want.kind ||
	    e->size != want.size || e->mtime != want.mtime ||
	    e->mode != want.mode || e->version.n != 1 ||
	    e->path_len != want.path_len ||
	    memcmp(e->path, path, e->path_len) != 0) {
		printf("path %llu: counter %llu was never written so\n",
		    (unsigned long long)i, (unsigned long long)counter);
		return 1;
	}
	if (k->seq != 0 && e->seq != k->seq) {
		printf("path %llu: seq %llu was told, %llu is there\n",
		    (unsigned long long)i, (unsigned long long)k->seq,
		    (unsigned long long)e->seq);
		return 1;
	}
	return 0;
}

/* Ask for a path; its counter must be as high as `least`. */
static int
check_path(struct writer *w, const struct log *l, uint64_t i, uint64_t least)
{
	struct rask_entry e;
	char path[64];
	uint64_t counter = 0;
	int bad = 0;

	edit(&e, path, i, 1);
	w->q.type = RASK_Q_GET;
	w->q.text = path;
	w->q.len = e.path_len;
	if (rask_index_call(w->x, &w->q, &w->r, WAIT) == -1) {
		if (w->refusable && errno == EBADMSG)
			return 0;
		printf("%s: %s %s\n", path, strerror(errno), w->r.why);
		return 1;
	}
	if (w->r.len > 0) {
		counter = rask_version_dot(&w->r.entry.version).counter;
		bad = check_entry(l, &w->r.entry, i);
	}
	if (counter >= least)
		return bad;
	printf("%s: %llu was told, %llu is there\n", path,
	    (unsigned long long)least, (unsigned long long)counter);
	return 1;
}

/* check */
static int
check(struct writer *w, bool durable)
{
	struct log l = { 0 };
	uint64_t *least = calloc(MANY, sizeof(*least)), paths = 0;
	size_t i;
	int bad;

	if (least == NULL)
		err(2, "calloc");
	read_log(&l, w->log);
	bad = check_seqs(&l);
	for (i = 0; i < l.n; i++) {
		if (l.v[i].path >= MANY)
			errx(2, "log: no such path");
		if (l.v[i].path >= paths)
			paths = l.v[i].path + 1;
		if (durable ? l.v[i].durable : l.v[i].taken)
			least[l.v[i].path] = l.v[i].counter;
	}
	for (i = 0; i < paths; i++)
		bad |= check_path(w, &l, i, least[i]);
	free(least);
	free(l.v);
	free(l.seqs);
	return bad;
}

int
main(int argc, char **argv)
{
	static struct writer w;
	int status;

	if (argc == 6 && strcmp(argv[1], "load") == 0) {
		w.paths = strtoull(argv[4], NULL, 10);
		w.seed = now();
		if ((w.log = fopen(argv[3], "a")) == NULL)
			err(2, "%s", argv[3]);
		w.x = connect_to(argv[2]);
		status = load(&w, strtoull(argv[5], NULL, 10));
	} else if (argc == 5 && strcmp(argv[1], "check") == 0) {
		if ((w.log = fopen(argv[3], "r")) == NULL)
			err(2, "%s", argv[3]);
		w.x = connect_to(argv[2]);
		w.refusable = strcmp(argv[4], "served") == 0;
		status = check(&w, strcmp(argv[4], "durable") == 0);
	} else {
		fprintf(stderr, "usage: ixwriter load SOCK LOG PATHS COUNT | "
		    "check SOCK LOG taken|durable|served\n");
		return 64;
	}
	rask_index_close(w.x);
	return status;
}
