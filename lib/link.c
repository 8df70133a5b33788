/* Bytes over sockets, inherited descriptors and commands. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <linux/tcp.h>

#include "link.h"

/* Does a descriptor take socket calls? */
static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void
rask_link_init(struct rask_link *l, int in, int out, bool own)
{
	l->in = in;
	l->out = out;
	l->in_sock = is_socket(in);
	l->out_sock = is_socket(out);
	l->own = own;
	l->pid = 0;
}

/* The child: from here on only exec or _exit. */
static void
exec_command(int fd, const char *command)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, 0) == -1 || dup2(fd, 1) == -1)
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int
rask_link_command(struct rask_link *l, const char *command)
{
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		return -1;
	if ((pid = fork()) == 0)
		exec_command(fd[1], command);
	close(fd[1]);
	if (pid == -1) {
		close(fd[0]);
		return -1;
	}
	rask_link_init(l, fd[0], fd[0], true);
	l->pid = pid;
	return 0;
}

void
rask_link_close(struct rask_link *l)
{
	if (!l->own)
		return;
	if (l->in != -1)
		close(l->in);
	if (l->out != -1 && l->out != l->in)
		close(l->out);
	l->in = l->out = -1;
}

/* Ask whether a descriptor is ready, without waiting. */
static bool
ready(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, 0) > 0)
		return true;
	errno = EAGAIN;
	return false;
}

ssize_t
rask_link_readv(const struct rask_link *l, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov,
	    .msg_iovlen = (size_t)n };

	if (l->in_sock)
		return recvmsg(l->in, &m, MSG_DONTWAIT);
	return ready(l->in, POLLIN) ? readv(l->in, iov, n) : -1;
}

ssize_t
rask_link_writev(const struct rask_link *l, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)iov,
	    .msg_iovlen = (size_t)n };

	if (l->out_sock)
		return sendmsg(l->out, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!ready(l->out, POLLOUT))
		return -1;
	/* A writable pipe takes PIPE_BUF bytes whole. */
	return write(l->out, iov->iov_base,
	    iov->iov_len < PIPE_BUF ? iov->iov_len : PIPE_BUF);
}

long
rask_link_rtt(const struct rask_link *l)
{
	struct tcp_info ti;
	socklen_t len = sizeof(ti);

	memset(&ti, 0, sizeof(ti));
	if (!l->out_sock || getsockopt(l->out, IPPROTO_TCP, TCP_INFO, &ti,
	    &len) == -1 || ti.tcpi_min_rtt == 0 ||
	    ti.tcpi_min_rtt == ~(__u32)0)
		return -1;
	return (long)ti.tcpi_min_rtt;
}
