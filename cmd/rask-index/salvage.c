/* What is sound in damaged files. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "page.h"
#include "salvage.h"
#include "wire.h"

/* A file in memory. */
struct bytes {
	const unsigned char *p;	/* n bytes, or NULL */
	size_t n;
};

/* Map a file.  Returns: 1; 0: there is nothing; -1 with errno. */
static int
map(struct bytes *b, int dir, const char *name)
{
	int e, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *p = NULL;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd,
		    0);
	e = errno;
	close(fd);
	errno = e;
	if (p == MAP_FAILED)
		return -1;
	*b = (struct bytes){ p, p == NULL ? 0 : (size_t)st.st_size };
	return p != NULL;
}

/* The length that a page at p would have, of n bytes at most; or 0. */
static size_t
page_len(const unsigned char *p, size_t n)
{
	struct rask_rd r = { p + 8, p + n, false };
	uint32_t count = rask_rd_u32(&r);

	rask_rd_u64(&r);
	for (; count > 0 && !r.bad; count--) {
		rask_rd_u32(&r);
		rask_rd_bytes(&r, rask_rd_u16(&r));
	}
	return r.bad ? 0 : (size_t)(r.p - p);
}

/* Is there a page at p?  Returns: 1 and *pg, or 0. */
static int
page_at(struct rask_page *pg, const unsigned char *p, size_t n)
{
	struct rask_rd r = { p + 4, p + n, false };
	uint32_t number;
	size_t len;

	if (n < RASK_PAGE_HEAD || p[0] != 1 || p[1] > RASK_PAGE_BITS_MAX ||
	    p[2] != 0 || p[3] != 0)
		return 0;
	number = rask_rd_u32(&r);
	if ((uint64_t)number >> p[1] != 0 || (len = page_len(p, n)) == 0)
		return 0;
	return rask_page_open(pg, p, len, number, p[1]) == 0 &&
	    rask_page_check(pg) == 0;
}

/* Hand all entries of a page over. */
static int
give_page(struct salvage *s, struct rask_page *pg)
{
	const unsigned char *e;
	struct rask_entry entry;
	size_t n;

	s->pages++;
	while (rask_page_next(pg, &e, &n))
		if (rask_entry_decode(&entry, e, n) == 0 &&
		    s->entry(s->ctx, &entry) == -1)
			return -1;
	return 0;
}

int
salvage_state(struct salvage *s, int dir, const char *name)
{
	struct bytes b;
	struct rask_page pg;
	size_t at = 0;
	int r = map(&b, dir, name);

	if (r != 1)
		return r;
	for (r = 0; r == 0 && at < b.n; at++) {
		if (!page_at(&pg, b.p + at, b.n - at))
			continue;
		at += (size_t)(pg.end - (b.p + at)) - 1;
		r = give_page(s, &pg);
	}
	munmap((void *)b.p, b.n);
	return r;
}

int
salvage_feed(struct salvage *s, int dir, const char *name)
{
	uint64_t start = strtoull(name + sizeof("feed-") - 1, NULL, 16);
	size_t at = RASK_SEGMENT_HEAD;
	struct rask_segment head;
	struct rask_record rec;
	struct bytes b;
	ssize_t n;
	int r = map(&b, dir, name);

	if (r != 1)
		return r;
	if (b.n >= RASK_SEGMENT_HEAD &&
	    rask_segment_read(&head, b.p) == 0) {
		s->epoch = head.epoch;
		s->node = head.node;
		start = head.start;
	}
	for (r = 0; r == 0 && at < b.n; ) {
		n = rask_record_read(&rec, b.p + at, b.n - at, s->epoch,
		    start + at);
		if (n <= 0) {
			s->lost++;
			at++;
			continue;
		}
		s->records++;
		at += (size_t)n;
		r = s->record(s->ctx, &rec);
	}
	munmap((void *)b.p, b.n);
	return r;
}
