/* Reading numbers and strings that were received. */
#include <string.h>

#include "wire.h"

const unsigned char *
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

uint8_t
rask_rd_u8(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 1);

	return p == NULL ? 0 : p[0];
}

uint16_t
rask_rd_u16(struct rask_rd *r)
{
	const unsigned char *p = rask_rd_bytes(r, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
rask_rd_u32(struct rask_rd *r)
{
	uint32_t high = rask_rd_u16(r);

	return high << 16 | rask_rd_u16(r);
}

uint64_t
rask_rd_u64(struct rask_rd *r)
{
	uint64_t high = rask_rd_u32(r);

	return high << 32 | rask_rd_u32(r);
}

const char *
rask_rd_str(struct rask_rd *r, size_t max, size_t *n)
{
	const unsigned char *p;

	*n = rask_rd_u16(r);
	if (*n > max)
		r->bad = true;
	if ((p = rask_rd_bytes(r, *n)) == NULL)
		return NULL;
	if (memchr(p, '\0', *n) != NULL) {
		r->bad = true;
		return NULL;
	}
	return (const char *)p;
}
