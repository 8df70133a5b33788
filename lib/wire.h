#ifndef RASK_WIRE_H
#define RASK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers and strings of the wire: big-endian, strings with their length in
 * 16 bits before them.  Writers go into memory that is known to be large
 * enough and return its new end; readers check every step and, once they have
 * met the end too early, give zeros and stay `bad`.
 */

static inline unsigned char *
rask_wire_u16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
	return p + 2;
}

static inline unsigned char *
rask_wire_u32(unsigned char *p, uint32_t v)
{
	return rask_wire_u16(rask_wire_u16(p, (uint16_t)(v >> 16)),
	    (uint16_t)v);
}

static inline unsigned char *
rask_wire_u64(unsigned char *p, uint64_t v)
{
	return rask_wire_u32(rask_wire_u32(p, (uint32_t)(v >> 32)),
	    (uint32_t)v);
}

/* A cursor over bytes that were received. */
struct rask_rd {
	const unsigned char *p;		/* the next byte */
	const unsigned char *end;	/* behind the last one */
	bool bad;			/* something was not there */
};

/*
 * Take n bytes.  Returns: them, or NULL when there are fewer left or the
 * cursor is bad already.
 */
static inline const unsigned char *
rask_rd_bytes(struct rask_rd *r, size_t n)
{
	const unsigned char *p = r->p;

	if (r->bad || n > (size_t)(r->end - p)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

/* Take a number of this width; 0 when it is not there. */
static inline uint8_t
rask_rd_u8(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 1);

	return p == NULL ? 0 : p[0];
}

/* Take a number of this width; 0 when it is not there. */
static inline uint16_t
rask_rd_u16(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

/* Take a number of this width; 0 when it is not there. */
static inline uint32_t
rask_rd_u32(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 4);

	return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Take a number of this width; 0 when it is not there. */
static inline uint64_t
rask_rd_u64(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 8);
	uint64_t v = 0;
	int i;

	for (i = 0; p != NULL && i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/*
 * Take a string with its length, at most max bytes, none of them NUL.
 * Returns: its bytes, not terminated, and *n; NULL when it is not so.
 */
const char *rask_rd_str(struct rask_rd *r, size_t max, size_t *n);

#endif
