/*
 * The pair of directories of meter: what is put into the source is awaited
 * in the destination.
 */
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "pair.h"

#define CHUNK		((size_t)1024 * 1024)

struct pair {
	const char	*src;		/* the source as named, the caller's */
	int		 srcfd;		/* the two directories */
	int		 dstfd;
	int		 events;	/* inotify of the destination */
	char		 small[PAIR_SMALL];	/* content of small files */
};

double
pair_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Fill p with numbers that nothing compresses (xorshift64*) */
static void
noise(char *p, size_t n, uint64_t seed)
{
	uint64_t x = seed * 2 + 1, y;

	for (; n >= sizeof(y); p += sizeof(y), n -= sizeof(y)) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		y = x * UINT64_C(2685821657736338717);
		memcpy(p, &y, sizeof(y));
	}
	memset(p, 1, n);
}

/* Write all of it */
static void
writeall(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k)
		if ((k = write(fd, p, n)) == -1)
			err(EX_IOERR, "write");
}

/* Open a directory */
static int
directory(const char *path)
{
	int fd;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(EX_NOINPUT, "%s", path);
	return fd;
}

struct pair *
pair_new(const char *src, const char *dst)
{
	struct pair *p;

	if ((p = malloc(sizeof(*p))) == NULL)
		err(EX_OSERR, "memory");
	p->src = src;
	p->srcfd = directory(src);
	p->dstfd = directory(dst);
	p->events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->events == -1 || inotify_add_watch(p->events, dst,
	    IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) == -1)
		err(EX_OSERR, "inotify");
	noise(p->small, sizeof(p->small), 1);
	return p;
}

void
pair_free(struct pair *p)
{
	if (p == NULL)
		return;
	close(p->events);
	close(p->dstfd);
	close(p->srcfd);
	free(p);
}

int
pair_whole(const struct pair *p, const char *name, size_t size)
{
	struct stat st;

	return fstatat(p->dstfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && (size_t)st.st_size == size;
}

/* Is one of the events that wait about this name? */
static int
heard(const struct pair *p, const char *name)
{
	static _Alignas(struct inotify_event) char buf[65536];
	const struct inotify_event *e;
	ssize_t i, n;
	int yes = 0;

	while ((n = read(p->events, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i += (ssize_t)(sizeof(*e) + e->len)) {
			e = (const struct inotify_event *)(void *)(buf + i);
			yes |= e->mask & IN_Q_OVERFLOW ||
			    (e->len > 0 && strcmp(e->name, name) == 0);
		}
	return yes;
}

double
pair_await(const struct pair *p, const char *name, size_t size, double within)
{
	struct pollfd pfd = { .fd = p->events, .events = POLLIN };
	double end = pair_now() + within, t;

	if (pair_whole(p, name, size))
		return pair_now();
	while ((t = pair_now()) < end) {
		if (poll(&pfd, 1, (int)((end - t) / 1e3) + 1) <= 0)
			continue;
		if (heard(p, name) && pair_whole(p, name, size))
			return pair_now();
	}
	return pair_whole(p, name, size) ? pair_now() : 0;
}

double
pair_put(const struct pair *p, const char *name, size_t size)
{
	double t;
	int fd;

	if (size > PAIR_SMALL)
		errx(EX_USAGE, "%s: %zu bytes is not small", name, size);
	fd = openat(p->srcfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0644);
	if (fd == -1)
		err(EX_CANTCREAT, "%s/%s", p->src, name);
	writeall(fd, p->small, size);
	t = pair_now();
	if (close(fd) == -1)
		err(EX_IOERR, "%s/%s", p->src, name);
	return t;
}

/*
 * Touch as much memory as the copies will take.  A virtual machine may have
 * given its free memory back to the host, and taking it again costs more
 * than the copying; as much of it is then ready for every system measured.
 */
static void
touch(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t max = (size_t)sysconf(_SC_AVPHYS_PAGES) / 2 * page;
	char *p;

	if (bytes > max)
		bytes = max;
	if (bytes == 0)
		return;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p != MAP_FAILED)
		munmap(p, bytes);
}

double
pair_movein(const struct pair *p, const char *name, size_t bytes)
{
	static char chunk[CHUNK], path[PATH_MAX];
	size_t left, k;
	double t;
	int fd;

	snprintf(path, sizeof(path), "%s.%s", p->src, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		err(EX_CANTCREAT, "%s", path);
	for (left = bytes; left > 0; left -= k) {
		k = left < CHUNK ? left : CHUNK;
		noise(chunk, k, left);
		writeall(fd, chunk, k);
	}
	if (syncfs(fd) == -1 || close(fd) == -1)
		err(EX_IOERR, "%s", path);
	touch(bytes + bytes / 4);
	t = pair_now();
	if (renameat(AT_FDCWD, path, p->srcfd, name) == -1)
		err(EX_CANTCREAT, "%s/%s", p->src, name);
	return t;
}

/* Write a directory's file to the disk and forget its pages */
static void
retire(int dirfd, const char *name)
{
	int fd;

	if ((fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

void
pair_retire(const struct pair *p, const char *name)
{
	retire(p->srcfd, name);
	retire(p->dstfd, name);
}
