/*
 * A library to be preloaded: the N-th call of a kind fails, or is where the
 * process is killed.
 *
 *	IXFAULT=KIND:N:WHAT:FILE
 *
 * KIND	write	write(2), pwrite(2)
 *	sync	fsync(2), fdatasync(2)
 *	rename	renameat(2)
 *	copy	copy_file_range(2), FICLONE
 *	room	ftruncate(2), fallocate(2)
 *	make	openat(2) with O_CREAT
 *	unlink	unlinkat(2)
 * WHAT	an errno; or `kill', SIGKILL to this process and, if this is the
 *	checkpointer, to its parent before; or `half' for writes: the call
 *	writes half of its bytes, and then kill.
 *
 * It happens once: FILE is made at that moment, and says in which process.
 * In FILE.count there are lines for each process that ended: how many calls of
 * each kind it made.  With IXFAULT_IN=serve or checkpoint only the calls of
 * that process count.  Calls on anything but regular files and directories do
 * not.
 * With IXFAULT_UNTIL=FILE it happens again at each later call while there is
 * no such file.  IXFAULT_TRACE=FILE gets a line for each call of any kind:
 *
 *	KIND [AT LEN] [failed]
 *
 * IXFAULT_BOOT=FILE is what is read as this boot's id.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/fs.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kinds[] = { "write", "sync", "rename", "copy",
	"room", "make", "unlink" };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static atomic_long calls[KINDS];
static bool here;		/* this process's calls count */
static char kind[16], what[16], file[480], verb[32];
static long turn_at;

/* Read what is asked for, and which process this is. */
__attribute__((constructor))
static void
begin(int argc, char **argv)
{
	const char *s = getenv("IXFAULT"), *in = getenv("IXFAULT_IN");

	snprintf(verb, sizeof(verb), "%s", argc > 1 ? argv[1] : "");
	here = s != NULL && sscanf(s, "%15[^:]:%ld:%15[^:]:%479s", kind,
	    &turn_at, what, file) == 4 &&
	    (in == NULL || strcmp(in, verb) == 0);
}

/* Make a file with some words in it.  Returns: false if it was there. */
static bool
note(const char *name, int flags, const char *words)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | flags,
	    0600);

	if (fd == -1)
		return false;
	syscall(SYS_write, fd, words, strlen(words));
	syscall(SYS_close, fd);
	return true;
}

/* At the end: how many calls there were. */
__attribute__((destructor))
static void
end(void)
{
	char name[512], words[96];
	size_t i;

	snprintf(name, sizeof(name), "%s.count", file);
	for (i = 0; here && i < KINDS; i++) {
		snprintf(words, sizeof(words), "%s %s %ld\n", verb, kinds[i],
		    (long)calls[i]);
		note(name, O_CREAT | O_APPEND, words);
	}
}

/* End it all here. */
static void
killed(void)
{
	if (strcmp(verb, "checkpoint") == 0)
		kill(getppid(), SIGKILL);
	kill(getpid(), SIGKILL);
}

/* Write down a call. */
static void
trace(const char *name, long at, long len, bool failed)
{
	const char *to = getenv("IXFAULT_TRACE");
	char words[96];

	if (to == NULL)
		return;
	snprintf(words, sizeof(words), "%s %ld %ld%s\n", name, at, len,
	    failed ? " failed" : "");
	note(to, O_CREAT | O_APPEND, words);
}

/* Has the n-th call to fail? */
static bool
due(long n)
{
	const char *until = getenv("IXFAULT_UNTIL");

	if (until != NULL && n >= turn_at)
		return syscall(SYS_faccessat, AT_FDCWD, until, F_OK) == -1 &&
		    (note(file, O_CREAT, verb) || true);
	return n == turn_at && note(file, O_CREAT | O_EXCL, verb);
}

/* Is it this call's turn to fail?  If so, errno says how. */
static bool
turn_of(const char *name, long at, long len)
{
	bool yes;
	size_t i;
	long n;

	for (i = 0; strcmp(name, kinds[i]) != 0; i++)
		;
	n = atomic_fetch_add(&calls[i], 1) + 1;
	yes = here && strcmp(name, kind) == 0 && due(n);
	trace(name, at, len, yes);
	if (!yes)
		return false;
	if (strcmp(what, "kill") == 0)
		killed();
	errno = atoi(what);
	return true;
}

/* The same of a call without a place. */
static bool
turn(const char *name)
{
	return turn_of(name, 0, 0);
}

/* Is it a file of the store? */
static bool
stored(int fd)
{
	struct stat st;

	return fd > 2 && syscall(SYS_fstat, fd, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

#define REAL(name)	((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *p, size_t n)
{
	bool half;

	if (stored(fd) && turn("write")) {
		half = strcmp(what, "half") == 0;
		if (!half)
			return -1;
		REAL(write)(fd, p, n / 2);
		killed();
	}
	return REAL(write)(fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (stored(fd) && turn_of("write", (long)at, (long)n)) {
		if (strcmp(what, "half") != 0)
			return -1;
		REAL(pwrite)(fd, p, n / 2, at);
		killed();
	}
	return REAL(pwrite)(fd, p, n, at);
}

int
fsync(int fd)
{
	return stored(fd) && turn("sync") ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	return stored(fd) && turn("sync") ? -1 : REAL(fdatasync)(fd);
}

int
renameat(int d, const char *p, int d2, const char *p2)
{
	return turn("rename") ? -1 : REAL(renameat)(d, p, d2, p2);
}

int
unlinkat(int d, const char *p, int f)
{
	return turn("unlink") ? -1 : REAL(unlinkat)(d, p, f);
}

ssize_t
copy_file_range(int fd, off_t *at, int fd2, off_t *at2, size_t n,
    unsigned flags)
{
	return turn("copy") ? -1 :
	    REAL(copy_file_range)(fd, at, fd2, at2, n, flags);
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request == FICLONE && turn("copy"))
		return -1;
	return REAL(ioctl)(fd, request, arg);
}

int
ftruncate(int fd, off_t n)
{
	return stored(fd) && turn("room") ? -1 : REAL(ftruncate)(fd, n);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	return stored(fd) && turn("room") ? -1 :
	    REAL(fallocate)(fd, mode, at, n);
}

int
openat(int d, const char *p, int flags, ...)
{
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = va_arg(ap, mode_t);
	va_end(ap);
	return (flags & O_CREAT) != 0 && turn("make") ? -1 :
	    REAL(openat)(d, p, flags, m);
}

int
open(const char *p, int flags, ...)
{
	const char *boot = getenv("IXFAULT_BOOT");
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = va_arg(ap, mode_t);
	va_end(ap);
	if (boot != NULL && strstr(p, "/boot_id") != NULL)
		p = boot;
	return REAL(open)(p, flags, m);
}
