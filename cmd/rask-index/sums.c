/* Checksums over the blocks of a file. */
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "sums.h"
#include "wire.h"

#define FORMAT		1
#define HEAD		32		/* bytes before the sums */
#define CHUNK		(16 * SUMS_BLOCK)	/* one read */
#define FLUSH		(8 * CHUNK)	/* dirty bytes in a copy, about */

static const unsigned char magic[8] = { 'R', 'a', 's', 'k', 's', 'u', 'm',
	's' };

void
sums_name(char name[SUMS_NAME_LEN], uint64_t pos)
{
	snprintf(name, SUMS_NAME_LEN, "sums-%016llx",
	    (unsigned long long)pos);
}

void
sums_flush(int fd)
{
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE |
	    SYNC_FILE_RANGE_WRITE);
}

/* Read n bytes at an offset, or what there is. */
static ssize_t
read_at(int fd, void *p, size_t n, uint64_t off)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		r = pread(fd, (char *)p + done, n - done,
		    (off_t)(off + done));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

/* Write n bytes at an offset. */
static int
write_at(int fd, const void *p, size_t n, uint64_t off)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		r = pwrite(fd, (const char *)p + done, n - done,
		    (off_t)(off + done));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		done += (size_t)r;
	}
	return 0;
}

/* The number of blocks in so many bytes. */
static uint64_t
blocks(uint64_t size)
{
	return size / SUMS_BLOCK + (size % SUMS_BLOCK != 0);
}

/*
 * Walk over the first `size` bytes of fd: with `want` compare, *block being
 * the first that differs; without, write the sums at `make`.  What was read
 * goes to `to`, unless that is -1.
 */
static int
walk(int fd, uint64_t size, const unsigned char *want, unsigned char *make,
    int to, uint64_t *block)
{
	unsigned char *buf = malloc(CHUNK), sum[8];
	uint64_t off, n, at, len, flushed = 0;
	int ok = -1;

	if (buf == NULL)
		return -1;
	for (off = 0; off < size; off += n) {
		n = size - off < CHUNK ? size - off : CHUNK;
		errno = EBADMSG;
		if (read_at(fd, buf, n, off) != (ssize_t)n)
			goto out;
		for (at = 0; at < n; at += SUMS_BLOCK) {
			len = n - at < SUMS_BLOCK ? n - at : SUMS_BLOCK;
			*block = (off + at) / SUMS_BLOCK;
			rask_wire_u64(sum, rask_checksum(buf + at, len, 0));
			if (make != NULL)
				memcpy(make + 8 * *block, sum, 8);
			else if (memcmp(want + 8 * *block, sum, 8) != 0)
				goto differs;
		}
		if (to != -1 && write_at(to, buf, n, off) == -1)
			goto out;
		if (to != -1 && off - flushed >= FLUSH) {
			sums_flush(to);
			flushed = off;
		}
	}
	ok = 0;
	goto out;
differs:
	errno = EBADMSG;
out:
	free(buf);
	return ok;
}

/* Write a whole file, and sync it. */
static int
write_file(int dir, const char *name, const void *p, size_t n)
{
	int e, fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	if (write_at(fd, p, n, 0) == -1 || fsync(fd) == -1) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	return close(fd);
}

int
sums_write(int dir, uint64_t pos, int fd)
{
	char name[SUMS_NAME_LEN];
	struct stat st;
	unsigned char *buf, *p;
	uint64_t size, block;
	size_t len;
	int ok = -1;

	if (fstat(fd, &st) == -1)
		return -1;
	size = (uint64_t)st.st_size;
	len = HEAD + 8 * blocks(size) + 8;
	if ((buf = malloc(len)) == NULL)
		return -1;
	memcpy(buf, magic, sizeof(magic));
	p = rask_wire_u32(buf + sizeof(magic), FORMAT);
	p = rask_wire_u32(p, 0);
	p = rask_wire_u64(p, pos);
	p = rask_wire_u64(p, size);
	if (walk(fd, size, NULL, p, -1, &block) == 0) {
		rask_wire_u64(buf + len - 8, rask_checksum(buf, len - 8, 0));
		sums_name(name, pos);
		ok = write_file(dir, name, buf, len);
	}
	free(buf);
	return ok;
}

/* Is this the sums file of a file of that size, for that position? */
static int
judge(const unsigned char *p, size_t len, uint64_t pos, uint64_t size)
{
	struct rask_rd r = { .p = p + sizeof(magic), .end = p + len };
	struct rask_rd sum = { .p = p + len - 8, .end = p + len };
	uint32_t format = rask_rd_u32(&r);
	uint32_t zero = rask_rd_u32(&r);

	errno = EBADMSG;
	if (memcmp(p, magic, sizeof(magic)) != 0 ||
	    rask_rd_u64(&sum) != rask_checksum(p, len - 8, 0))
		return -1;
	if (format > FORMAT) {
		errno = ENOTSUP;
		return -1;
	}
	return format == FORMAT && zero == 0 && rask_rd_u64(&r) == pos &&
	    rask_rd_u64(&r) == size ? 0 : -1;
}

/* The sums file for a position and a size, whole and checked; or NULL. */
static unsigned char *
load(int dir, uint64_t pos, uint64_t size)
{
	size_t len = HEAD + 8 * blocks(size) + 8;
	char name[SUMS_NAME_LEN];
	unsigned char *buf;
	struct stat st;
	int e, fd;

	sums_name(name, pos);
	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		if (errno == ENOENT)
			errno = EBADMSG;
		return NULL;
	}
	if ((buf = malloc(len)) != NULL && (fstat(fd, &st) == -1 ||
	    read_at(fd, buf, len, 0) != (ssize_t)len ||
	    st.st_size != (off_t)len || judge(buf, len, pos, size) == -1)) {
		e = errno == ENOTSUP ? ENOTSUP : EBADMSG;
		free(buf);
		buf = NULL;
		errno = e;
	}
	e = errno;
	close(fd);
	errno = e;
	return buf;
}

/* Compare, and write what was compared to `to`, unless that is -1. */
static int
check(int dir, uint64_t pos, int fd, int to, uint64_t *block)
{
	unsigned char *want;
	struct stat st;
	int ok;

	*block = UINT64_MAX;
	if (fstat(fd, &st) == -1 ||
	    (want = load(dir, pos, (uint64_t)st.st_size)) == NULL)
		return -1;
	ok = walk(fd, (uint64_t)st.st_size, want + HEAD, NULL, to, block);
	free(want);
	return ok;
}

int
sums_check(int dir, uint64_t pos, int fd, uint64_t *block)
{
	return check(dir, pos, fd, -1, block);
}

int
sums_copy(int dir, uint64_t pos, int fd, int to, uint64_t *block)
{
	if (ioctl(to, FICLONE, fd) == 0)
		return check(dir, pos, to, -1, block);
	return check(dir, pos, fd, to, block);
}
