#ifndef KNOWN_H
#define KNOWN_H

#include "stream.h"

/*
 * Large files that the receiver has, as they were sent: when only mode or
 * mtime of one changes, its content need not travel again.  What is known is
 * the check over its content; a file of the same inode and size is read again
 * here, and sent only if the check differs.
 *
 * Always true: at most KNOWN_MAX files; the one noted longest ago goes.
 */
#define KNOWN_MAX	1024

struct known {
	unsigned tree;
	char *path;		/* owned; NULL: free */
	uint64_t ino, size;	/* of the file */
	int64_t mtime;		/* ns */
	unsigned char key[RASK_KEY_LEN];	/* of the check */
	unsigned char tag[RASK_TAG_LEN];	/* the check */
};

/* What is known of this path and a file of this inode and size, or NULL. */
const struct known *known_find(const struct send *s, unsigned tree,
    const char *path, const struct stat *st);
/* The receiver has the file of this stream, under this path. */
void known_note(struct send *s, const struct stream *st, const char *path);
/* Forget all. */
void known_free(struct send *s);

#endif
