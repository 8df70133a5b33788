/*
 * meter: the measuring writer of t/bench/run.  It writes into SRC, which
 * some system replicates to DEST on the same machine, looks at DEST, and
 * prints one line of key=value fields.
 *
 *	meter latency SRC DEST N SIZE GAP_US
 *	meter burst   SRC DEST N SIZE
 *	meter large   SRC DEST BYTES
 *	meter mixed   SRC DEST BYTES N SIZE GAP_US
 *
 * A file has arrived when its name is in DEST with its whole size; both
 * systems measured put a file in place in one step, so that nothing less can
 * be seen there.  Latency counts from just before close(2) to that.
 * Every wait has a deadline: 1 and a message when something did not arrive.
 */
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "pair.h"

#define SMALLWAIT	5e6	/* us, for one small file */
#define BULKWAIT	60e6	/* us, for a burst or a large file, and ... */
#define SLOWEST		1e7	/* ... a second for each so many bytes */

static struct pair *pair;	/* SRC and DEST */

static _Noreturn void
usage(void)
{
	fprintf(stderr, "usage: meter latency SRC DEST N SIZE GAP_US\n"
	    "       meter burst SRC DEST N SIZE\n"
	    "       meter large SRC DEST BYTES\n"
	    "       meter mixed SRC DEST BYTES N SIZE GAP_US\n");
	exit(EX_USAGE);
}

/* A number from the command line, within bounds */
static size_t
number(const char *s, size_t min, size_t max)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || v < min || v > max)
		errx(EX_USAGE, "%s: not a number from %zu to %zu", s, min, max);
	return (size_t)v;
}

static void
pause_us(size_t us)
{
	struct timespec t = { (time_t)(us / 1000000),
	    (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

/* A name that no earlier run used in these directories */
static const char *
nth(const char *what, size_t i)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s.%d.%06zu", what, (int)getpid(), i);
	return name;
}

/* One small file: its latency in us, or -1 */
static double
sample(const char *what, size_t i, size_t size)
{
	const char *name = nth(what, i);
	double from, to;

	from = pair_put(pair, name, size);
	to = pair_await(pair, name, size, SMALLWAIT);
	return to == 0 ? -1 : to - from;
}

static int
rising(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The line of n latencies; sorts them */
static void
tell(double *v, size_t n, size_t timeouts)
{
	qsort(v, n, sizeof(*v), rising);
	printf("n=%zu p50_us=%.1f p99_us=%.1f max_us=%.1f timeouts=%zu\n", n,
	    n ? v[n / 2] : 0, n ? v[(n * 99 + 99) / 100 - 1] : 0,
	    n ? v[n - 1] : 0, timeouts);
}

static double *
newtable(size_t n)
{
	double *v;

	if ((v = calloc(n, sizeof(*v))) == NULL)
		err(EX_OSERR, "table");
	return v;
}

static int
latency(size_t n, size_t size, size_t gap)
{
	double *v = newtable(n), d;
	size_t i, got = 0, lost = 0;

	for (i = 0; i < n && lost < 3; i++) {
		if ((d = sample("latency", i, size)) < 0)
			lost++;
		else
			v[got++] = d;
		pause_us(gap);
	}
	tell(v, got, lost);
	free(v);
	if (lost > 0)
		warnx("%zu files did not arrive within 5 s", lost);
	return lost > 0;
}

/*
 * Each file is looked for in turn, so that the last look is the last file's,
 * whatever the order in which they came; and by polling, which takes less of
 * the machine from the systems measured than a wake-up for each event.
 */
static int
burst(size_t n, size_t size)
{
	double from = pair_now(), written, end;
	size_t i;

	for (i = 0; i < n; i++)
		pair_put(pair, nth("burst", i), size);
	written = pair_now();
	end = written + BULKWAIT + (double)(n * size) / SLOWEST * 1e6;
	for (i = 0; i < n; i++)
		while (!pair_whole(pair, nth("burst", i), size)) {
			if (pair_now() > end)
				errx(1, "%s did not arrive", nth("burst", i));
			pause_us(500);
		}
	printf("n=%zu files_per_s=%.0f writer_files_per_s=%.0f\n", n,
	    (double)n / (pair_now() - from) * 1e6,
	    (double)n / (written - from) * 1e6);
	return 0;
}

/* Wait for a large file; the time at which it was there */
static double
arrival(const char *name, size_t bytes)
{
	double t;

	t = pair_await(pair, name, bytes,
	    BULKWAIT + (double)bytes / SLOWEST * 1e6);
	if (t == 0)
		errx(1, "%s did not arrive", name);
	pair_retire(pair, name);
	return t;
}

static int
large(size_t bytes)
{
	double from, s;
	char name[64];

	snprintf(name, sizeof(name), "%s", nth("large", 0));
	from = pair_movein(pair, name, bytes);
	s = (arrival(name, bytes) - from) / 1e6;
	printf("bytes_per_s=%.0f seconds=%.3f\n", (double)bytes / s, s);
	return 0;
}

/* Small files while a large one is in transit, and another if it ends first */
static int
mixed(size_t bytes, size_t n, size_t size, size_t gap)
{
	double *v = newtable(n), d;
	size_t got = 0, i = 0, round;
	char name[64];

	for (round = 0; got < n && round < 20; round++) {
		snprintf(name, sizeof(name), "%s", nth("large", round));
		pair_movein(pair, name, bytes);
		while (got < n && !pair_whole(pair, name, bytes)) {
			if ((d = sample("mixed", i++, size)) < 0)
				errx(1, "%s did not arrive",
				    nth("mixed", i - 1));
			if (!pair_whole(pair, name, bytes))
				v[got++] = d;
			pause_us(gap);
		}
		arrival(name, bytes);
	}
	tell(v, got, 0);
	free(v);
	if (got < n)
		warnx("only %zu small files met a large one", got);
	return got < n;
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	size_t a[4] = { 0 };
	int i, status;

	if (argc < 5 || argc > 8)
		usage();
	for (i = 4; i < argc; i++)
		a[i - 4] = number(argv[i], 0, SIZE_MAX / 4);
	pair = pair_new(argv[2], argv[3]);
	if (argc == 7 && strcmp(mode, "latency") == 0)
		status = latency(a[0], a[1], a[2]);
	else if (argc == 6 && strcmp(mode, "burst") == 0)
		status = burst(a[0], a[1]);
	else if (argc == 5 && strcmp(mode, "large") == 0)
		status = large(a[0]);
	else if (argc == 8 && strcmp(mode, "mixed") == 0)
		status = mixed(a[0], a[1], a[2], a[3]);
	else
		usage();
	pair_free(pair);
	if (fflush(stdout) == EOF)
		err(EX_IOERR, "stdout");
	return status;
}
