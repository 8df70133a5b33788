/*
 * A library to be preloaded: the N-th of the calls below fails.
 *
 *	FAILAT=N:ERRNO:FILE
 *
 * The name of the call that failed is noted in FILE.  Reading and writing
 * count for regular files only, so that nothing but the disk fails.  With
 * FAILAT_ONLY=NAME no other call counts.
 */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

/* Is it this one's turn? */
static bool
turn(const char *name)
{
	const char *s = getenv("FAILAT"), *only = getenv("FAILAT_ONLY");
	char file[512];
	long n;
	int e, fd;

	if (only != NULL && strcmp(only, name) != 0)
		return false;
	if (s == NULL || sscanf(s, "%ld:%d:%511s", &n, &e, file) != 3 ||
	    atomic_fetch_add(&calls, 1) + 1 != n)
		return false;
	fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT |
	    O_TRUNC, 0600);
	syscall(SYS_write, fd, name, strlen(name));
	syscall(SYS_close, fd);
	errno = e;
	return true;
}

static bool
regular(int fd)
{
	struct stat st;

	return syscall(SYS_fstat, fd, &st) == 0 && S_ISREG(st.st_mode);
}

#define REAL(name)	((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(name, params, args) \
int \
name params \
{ \
	return turn(#name) ? -1 : REAL(name) args; \
}
#define FAIL_IO(name, params, args) \
ssize_t \
name params \
{ \
	return regular(fd) && turn(#name) ? -1 : REAL(name) args; \
}

FAIL_IO(write, (int fd, const void *p, size_t n), (fd, p, n))
FAIL_IO(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
FAIL_IO(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
FAIL(fsync, (int fd), (fd))
FAIL(fdatasync, (int fd), (fd))
FAIL(syncfs, (int fd), (fd))
FAIL(fchmod, (int fd, mode_t m), (fd, m))
FAIL(chmod, (const char *p, mode_t m), (p, m))
FAIL(fchmodat, (int d, const char *p, mode_t m, int f), (d, p, m, f))
FAIL(fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
FAIL(flock, (int fd, int op), (fd, op))
FAIL(fstat, (int fd, struct stat *st), (fd, st))
FAIL(fstatat, (int d, const char *p, struct stat *st, int f), (d, p, st, f))
FAIL(futimens, (int fd, const struct timespec ts[2]), (fd, ts))
FAIL(utimensat, (int d, const char *p, const struct timespec ts[2], int f),
    (d, p, ts, f))
FAIL(linkat, (int d, const char *p, int d2, const char *p2, int f),
    (d, p, d2, p2, f))
FAIL(symlinkat, (const char *t, int d, const char *p), (t, d, p))
FAIL(mkdirat, (int d, const char *p, mode_t m), (d, p, m))
FAIL(unlinkat, (int d, const char *p, int f), (d, p, f))
FAIL(renameat, (int d, const char *p, int d2, const char *p2), (d, p, d2, p2))
FAIL(renameat2, (int d, const char *p, int d2, const char *p2, unsigned f),
    (d, p, d2, p2, f))
FAIL(accept4, (int fd, struct sockaddr *sa, socklen_t *n, int f),
    (fd, sa, n, f))
FAIL(socketpair, (int d, int t, int p, int fd[2]), (d, t, p, fd))
FAIL(fork, (void), ())

/* The mode behind the flags, which is there only when it is needed. */
#define MODE(flags) \
	va_list ap; \
	mode_t m; \
\
	va_start(ap, flags); \
	m = va_arg(ap, mode_t); \
	va_end(ap)

int
openat(int d, const char *p, int flags, ...)
{
	MODE(flags);
	return turn("openat") ? -1 : REAL(openat)(d, p, flags, m);
}

int
open(const char *p, int flags, ...)
{
	MODE(flags);
	return turn("open") ? -1 : REAL(open)(p, flags, m);
}

long
syscall(long nr, ...)
{
	long a[6];
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_openat2 && turn("openat2"))
		return -1;
	return REAL(syscall)(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
