/*
 * Clients of an index that are no good.  Each stays until it is ended, and
 * prints a line once it has done what it does.
 *
 *	ixcrowd silent SOCK N		N that connect and say nothing
 *	ixcrowd half SOCK N		N that say half a HELLO
 *	ixcrowd greeted SOCK N		N that say HELLO, read the answer, and
 *					are silent then
 *	ixcrowd asker SOCK PATH		asks for a path for ever, and reads
 *					nothing
 *	ixcrowd lister SOCK		asks for ixwriter's first 300 paths, a
 *					thousand at a time, for ever
 *	ixcrowd follower SOCK N		N that follow the feed, reading nothing
 *	ixcrowd noise SOCK SEED		says random bytes, after a HELLO
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "query.h"

/* Connect, or end. */
static int
connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sa,
	    sizeof(sa)) == -1)
		err(1, "%s", path);
	return fd;
}

/* Send all of a buffer, at most `max` bytes, for 300 ms. */
static bool
send_out(int fd, struct rask_buf *b, size_t max)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t n = rask_buf_left(b);
	ssize_t k;

	for (n = n < max ? n : max; n > 0; n -= (size_t)k) {
		k = send(fd, rask_buf_head(b), n, MSG_DONTWAIT |
		    MSG_NOSIGNAL);
		if (k == -1 && errno == EAGAIN && poll(&p, 1, 300) == 1)
			k = 0;
		if (k == -1)
			return false;
		rask_buf_take(b, (size_t)k);
	}
	return true;
}

/* Say HELLO. */
static void
greet(int fd, size_t max)
{
	struct rask_ihello h = { .min = RASK_QUERY_MIN,
	    .max = RASK_QUERY_MAX, .name = "crowd" };
	struct rask_buf b = { 0 };

	if (rask_ihello_add(&b, &h) == -1 || !send_out(fd, &b, max))
		err(1, "hello");
	rask_buf_free(&b);
}

/* Ask until the index takes no more. */
static unsigned long
ask_for_ever(int fd, struct rask_question *q)
{
	struct rask_buf b = { 0 };
	unsigned long n = 0;

	do {
		q->stream = ++n;
		if (rask_question_add(&b, q) == -1)
			err(1, "question");
	} while (n < 10000000 && send_out(fd, &b, SIZE_MAX));
	return n;
}

/* Random bytes until it ends the connection. */
static void
noise(int fd, unsigned seed)
{
	char b[4096];
	size_t i;

	srandom(seed);
	do
		for (i = 0; i < sizeof(b); i++)
			b[i] = (char)(random() >> 8);
	while (send(fd, b, sizeof(b), MSG_NOSIGNAL) > 0);
}

int
main(int argc, char **argv)
{
	static struct rask_question q;
	const char *what = argc > 2 ? argv[1] : "";
	long i, n = argc > 3 ? atol(argv[3]) : 1;
	unsigned long asked = 0;
	struct rlimit rl;
	char b[512];
	int fd = -1;

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (strcmp(what, "asker") == 0) {
		q.type = RASK_Q_GET;
		q.text = argv[3];
		q.len = strlen(argv[3]);
		n = 1;
	} else if (strcmp(what, "lister") == 0) {
		q.type = RASK_Q_ENTRIES;
		q.n = RASK_PLACES_MAX;
		for (i = 0; i < q.n; i++) {
			snprintf(b, sizeof(b), "dir%03ld/file-%06ld",
			    i % 100, i % 300);
			q.places[i] = rask_place(b, strlen(b));
		}
	} else if (strcmp(what, "follower") == 0) {
		q.type = RASK_Q_FOLLOW;
		q.live = true;
		q.stream = 1;
	} else if (strcmp(what, "noise") == 0)
		n = 1;
	for (i = 0; i < n; i++) {
		fd = connect_to(argv[2]);
		if (strcmp(what, "silent") != 0)
			greet(fd, strcmp(what, "half") == 0 ? 9 : SIZE_MAX);
		if (strcmp(what, "greeted") == 0 && read(fd, b, 512) <= 0)
			err(1, "no HELLO");
		if (strcmp(what, "follower") == 0) {
			struct rask_buf all = { 0 };

			if (rask_question_add(&all, &q) == -1 ||
			    !send_out(fd, &all, SIZE_MAX))
				err(1, "follow");
			rask_buf_free(&all);
		}
	}
	if (strcmp(what, "asker") == 0 || strcmp(what, "lister") == 0)
		asked = ask_for_ever(fd, &q);
	if (strcmp(what, "noise") == 0) {
		noise(fd, (unsigned)atol(argv[3]));
		return 0;
	}
	printf("ready %lu\n", asked);
	fflush(stdout);
	for (;;)
		pause();
}
