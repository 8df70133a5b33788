#ifndef STOREMODEL_H
#define STOREMODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/*
 * A store as it should be, in memory, and the feed that says so, in segments
 * in a directory.  Its i-th path is dD/IIIII.
 */
#define PATHS		7000
#define MODEL_EPOCH	0xabcdef
#define MODEL_NODE	77

struct model {
	char tmp[64];		/* the directory */
	int dir;		/* open on it */
	int fd;			/* of the feed's last segment */
	uint64_t pos, seq;	/* of the feed's end; the last one given */
	uint64_t seed;
	struct known {
		bool there;
		char path[24];
		struct rask_entry e;
	} v[PATHS];
	uint64_t live, gone;	/* how many are there, and how */
};

/* A store with nothing in it but the head of a segment. */
struct model *model_new(uint64_t seed);
/* Remove it with all its files. */
void model_free(struct model *m);

/* Begin another segment; it happens by itself, too. */
void model_roll(struct model *m);
/* Change the i-th path somehow, and write that down. */
void model_change(struct model *m, size_t i);
/* Write records that say nothing of entries. */
void model_chatter(struct model *m);

#endif
