/*
 * ixload: what a rask-index is measured with.
 *
 *	ixload lines N [DIFFER]		a first scan's lines of N files; the
 *					first DIFFER have another size
 *	ixload update SOCK N COUNT	COUNT updates of random ones of N paths,
 *					in MERGEs of 64, pipelined
 *	ixload pace SOCK N GAP		single updates, one every GAP us, until
 *					a checkpoint that runs meanwhile ends
 *	ixload get SOCK N COUNT		COUNT lookups of random paths, pipelined
 *	ixload one SOCK N COUNT		the same one after the other, and bare
 *					round trips of a Unix socket
 *
 * Prints key=value lines; times in us, rates a second.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "index.h"

#define BATCH	64	/* entries in a MERGE */
#define AHEAD	64	/* questions on their way */
#define SAMPLES	2000000	/* at most */

/* us since some time. */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The next random number (splitmix64). */
static uint64_t
next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* The path of the i-th file; its length. */
static size_t
path_of(char path[64], uint64_t i)
{
	return (size_t)snprintf(path, 64,
	    "photos/2024/d%05u/img-file-%08u.jpeg", (unsigned)(i / 1000),
	    (unsigned)i);
}

/* lines N [DIFFER] */
static int
lines(uint64_t n, uint64_t differ)
{
	static char buf[1 << 20];
	char path[64];
	uint64_t i;

	setvbuf(stdout, buf, _IOFBF, sizeof(buf));
	printf("# scan\n");
	for (i = 0; i < n; i++) {
		path_of(path, i);
		printf("put\t%s\tsize=%llu\tmtime=17%08llu000000000\t"
		    "ctime=17%08llu123456789\tmode=644\tino=%llu\tfound=1\n",
		    path, (unsigned long long)(4096 + i % 100000 +
		    (i < differ)), (unsigned long long)(i % 100000000),
		    (unsigned long long)(i % 100000000),
		    (unsigned long long)(1000 + i));
	}
	printf("# ready\n");
	return fflush(stdout) == 0 ? 0 : 1;
}

/* Connect, or end. */
static struct rask_index *
connect_to(const char *sock)
{
	char why[RASK_WHY_MAX + 1] = "";
	struct rask_index *x = rask_index_open(sock, "ixload", 10000, why);

	if (x == NULL)
		err(1, "%s: %s", sock, why);
	return x;
}

/* An edit of the i-th file by another node. */
static void
edit(struct rask_entry *e, char path[64], uint64_t i, uint64_t *counter)
{
	struct timespec ts;
	uint64_t us;

	clock_gettime(CLOCK_REALTIME, &ts);
	us = (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	*counter = us > *counter ? us : *counter + 1;
	*e = (struct rask_entry){ .kind = RASK_KIND_FILE, .mode = 0644,
	    .size = 4096 + i % 100000, .mtime = (int64_t)us * 1000,
	    .path = path };
	e->path_len = (uint16_t)path_of(path, i);
	e->version.n = 1;
	e->version.v[0] = (struct rask_dot){ *counter, 0x1234567890abcdef };
}

/* Take a reply that must not be a failure. */
static void
take(struct rask_index *x, struct rask_reply *r)
{
	if (rask_index_reply(x, r, 120000) == -1)
		err(1, "reply");
	if (r->type == RASK_A_FAILED)
		errx(1, "%s: %s", strerror(r->error), r->why);
}

/* update SOCK N COUNT */
static int
update(const char *sock, uint64_t n, uint64_t count)
{
	static struct rask_question q = { .type = RASK_Q_MERGE };
	static struct rask_reply r;
	struct rask_index *x = connect_to(sock);
	uint64_t i, k, seed = 7, counter = 0, open = 0;
	struct rask_buf text = { 0 };
	struct rask_entry e;
	char path[64];
	double t = now();

	for (i = 0; i < count; i += BATCH) {
		for (k = 0; k < BATCH; k++) {
			edit(&e, path, next(&seed) % n, &counter);
			if (rask_entries_add(&text, &e) == -1)
				err(1, "entries");
		}
		q.text = (char *)rask_buf_head(&text);
		q.len = rask_buf_left(&text);
		q.n = BATCH;
		while (open >= AHEAD / 4) {
			take(x, &r);
			open--;
		}
		if (rask_index_ask(x, &q) == -1)
			err(1, "ask");
		open++;
		rask_buf_take(&text, q.len);
	}
	for (; open > 0; open--)
		take(x, &r);
	t = now() - t;
	printf("update_per_s=%.0f\n", (double)i * 1e6 / t);
	rask_buf_free(&text);
	rask_index_close(x);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Print two quantiles of n samples, which are sorted. */
static void
quantiles(const char *name, double *v, size_t n)
{
	if (n == 0)
		return;
	qsort(v, n, sizeof(*v), compare);
	printf("%s_n=%zu\n%s_p50=%.1f\n%s_p99=%.1f\n%s_max=%.1f\n", name, n,
	    name, v[n / 2], name, v[n * 99 / 100], name, v[n - 1]);
}

/* Is a checkpoint running? */
static bool
folding(struct rask_index *x)
{
	static struct rask_question q = { .type = RASK_Q_STAT };
	static struct rask_reply r;

	if (rask_index_call(x, &q, &r, 10000) == -1)
		err(1, "stat");
	return memmem(r.bytes, r.len, "folding=1", 9) != NULL;
}

/* pace SOCK N GAP */
static int
pace(const char *sock, uint64_t n, double gap)
{
	static struct rask_question q = { .type = RASK_Q_MERGE, .n = 1 };
	static struct rask_reply r;
	struct rask_index *x = connect_to(sock);
	uint64_t seed = 9, counter = 0, k;
	double *v[2], t, due = now(), end = due + 120e6;
	size_t len[2] = { 0, 0 };
	struct rask_buf text = { 0 };
	struct rask_entry e;
	char path[64];
	bool on = false, was;

	v[0] = malloc(SAMPLES * sizeof(double));
	v[1] = malloc(SAMPLES * sizeof(double));
	if (v[0] == NULL || v[1] == NULL)
		err(1, "malloc");
	for (k = 0; now() < end && len[0] < SAMPLES && len[1] < SAMPLES;
	    k++) {
		was = on;
		if (k % 64 == 0)
			on = folding(x);
		if (was && !on && len[0] > 1000)
			break;		/* one was seen to its end */
		edit(&e, path, next(&seed) % n, &counter);
		if (rask_entries_add(&text, &e) == -1)
			err(1, "entries");
		q.text = (char *)rask_buf_head(&text);
		q.len = rask_buf_left(&text);
		while (now() < due)
			usleep(20);
		t = now();
		if (rask_index_call(x, &q, &r, 120000) == -1)
			err(1, "merge");
		v[on][len[on]++] = now() - t;
		due = (due > t ? due : t) + gap;
		rask_buf_take(&text, q.len);
	}
	quantiles("quiet", v[0], len[0]);
	quantiles("folding", v[1], len[1]);
	free(v[0]);
	free(v[1]);
	rask_buf_free(&text);
	rask_index_close(x);
	return 0;
}

/* get SOCK N COUNT */
static int
get(const char *sock, uint64_t n, uint64_t count)
{
	static struct rask_question q = { .type = RASK_Q_GET };
	static struct rask_reply r;
	struct rask_index *x = connect_to(sock);
	uint64_t i, seed = 11, open = 0, found = 0;
	char path[64];
	double t = now();

	q.text = path;
	for (i = 0; i < count; i++) {
		q.len = path_of(path, next(&seed) % n);
		for (; open >= 16 * AHEAD; open--) {
			take(x, &r);
			found += r.len > 0;
		}
		if (rask_index_ask(x, &q) == -1)
			err(1, "ask");
		open++;
	}
	for (; open > 0; open--) {
		take(x, &r);
		found += r.len > 0;
	}
	t = now() - t;
	printf("get_per_s=%.0f\nfound=%llu\n", (double)count * 1e6 / t,
	    (unsigned long long)found);
	rask_index_close(x);
	return 0;
}

/* Round trips of 64 bytes over a bare Unix socket, to a process that echoes. */
static void
bare(double *v, size_t n)
{
	char b[64] = "";
	int s[2];
	size_t i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1 ||
	    (pid = fork()) == -1)
		err(1, "socketpair");
	if (pid == 0) {
		close(s[0]);
		while (read(s[1], b, sizeof(b)) > 0 &&
		    write(s[1], b, sizeof(b)) > 0)
			continue;
		_exit(0);
	}
	close(s[1]);
	for (i = 0; i < n; i++) {
		v[i] = now();
		if (write(s[0], b, sizeof(b)) <= 0 ||
		    read(s[0], b, sizeof(b)) <= 0)
			err(1, "echo");
		v[i] = now() - v[i];
	}
	close(s[0]);
	waitpid(pid, NULL, 0);
}

/* one SOCK N COUNT */
static int
one(const char *sock, uint64_t n, uint64_t count)
{
	static struct rask_question q = { .type = RASK_Q_GET };
	static struct rask_reply r;
	struct rask_index *x = connect_to(sock);
	double *v = malloc(count * sizeof(*v));
	uint64_t i, seed = 13;
	char path[64];

	if (v == NULL)
		err(1, "malloc");
	q.text = path;
	for (i = 0; i < count; i++) {
		q.len = path_of(path, next(&seed) % n);
		v[i] = now();
		if (rask_index_call(x, &q, &r, 10000) == -1)
			err(1, "get");
		v[i] = now() - v[i];
	}
	quantiles("one", v, count);
	bare(v, count);
	quantiles("bare", v, count);
	free(v);
	rask_index_close(x);
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t n, count;

	if ((argc == 3 || argc == 4) && strcmp(argv[1], "lines") == 0)
		return lines(strtoull(argv[2], NULL, 10),
		    argc == 4 ? strtoull(argv[3], NULL, 10) : 0);
	if (argc != 5) {
		fprintf(stderr, "usage: ixload lines N [DIFFER] | "
		    "update|pace|get|one SOCK N COUNT\n");
		return 64;
	}
	n = strtoull(argv[3], NULL, 10);
	count = strtoull(argv[4], NULL, 10);
	if (strcmp(argv[1], "update") == 0)
		return update(argv[2], n, count);
	if (strcmp(argv[1], "pace") == 0)
		return pace(argv[2], n, (double)count);
	if (strcmp(argv[1], "get") == 0)
		return get(argv[2], n, count);
	if (strcmp(argv[1], "one") == 0)
		return one(argv[2], n, count);
	return 64;
}
