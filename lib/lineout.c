/* Change lines, written. */
#include <errno.h>
#include <string.h>

#include "field.h"
#include "line.h"

/* Most bytes of a field beside its string: TAB, name, '=', a number. */
#define FIELD_MAX	32
/* Most bytes that one byte becomes by escaping. */
#define ESCAPE_MAX	4

/* Write n bytes; where the next one goes. */
static char *
bytes(char *to, const char *s, size_t n)
{
	memcpy(to, s, n);
	return to + n;
}

/* Write a byte that may not stand as it is. */
static char *
escape_one(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	*to++ = '\\';
	switch (c) {
	case '\\':
		*to++ = '\\';
		break;
	case '\t':
		*to++ = 't';
		break;
	case '\n':
		*to++ = 'n';
		break;
	case '\r':
		*to++ = 'r';
		break;
	default:
		*to++ = 'x';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	return to;
}

/* Write a string escaped. */
static char *
escape(char *to, const char *s)
{
	unsigned char c;

	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if (c >= 0x20 && c != '\\' && c != 0x7f)
			*to++ = (char)c;
		else
			to = escape_one(to, c);
	}
	return to;
}

/* Write a number in base 8 or 10 with at least `width` digits. */
static char *
number(char *to, uint64_t n, unsigned base, int width)
{
	char tmp[24], *p = tmp + sizeof(tmp);

	do {
		*--p = (char)('0' + n % base);
		n /= base;
		width--;
	} while (n > 0 || width > 0);
	return bytes(to, p, (size_t)(tmp + sizeof(tmp) - p));
}

/* Write the value of a field that is no string. */
static char *
value(char *to, const struct rask_field *f, const struct rask_change *c)
{
	const char *word;
	int64_t t;

	switch (f->kind) {
	case RASK_FIELD_NUM:
		return number(to, rask_field_get(uint64_t, f, c), 10, 1);
	case RASK_FIELD_TIME:
		if ((t = rask_field_get(int64_t, f, c)) >= 0)
			return number(to, (uint64_t)t, 10, 1);
		*to++ = '-';
		return number(to, -(uint64_t)t, 10, 1);
	case RASK_FIELD_MODE:
		return number(to, rask_field_get(uint32_t, f, c), 8, 4);
	case RASK_FIELD_FOUND:
		*to++ = '1';
		return to;
	case RASK_FIELD_ACK:
		if ((word = rask_ack_name(c->ack)) == NULL)
			return to;
		return bytes(to, word, strlen(word));
	default:
		return escape(to, rask_field_get(char *, f, c));
	}
}

/* Enough bytes for the line of c, whose operation has this name. */
static size_t
bound(const struct rask_change *c, const char *name)
{
	const struct rask_field *f;
	size_t n;

	n = strlen(name) + 4 + ESCAPE_MAX * strlen(c->path);
	if (c->op == RASK_OP_MV)
		n += ESCAPE_MAX * strlen(c->path2);
	for (f = rask_fields; f < rask_fields + RASK_FIELDS; f++) {
		if (!rask_field_has(f, c))
			continue;
		n += FIELD_MAX;
		if (f->bit == 0)
			n += ESCAPE_MAX * strlen(rask_field_get(char *, f, c));
	}
	return n;
}

int
rask_line_format(struct rask_buf *out, const struct rask_change *c)
{
	const struct rask_field *f;
	const char *name;
	char *start, *to;

	name = c->op == RASK_OP_REMARK ? "#" : rask_op_name(c->op);
	if (name == NULL || c->path == NULL ||
	    (c->op == RASK_OP_MV && c->path2 == NULL)) {
		errno = EINVAL;
		return -1;
	}
	if ((start = rask_buf_room(out, bound(c, name))) == NULL)
		return -1;
	to = bytes(start, name, strlen(name));
	if (c->op == RASK_OP_REMARK) {
		if (*c->path != '\0')
			*to++ = ' ';
		to = bytes(to, c->path, strlen(c->path));
		goto out;
	}
	*to++ = '\t';
	to = escape(to, c->path);
	if (c->op == RASK_OP_MV) {
		*to++ = '\t';
		to = escape(to, c->path2);
	}
	for (f = rask_fields; f < rask_fields + RASK_FIELDS; f++) {
		if (!rask_field_has(f, c))
			continue;
		*to++ = '\t';
		to = bytes(to, f->name, f->len);
		*to++ = '=';
		to = value(to, f, c);
	}
out:
	*to++ = '\n';
	rask_buf_grew(out, (size_t)(to - start));
	return 0;
}

int
rask_line_escape(struct rask_buf *out, const char *s)
{
	char *start, *to;

	if ((start = rask_buf_room(out, ESCAPE_MAX * strlen(s))) == NULL)
		return -1;
	to = escape(start, s);
	rask_buf_grew(out, (size_t)(to - start));
	return 0;
}
