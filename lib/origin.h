#ifndef RASK_ORIGIN_H
#define RASK_ORIGIN_H

#include <stdbool.h>

#include "msg.h"

/*
 * Whose changes a directory takes without an index: a line of hexadecimal in
 * its .rask/from for each root whose changes were taken.  A pipe back to one
 * of them would echo for ever.
 */

/* Note a root.  meta: the tree's .rask.  Returns: 0, or -1 with errno. */
int rask_origin_note(int meta, const unsigned char root[RASK_ID_LEN]);

/* Was it noted in the directory root_fd? */
bool rask_origin_has(int root_fd, const unsigned char root[RASK_ID_LEN]);

#endif
