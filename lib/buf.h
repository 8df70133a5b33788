#ifndef RASK_BUF_H
#define RASK_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/*
 * A queue of bytes: they are added at the end and taken from the front.
 *
 * Always true: off <= len <= cap; the bytes in [off, len) are what was added
 * and not yet taken.  All zero is an empty buffer.
 */
struct rask_buf {
	unsigned char *p;	/* cap bytes, owned; NULL while cap is 0 */
	size_t off;		/* bytes from p to the first not yet taken */
	size_t len;		/* bytes from p to the end of what was added */
	size_t cap;		/* bytes allocated */
};

/* Bytes waiting in b, and the first of them. */
#define rask_buf_left(b)	((b)->len - (b)->off)
#define rask_buf_head(b)	((b)->p + (b)->off)

/*
 * Make room for n more bytes, so that adding them cannot fail.
 * Returns: the place to write them, or NULL with ENOMEM and b as it was.
 * Owns:    the place is b's and stands until the next call on b.
 */
void *rask_buf_room(struct rask_buf *b, size_t n);

/* Count n bytes, written where rask_buf_room() said, as added. */
void rask_buf_grew(struct rask_buf *b, size_t n);

/* Add n bytes.  Returns: 0, or -1 with ENOMEM and b as it was. */
int rask_buf_add(struct rask_buf *b, const void *data, size_t n);

/* Add a string without its NUL.  Returns: as rask_buf_add(). */
int rask_buf_str(struct rask_buf *b, const char *s);

/* Add what printf(3) would print.  Returns: as rask_buf_add(). */
int rask_buf_printf(struct rask_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Take n bytes from the front; n is at most rask_buf_left(b). */
void rask_buf_take(struct rask_buf *b, size_t n);

/* Give the memory back and leave b empty. */
void rask_buf_free(struct rask_buf *b);

#endif
