#ifndef SUMS_H
#define SUMS_H

#include <stdint.h>

/*
 * Checksums over the blocks of a state's file, in a file `sums-POS` beside it
 * (POS: the state's position, 16 hexadecimal digits):
 *
 *	8 bytes "Rasksums"   u32 format (1)   u32 zero   u64 position
 *	u64 bytes of the state   for each block: u64 XXH3   u64 XXH3 of all
 *	before it
 *
 * The last block may be shorter than the others.
 *
 * From: rask-index(5), State.
 */
#define SUMS_BLOCK	65536
#define SUMS_NAME_LEN	24

/* The name of the sums file for a position. */
void sums_name(char name[SUMS_NAME_LEN], uint64_t pos);

/*
 * Read the file fd and write its sums file in dir; it is synced too.
 * Returns: 0, or -1 with errno.
 */
int sums_write(int dir, uint64_t pos, int fd);

/*
 * Compare the file fd with its sums file in dir.
 * Returns: 0; -1 with errno: EBADMSG and *block the number of the first block
 *          that differs, UINT64_MAX if the sums file itself is damaged or not
 *          there; ENOTSUP (its format is newer).
 */
int sums_check(int dir, uint64_t pos, int fd, uint64_t *block);

/*
 * The same, and make the empty file `to` the same as fd: of the same blocks
 * where the filesystem can do that.
 */
int sums_copy(int dir, uint64_t pos, int fd, int to, uint64_t *block);

/*
 * Ask that what was written to fd goes to the disk now, and wait until what
 * was asked for the last time is there: not much is ever dirty.
 */
void sums_flush(int fd);

#endif
