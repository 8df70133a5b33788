/* The sum of a directory's entries. */
#include <string.h>

#include "hash.h"
#include "item.h"
#include "path.h"
#include "wire.h"

int
rask_item_add(unsigned char sum[RASK_SUM_LEN], const struct rask_item *item)
{
	unsigned char b[32 + 2 * RASK_PATH_MAX], sha[RASK_SHA_LEN], *p = b;
	size_t n = strlen(item->path), n2 = strlen(item->target);
	unsigned carry = 0;
	int i;

	*p++ = (unsigned char)item->kind;
	p = rask_wire_u32(p, item->mode);
	p = rask_wire_u64(p, item->size);
	p = rask_wire_u64(p, (uint64_t)item->mtime);
	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, item->path, n);
	p = rask_wire_u16(p + n, (uint16_t)n2);
	memcpy(p, item->target, n2);
	p += n2;
	if (rask_sha(b, (size_t)(p - b), sha) == -1)
		return -1;
	for (i = RASK_SUM_LEN - 1; i >= 0; i--) {
		carry += (unsigned)sum[i] + sha[i];
		sum[i] = (unsigned char)carry;
		carry >>= 8;
	}
	return 0;
}
