/*
 * proxy LISTEN TARGET [BYTES]...
 *
 * Between two Unix sockets, a connection at a time.  The first is cut when so
 * many bytes went up to TARGET, the second at the next number; those that
 * have none go on to their end.  Prints 'up N' for each.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
fail(const char *what)
{
	perror(what);
	exit(2);
}

static int
unix_socket(const char *path, struct sockaddr_un *un)
{
	int fd;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	strncpy(un->sun_path, path, sizeof(un->sun_path) - 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		fail("socket");
	return fd;
}

/* Copy what there is, at most max bytes; 0 at the end. */
static long long
copy(int from, int to, long long max)
{
	static char buf[65536];
	ssize_t n, w, done;

	n = read(from, buf, max < (long long)sizeof(buf) ? (size_t)max :
	    sizeof(buf));
	for (done = 0; done < n; done += w)
		if ((w = send(to, buf + done, (size_t)(n - done), 0)) == -1)
			return 0;
	return n > 0 ? n : 0;
}

/* One connection; returns the bytes that went up. */
static long long
carry(int down, int up, long long max)
{
	struct pollfd pfd[2] = { { .fd = down, .events = POLLIN },
	    { .fd = up, .events = POLLIN } };
	long long total = 0, n;

	while (total < max && poll(pfd, 2, -1) > 0) {
		if (pfd[0].revents != 0) {
			if ((n = copy(down, up, max - total)) == 0)
				break;
			total += n;
		}
		if (pfd[1].revents != 0 && copy(up, down, 65536) == 0)
			break;
	}
	return total;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un un;
	int fd, down, up, i;

	if (argc < 3)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	fd = unix_socket(argv[1], &un);
	if (bind(fd, (void *)&un, sizeof(un)) == -1 || listen(fd, 8) == -1)
		fail(argv[1]);
	printf("# listening\n");
	for (i = 3;; i++) {
		fflush(stdout);
		if ((down = accept(fd, NULL, NULL)) == -1)
			fail("accept");
		up = unix_socket(argv[2], &un);
		if (connect(up, (void *)&un, sizeof(un)) == 0)
			printf("up %lld\n", carry(down, up, i < argc ?
			    atoll(argv[i]) : 1LL << 62));
		close(up);
		close(down);
	}
}
