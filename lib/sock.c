/* Stream sockets: connecting, listening, their options. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netinet/tcp.h>

#include "link.h"

#define UNSENT		(128 * 1024)	/* bytes in the kernel, unsent */
#define SILENCE		20		/* seconds until a peer is dead */
#define BACKLOG		1024		/* connections to be accepted */

/* A nonblocking stream socket for an address. */
static int
open_for(const struct rask_sockaddr *sa)
{
	return socket(sa->a.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Close, and leave errno as it was. */
static int
fail(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
	return -1;
}

void
rask_sock_tune(int fd)
{
	int one = 1, idle = SILENCE / 2, each = SILENCE / 4, n = 2;
	unsigned int dead = SILENCE * 1000, unsent = UNSENT;

	/* A Unix socket refuses these, and needs none of them. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof(each));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &n, sizeof(n));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead, sizeof(dead));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
	    sizeof(unsent));
}

int
rask_sock_connect(const struct rask_sockaddr *to)
{
	int fd;

	if ((fd = open_for(to)) == -1)
		return -1;
	rask_sock_tune(fd);
	if (connect(fd, &to->a.any, to->len) == -1 && errno != EINPROGRESS &&
	    errno != EINTR)
		return fail(fd);
	return fd;
}

int
rask_sock_error(int fd)
{
	socklen_t len = sizeof(int);
	int e = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) == -1)
		return errno;
	return e;
}

/* Remove a Unix socket to which nobody listens any more. */
static void
remove_stale(const struct rask_sockaddr *on)
{
	struct stat st;
	int fd;

	if (lstat(on->a.un.sun_path, &st) == -1 || !S_ISSOCK(st.st_mode) ||
	    (fd = open_for(on)) == -1)
		return;
	if (connect(fd, &on->a.any, on->len) == -1 && errno == ECONNREFUSED)
		unlink(on->a.un.sun_path);
	close(fd);
}

int
rask_sock_listen(const struct rask_sockaddr *on)
{
	int fd, one = 1, zero = 0;

	if ((fd = open_for(on)) == -1)
		return -1;
	if (on->a.any.sa_family == AF_UNIX)
		remove_stale(on);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (on->a.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero,
		    sizeof(zero));
	if (bind(fd, &on->a.any, on->len) == -1 || listen(fd, BACKLOG) == -1)
		return fail(fd);
	return fd;
}

int
rask_sock_name(int fd, bool peer, struct rask_sockaddr *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->len = sizeof(sa->a);
	return peer ? getpeername(fd, &sa->a.any, &sa->len) :
	    getsockname(fd, &sa->a.any, &sa->len);
}
