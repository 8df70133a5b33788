/* A queue of bytes in one piece of memory. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* Memory kept by an empty buffer; more than this is given back. */
#define KEEP	(256 * 1024)

void *
rask_buf_room(struct rask_buf *b, size_t n)
{
	unsigned char *p;
	size_t cap;

	if (n <= b->cap - b->len)
		return b->p + b->len;
	if (b->off > 0 && n <= b->cap - (b->len - b->off)) {
		memmove(b->p, b->p + b->off, b->len - b->off);
		b->len -= b->off;
		b->off = 0;
		return b->p + b->len;
	}
	cap = b->cap ? b->cap : 256;
	while (cap - b->len < n) {
		if (cap > SIZE_MAX / 2) {
			errno = ENOMEM;
			return NULL;
		}
		cap *= 2;
	}
	if ((p = realloc(b->p, cap)) == NULL)
		return NULL;
	b->p = p;
	b->cap = cap;
	return b->p + b->len;
}

void
rask_buf_grew(struct rask_buf *b, size_t n)
{
	b->len += n;
}

int
rask_buf_add(struct rask_buf *b, const void *data, size_t n)
{
	void *to;

	if (n == 0)
		return 0;
	if ((to = rask_buf_room(b, n)) == NULL)
		return -1;
	memcpy(to, data, n);
	b->len += n;
	return 0;
}

int
rask_buf_str(struct rask_buf *b, const char *s)
{
	return rask_buf_add(b, s, strlen(s));
}

int
rask_buf_printf(struct rask_buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (to = rask_buf_room(b, (size_t)n + 1)) == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
rask_buf_take(struct rask_buf *b, size_t n)
{
	b->off += n;
	if (b->off < b->len)
		return;
	b->off = b->len = 0;
	if (b->cap > KEEP)
		rask_buf_free(b);
}

void
rask_buf_free(struct rask_buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}
