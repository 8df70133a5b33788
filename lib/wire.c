/* Reading strings that were received. */
#include <string.h>

#include "wire.h"

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
