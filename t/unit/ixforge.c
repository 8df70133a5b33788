/*
 * ixforge DIR WHAT: make something in a closed store that is wrong inside, but
 * whose sums are right, as somebody hostile or a later version would.
 *
 *	page-path	a page has an entry with the path ../...
 *	page-place	... an entry that belongs into another
 *	page-twice	... the same path twice
 *	page-order	... two entries in the wrong order
 *	page-newer	... a newer format
 *	meta-newer	the state's values have one
 *	meta-bits	the state says that it has more pages than it has
 *	digest		the state's digest is another's
 *	sums-newer	so has the file of sums
 *	node-newer	so has the node's
 *	feed-newer	so has the last segment of the feed
 *	record-newer	a record in it is of a later version's type
 *	record-path	a record's entry has the path ../...
 *	record-old	a record says that another entry stood there
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "page.h"
#include "record.h"
#include "state.h"
#include "sums.h"
#include "wire.h"

#define LATER	200	/* a format, and a type, of a later version */

static int dir;

/* Write a sum. */
static void
put(unsigned char *p, uint64_t sum)
{
	rask_wire_u64(p, sum);
}

/* Is it this file?  The last one in the order of names. */
static const char *
named(const char *begin)
{
	static char name[256];
	static struct dirent **list;	/* until the end */
	int i, n;

	if ((n = scandirat(dir, ".", &list, NULL, alphasort)) == -1)
		err(2, "scandir");
	name[0] = '\0';
	for (i = 0; i < n; i++)
		if (strncmp(list[i]->d_name, begin, strlen(begin)) == 0)
			snprintf(name, sizeof(name), "%s", list[i]->d_name);
	if (name[0] == '\0')
		errx(2, "no %s*", begin);
	return name;
}

/* Read all of a file. */
static unsigned char *
load(const char *name, size_t *n, int *fd)
{
	unsigned char *p;
	struct stat st;

	if ((*fd = openat(dir, name, O_RDWR)) == -1 || fstat(*fd, &st) == -1)
		err(2, "%s", name);
	*n = (size_t)st.st_size;
	if ((p = malloc(*n)) == NULL || pread(*fd, p, *n, 0) != st.st_size)
		err(2, "%s", name);
	return p;
}

/* Write it back. */
static void
save(unsigned char *p, size_t n, int fd)
{
	if (pwrite(fd, p, n, 0) != (ssize_t)n)
		err(2, "write");
	close(fd);
	free(p);
}

/* A newer format in bytes 8 to 11, the sum of the first n - 8 of them last. */
static void
newer(const char *name, size_t n)
{
	size_t all;
	int fd;
	unsigned char *p = load(name, &all, &fd);

	if (n == 0)
		n = all;
	p[11] = LATER;
	put(p + n - 8, rask_checksum(p, n - 8, 0));
	save(p, all, fd);
}

/* The segment's last record. */
static void
record(const char *what)
{
	const char *name = named("feed-");
	size_t n, at = RASK_SEGMENT_HEAD, len, last = at;
	uint64_t epoch, start;
	unsigned char seed[24], *b, *dir_at;
	int fd;
	unsigned char *p = load(name, &n, &fd);
	struct rask_rd r = { p + 16, p + n, false };

	epoch = rask_rd_u64(&r);
	rask_rd_u64(&r);
	start = rask_rd_u64(&r);
	for (; at < n; at += RASK_RECORD_HEAD + len) {
		r = (struct rask_rd){ p + at, p + n, false };
		len = rask_rd_u32(&r);
		if (p[at + 4] == RASK_RECORD_CHANGE &&
		    !(p[at + 5] & RASK_RECORD_FIRST))
			last = at;
	}
	b = p + last;
	r = (struct rask_rd){ b, p + n, false };
	len = rask_rd_u32(&r);
	if (strcmp(what, "newer") == 0)
		b[4] = LATER;
	else if (strcmp(what, "old") == 0)
		b[RASK_RECORD_HEAD + 8] ^= 1;
	else if ((dir_at = memmem(b, RASK_RECORD_HEAD + len, "dir",
	    3)) != NULL)
		memcpy(dir_at, "../", 3);
	memcpy(seed, b, 8);
	rask_wire_u64(rask_wire_u64(seed + 8, epoch), start + last);
	put(b + 8, rask_checksum(b + RASK_RECORD_HEAD, len,
	    rask_checksum(seed, sizeof(seed), 0)));
	save(p, n, fd);
}

/* The two first entries of a page. */
struct two {
	const unsigned char *e[2];
	size_t len[2];
	uint64_t place[2];
};

/* Take them. */
static void
take_two(struct two *t, struct rask_page pg)
{
	const char *path;
	size_t i, n;

	pg.p = pg.first;
	for (i = 0; i < 2; i++) {
		if (!rask_page_next(&pg, &t->e[i], &t->len[i]))
			errx(2, "too few entries");
		path = rask_entry_path(t->e[i], t->len[i], &n);
		t->place[i] = rask_place(path, n);
	}
}

/* Make a bad page of a good one. */
static void
spoil(struct rask_buf *b, const struct rask_page *pg, const char *what)
{
	size_t len = (size_t)(pg->end - pg->first) + RASK_PAGE_HEAD;
	struct rask_page_maker m;
	unsigned char *p;
	struct two t;

	take_two(&t, *pg);
	rask_page_begin(&m, b, pg->number, pg->bits);
	if (strcmp(what, "page-place") == 0)
		t.place[1] = ~t.place[1];
	if (strcmp(what, "page-twice") == 0) {
		rask_page_add(&m, t.place[0], t.e[0], t.len[0]);
		rask_page_add(&m, t.place[0], t.e[0], t.len[0]);
	} else {
		rask_page_add(&m, t.place[1], t.e[1], t.len[1]);
		rask_page_add(&m, t.place[0], t.e[0], t.len[0]);
	}
	rask_page_end(&m);
	if (strcmp(what, "page-path") != 0 && strcmp(what, "page-newer") != 0)
		return;
	b->len = b->off = 0;
	rask_buf_add(b, pg->first - RASK_PAGE_HEAD, len);
	p = (unsigned char *)rask_buf_room(b, 1) - len;
	if (strcmp(what, "page-newer") == 0)
		p[0] = LATER;
	else
		memcpy(memmem(p, len, "dir", 3), "../", 3);
	put(p + 12, rask_checksum(p + RASK_PAGE_HEAD, len - RASK_PAGE_HEAD,
	    rask_checksum(p, 12, 0)));
}

/* Make the state again, one page of which is not as it should be. */
static void
state(const char *what)
{
	static struct rask_digest *d;	/* until the end */
	static struct rask_filter *f;
	static struct rask_buf b;
	struct state_maker *m;
	struct state_meta meta;
	struct rask_page pg;
	struct state *s;
	uint32_t i;

	if (state_open(&s, dir, "state") == -1)
		err(2, "state");
	meta = *state_meta(s);
	d = state_digest(s);
	f = state_filter(s);
	if ((m = state_make(dir, "state.new", meta.bits)) == NULL)
		err(2, "state.new");
	for (i = 0; i >> meta.bits == 0; i++) {
		if (state_page(s, i, &pg) == -1)
			err(2, "page");
		b.len = b.off = 0;
		if (i == 1 && strncmp(what, "page-", 5) == 0)
			spoil(&b, &pg, what);
		else
			rask_buf_add(&b, pg.first - RASK_PAGE_HEAD,
			    (size_t)(pg.end - pg.first) + RASK_PAGE_HEAD);
		if (state_put(m, i, rask_buf_head(&b),
		    rask_buf_left(&b)) == -1)
			err(2, "put");
	}
	if (strcmp(what, "meta-bits") == 0)
		meta.bits++;
	if (strcmp(what, "digest") == 0)
		rask_digest_add(d, 5, (struct rask_sum){ 1, 2 });
	if (state_made(m, &meta, d, f) == -1 ||
	    renameat(dir, "state.new", dir, "state") == -1)
		err(2, "made");
	state_close(s);
}

/* The values of the state, which have 8 bytes of format, then their sum. */
static void
meta_newer(void)
{
	static const unsigned char head[8] = { 1 };
	const size_t len = 16 + 9 * 8;
	uint64_t pos = strtoull(named("sums-") + 5, NULL, 16);
	size_t n, i, found = 0;
	int fd;
	unsigned char *p = load("state", &n, &fd);

	for (i = 0; i + len <= n; i++) {
		struct rask_rd r = { p + i + 8, p + n, false };

		if (memcmp(p + i, head, 8) != 0 || rask_rd_u64(&r) !=
		    rask_checksum(p + i + 16, len - 16,
		    rask_checksum(p + i, 8, 0)))
			continue;
		p[i] = LATER;
		put(p + i + 8, rask_checksum(p + i + 16, len - 16,
		    rask_checksum(p + i, 8, 0)));
		found++;
	}
	if (found == 0)
		errx(2, "no meta");
	save(p, n, fd);
	if ((fd = openat(dir, "state", O_RDONLY)) == -1 ||
	    sums_write(dir, pos, fd) == -1)
		err(2, "sums");
}

int
main(int argc, char **argv)
{
	const char *what;

	if (argc != 3)
		errx(64, "usage: ixforge DIR WHAT");
	if ((dir = open(argv[1], O_RDONLY | O_DIRECTORY)) == -1)
		err(2, "%s", argv[1]);
	what = argv[2];
	if (strcmp(what, "sums-newer") == 0)
		newer(named("sums-"), 0);
	else if (strcmp(what, "node-newer") == 0)
		newer("node", 0);
	else if (strcmp(what, "feed-newer") == 0)
		newer(named("feed-"), RASK_SEGMENT_HEAD);
	else if (strncmp(what, "record-", 7) == 0)
		record(what + 7);
	else if (strcmp(what, "meta-newer") == 0)
		meta_newer();
	else
		state(what);
	return 0;
}
