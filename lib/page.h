#ifndef RASK_PAGE_H
#define RASK_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * Pages: the packed entries of all paths whose place begins with the same
 * bits.  Page number n of a store with 2^bits pages holds the places whose
 * first `bits` bits are n.
 *
 *	u8 format (1)   u8 bits   u16 zero   u32 number   u32 count
 *	u64 sum         rask_checksum() of all behind the head, its seed being
 *	                that of the 12 bytes before
 *	count times:    u32 order   u16 len   entry, len bytes
 *
 * `order` is the 32 bits of the place behind the page's prefix.
 *
 * Always true: entries stand in ascending order of (place, path), each path
 * once, each in the page that its place says.
 *
 * From: rask-index(5), Pages.
 */
#define RASK_PAGE_HEAD		20
#define RASK_PAGE_BITS_MAX	28

/* The page that a place is in. */
uint32_t rask_page_of(uint64_t place, unsigned bits);

/* A page being read.  All is borrowed from the bytes it was opened on. */
struct rask_page {
	const unsigned char *p;	/* the next entry's order */
	const unsigned char *first;	/* the first entry's */
	const unsigned char *end;	/* behind the last one */
	uint32_t number;	/* of the page */
	uint32_t count;		/* entries in all */
	unsigned bits;		/* the store has 2^bits pages */
};

/*
 * Open the bytes of a page: header, sum and the lengths of all entries are
 * checked, the entries' insides not.
 * Returns: 0; -1 with EINVAL if these are not the bytes of page `number` of
 *          2^bits; ENOTSUP if they are sound, and the format is a newer one.
 */
int rask_page_open(struct rask_page *pg, const void *p, size_t len,
    uint32_t number, unsigned bits);

/*
 * Find a path.
 * Returns: true, and *e and *e_len are its entry's bytes.
 */
bool rask_page_find(const struct rask_page *pg, uint64_t place,
    const char *path, size_t path_len, const unsigned char **e,
    size_t *e_len);

/*
 * The next entry, from the first on.
 * Returns: true; false at the end.
 */
bool rask_page_next(struct rask_page *pg, const unsigned char **e,
    size_t *e_len);

/*
 * Check the insides: every entry decodes, stands in this page and in order,
 * no path twice.  Returns: 0, or -1 with EINVAL.
 */
int rask_page_check(const struct rask_page *pg);

/*
 * Begin a page in b, add entries in the order of (place, path), and end it;
 * between two pages of one buffer nothing else is added to it.
 */
struct rask_page_maker {
	struct rask_buf *b;	/* borrowed */
	size_t start;		/* bytes from rask_buf_head to the page */
	uint32_t number, count;
	unsigned bits;
};

/* Begin page `number` of 2^bits.  Returns: 0, or -1 with ENOMEM. */
int rask_page_begin(struct rask_page_maker *m, struct rask_buf *b,
    uint32_t number, unsigned bits);
/*
 * Add an entry's bytes; its place is rask_place() of its path, as everywhere
 * here.  Returns: 0, or -1 with ENOMEM.
 */
int rask_page_add(struct rask_page_maker *m, uint64_t place,
    const unsigned char *e, size_t e_len);
/* Fill in the header.  The page is from m->start to the buffer's end. */
void rask_page_end(struct rask_page_maker *m);

/* An entry to be put into pages: its place and its bytes. */
struct rask_page_put {
	uint64_t place;
	const unsigned char *e;	/* borrowed */
	size_t e_len;
	bool gone;		/* take the path of this entry out */
};

/*
 * Make the page `number` of 2^bits in b from what an old page (NULL: none; of
 * as many or fewer bits) has for it and from n entries, in order, that replace
 * or join those.  One with `gone` set takes its path out.
 * Shape:   each path is in put once at most, and only this page's are; old's
 *          bytes are not b's.
 * Returns: 0, or -1 with ENOMEM and b as it was.
 */
int rask_page_merge(struct rask_page_maker *m, struct rask_buf *b,
    uint32_t number, unsigned bits, const struct rask_page *old,
    const struct rask_page_put *put, size_t n);

#endif
