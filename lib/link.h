#ifndef RASK_LINK_H
#define RASK_LINK_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stdbool.h>

#include "addr.h"

/*
 * A link carries bytes both ways: a TCP or Unix socket, two inherited
 * descriptors, or a command.  Reading and writing never block, and the mode
 * of a descriptor, which others may share, is never changed.
 */
struct rask_link {
	int in, out;		/* descriptors, the same for a socket */
	bool in_sock, out_sock;	/* they take socket calls */
	bool own;		/* to be closed by rask_link_close() */
	pid_t pid;		/* of the command, or 0 */
};

/* The link over two descriptors; own: it closes them. */
void rask_link_init(struct rask_link *l, int in, int out, bool own);

/*
 * Run a command under sh -c, its stdin and stdout the other end.
 * Returns: 0, or -1 with errno.
 */
int rask_link_command(struct rask_link *l, const char *command);

/* Close what is owned; a command is left to be waited for. */
void rask_link_close(struct rask_link *l);

/* As readv(2): bytes, 0 at the end, -1 with errno; EAGAIN: not now. */
ssize_t rask_link_readv(const struct rask_link *l, const struct iovec *iov,
    int n);

/* As writev(2); may write less; EAGAIN: not now; EPIPE: never again. */
ssize_t rask_link_writev(const struct rask_link *l, const struct iovec *iov,
    int n);

/*
 * The path's least round trip that TCP has seen.
 * Returns: us, or -1 where the kernel does not know.
 */
long rask_link_rtt(const struct rask_link *l);

/*
 * Begin to connect a stream socket.
 * Returns: a nonblocking descriptor, writable when it is decided
 *          (rask_sock_error() says how); -1 with errno.
 */
int rask_sock_connect(const struct rask_sockaddr *to);

/* How connecting ended: 0, or an errno. */
int rask_sock_error(int fd);

/*
 * Listen.  A stale Unix socket, to which nobody listens, is replaced.
 * Returns: a nonblocking descriptor, or -1 with errno.
 */
int rask_sock_listen(const struct rask_sockaddr *on);

/* The address a socket has, or its peer has.  Returns: 0, -1 with errno. */
int rask_sock_name(int fd, bool peer, struct rask_sockaddr *sa);

/*
 * Options of a connection: no delay for small frames, little unsent data in
 * the kernel, and dead peers found by the kernel's own probes.
 */
void rask_sock_tune(int fd);

#endif
