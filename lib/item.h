#ifndef RASK_ITEM_H
#define RASK_ITEM_H

#include <stdint.h>

#define RASK_SUM_LEN	16	/* bytes of a sum */

/*
 * What stands below a directory as one number: the sum, modulo 2^128, of a
 * hash of each entry.  The order of adding does not matter.
 */
struct rask_item {
	const char *path;	/* relative to the directory; "" itself */
	char kind;		/* 'f' file, 'l' symlink, 'd' directory */
	uint32_t mode;		/* permissions; 0 for symlinks */
	uint64_t size;		/* bytes; 0 but for files */
	int64_t mtime;		/* ns since the epoch; 0 for directories */
	const char *target;	/* of a symlink, else "" */
};

/*
 * Add an item to a sum.
 * Returns: 0, or -1 with ENOMEM.
 * From:    rask-protocol(7), MV: the first 16 bytes of SHA-256 over
 *          u8 kind, u32 mode, u64 size, i64 mtime, str path, str target.
 */
int rask_item_add(unsigned char sum[RASK_SUM_LEN],
    const struct rask_item *item);

#endif
