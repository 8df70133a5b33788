/* The fields of a change line. */
#include <string.h>

#include "field.h"
#include "path.h"

#define ROW(name, member, kind, bit, bad) \
	{ name, bad " in " name "=", sizeof(name) - 1, \
	offsetof(struct rask_change, member), RASK_FIELD_##kind, bit }
#define STRING(name, kind)	ROW(#name, name, kind, 0, "bad value")
#define NUMBER(name, kind, bit)	ROW(#name, name, kind, bit, "bad number")

const struct rask_field rask_fields[RASK_FIELDS] = {
	STRING(target, LINK),
	NUMBER(size, NUM, RASK_F_SIZE),
	NUMBER(mtime, TIME, RASK_F_MTIME),
	NUMBER(ctime, TIME, RASK_F_CTIME),
	NUMBER(mode, MODE, RASK_F_MODE),
	NUMBER(ino, NUM, RASK_F_INO),
	ROW("found", have, FOUND, RASK_F_FOUND, "bad value"),
	NUMBER(seq, NUM, RASK_F_SEQ),
	STRING(version, TEXT),
	STRING(hash, HEX),
	STRING(from, TEXT),
	STRING(peer, TEXT),
	STRING(reason, TEXT),
	NUMBER(lag_us, NUM, RASK_F_LAG),
	ROW("ack", ack, ACK, RASK_F_ACK, "bad value")
};

const struct rask_field *
rask_field_find(const char *name, size_t len)
{
	const struct rask_field *f;

	for (f = rask_fields; f < rask_fields + RASK_FIELDS; f++)
		if (f->len == len && memcmp(f->name, name, len) == 0)
			return f;
	return NULL;
}

int
rask_field_has(const struct rask_field *f, const struct rask_change *c)
{
	if (f->bit == 0)
		return rask_field_get(char *, f, c) != NULL;
	return (c->have & f->bit) != 0;
}

const char *
rask_ack_name(enum rask_ack ack)
{
	switch (ack) {
	case RASK_ACK_VISIBLE:
		return "visible";
	case RASK_ACK_DURABLE:
		return "durable";
	}
	return NULL;
}

/* A number without sign in base 8 or 10, at most max; -1 if it is none. */
static int
number(const char *s, unsigned base, uint64_t max, uint64_t *n)
{
	uint64_t v = 0;
	unsigned d;

	if (*s == '\0')
		return -1;
	for (; *s != '\0'; s++) {
		if ((d = (unsigned char)*s - (unsigned)'0') >= base)
			return -1;
		if (v > (max - d) / base)
			return -1;
		v = v * base + d;
	}
	*n = v;
	return 0;
}

/* A time, which may be before the epoch. */
static int
signed_number(const char *s, int64_t *n)
{
	uint64_t v;

	if (*s != '-') {
		if (number(s, 10, INT64_MAX, &v) == -1)
			return -1;
		*n = (int64_t)v;
		return 0;
	}
	if (number(s + 1, 10, (uint64_t)INT64_MAX + 1, &v) == -1)
		return -1;
	*n = v == 0 ? 0 : -(int64_t)(v - 1) - 1;
	return 0;
}

/* The level for a word; -1 if there is none. */
static int
ack_find(const char *s, enum rask_ack *ack)
{
	for (*ack = RASK_ACK_VISIBLE; *ack <= RASK_ACK_DURABLE; ++*ack)
		if (strcmp(s, rask_ack_name(*ack)) == 0)
			return 0;
	return -1;
}

/* Store the value s of a field that is no string; -1 if it is none. */
static int
set_value(const struct rask_field *f, void *to, const char *s)
{
	uint64_t n;

	switch (f->kind) {
	case RASK_FIELD_NUM:
		return number(s, 10, UINT64_MAX, to);
	case RASK_FIELD_TIME:
		return signed_number(s, to);
	case RASK_FIELD_MODE:
		if (number(s, 8, 07777, &n) == -1)
			return -1;
		*(uint32_t *)to = (uint32_t)n;
		return 0;
	case RASK_FIELD_FOUND:
		return strcmp(s, "1") == 0 ? 0 : -1;
	case RASK_FIELD_ACK:
		return ack_find(s, to);
	default:
		return -1;
	}
}

int
rask_field_set(const struct rask_field *f, struct rask_change *c,
    const char *s, size_t len)
{
	void *to = (char *)c + f->off;

	if (f->bit != 0) {
		if (set_value(f, to, s) == -1)
			return -1;
		c->have |= f->bit;
		return 0;
	}
	if (f->kind == RASK_FIELD_LINK && (len == 0 || len > RASK_PATH_MAX))
		return -1;
	if (f->kind == RASK_FIELD_HEX && (len == 0 || len % 2 != 0 ||
	    strspn(s, "0123456789abcdefABCDEF") != len))
		return -1;
	*(const char **)to = s;
	return 0;
}
