/* Many connections: rawpeer's -t, -m and -x. */
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rawpeer.h"
#include "unit.h"

void
raw_fail(const char *what)
{
	perror(what);
	exit(2);
}

socklen_t
raw_address(const char *s, struct sockaddr_storage *ss)
{
	struct sockaddr_un *un = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (strchr(s, '/') != NULL) {
		un->sun_family = AF_UNIX;
		strncpy(un->sun_path, s, sizeof(un->sun_path) - 1);
		return sizeof(*un);
	}
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin->sin_port = htons((uint16_t)atoi(s));
	return sizeof(*sin);
}

int
raw_dial(const char *addr)
{
	struct sockaddr_storage ss;
	socklen_t len = raw_address(addr, &ss);
	int fd;

	if ((fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(fd, (void *)&ss, len) == -1)
		raw_fail(addr);
	return fd;
}

void
raw_send(int fd, const unsigned char *p, size_t n)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w) {
		if (poll(&pfd, 1, RAW_STUCK) == 0) {
			printf("STUCK\n");
			fflush(stdout);
			return;
		}
		w = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w == -1 && errno != EAGAIN)
			return;
		w = w == -1 ? 0 : w;
	}
}

/* Send n bytes and read until the end.  false: there was none. */
static bool
once(const char *addr, const unsigned char *p, size_t n)
{
	int fd = raw_dial(addr);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char junk[4096];
	bool end = false;

	raw_send(fd, p, n);
	shutdown(fd, SHUT_WR);
	while (!end && poll(&pfd, 1, RAW_PATIENCE) > 0)
		end = read(fd, junk, sizeof(junk)) <= 0;
	close(fd);
	return end;
}

void
raw_torture(const char *addr, const struct rask_buf *whole, size_t times,
    bool cut)
{
	unsigned char *p = malloc(whole->len);
	size_t i, at, late = 0;
	uint64_t seed = 1;
	int k;

	times = cut ? whole->len : times;
	for (i = 0; i < times; i++) {
		memcpy(p, whole->p, whole->len);
		for (k = 0; !cut && k < 3; k++) {
			at = unit_below(&seed, whole->len);
			p[at] = (unsigned char)unit_random(&seed);
		}
		late += !once(addr, p, cut ? i : whole->len);
	}
	printf("%zu sessions, %zu without end\n", times, late);
	free(p);
}

void
raw_crowd(const char *addr, unsigned n)
{
	struct pollfd *pfd = calloc(n + 1, sizeof(*pfd));
	unsigned i, byes = 0;
	char buf[4096];
	ssize_t r;

	for (i = 0; i < n; i++) {
		pfd[i].fd = raw_dial(addr);
		pfd[i].events = POLLIN;
	}
	pfd[n].events = POLLIN;		/* stdin */
	printf("connected\n");
	fflush(stdout);
	while (poll(pfd, n + 1, 3 * RAW_PATIENCE) > 0 && pfd[n].revents == 0)
		for (i = 0; i < n; i++) {
			if (pfd[i].revents == 0)
				continue;
			r = read(pfd[i].fd, buf, sizeof(buf));
			if (r > 16 && buf[4] == 2)
				printf("BYE %d\n", buf[17]), byes++;
			else
				printf("END\n");
			fflush(stdout);
			close(pfd[i].fd);
			pfd[i].fd = -1;
		}
	printf("%u of %u turned away\n", byes, n);
	free(pfd);
}

