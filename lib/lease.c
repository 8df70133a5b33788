/* "Is anybody still writing this file?", asked by a lease. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "lease.h"

enum rask_lease
rask_lease_fd(int fd)
{
	enum rask_lease r = RASK_LEASE_FREE;
	int e;

	/*
	 * A writer that opens the file while we hold the lease makes the
	 * kernel send a signal, by default SIGIO, which kills.  SIGURG is
	 * ignored where nobody asked for it.
	 */
	fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == -1)
		r = errno == EAGAIN ? RASK_LEASE_BUSY : RASK_LEASE_REFUSED;
	e = errno;
	if (r == RASK_LEASE_FREE)
		fcntl(fd, F_SETLEASE, F_UNLCK);
	errno = e;
	return r;
}

enum rask_lease
rask_lease_at(int dir, const char *name)
{
	enum rask_lease r;
	int fd, e;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? RASK_LEASE_GONE : RASK_LEASE_REFUSED;
	r = rask_lease_fd(fd);
	e = errno;
	close(fd);
	errno = e;
	return r;
}
