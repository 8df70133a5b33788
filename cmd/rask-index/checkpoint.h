#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdint.h>

/*
 * The checkpointer: makes the next state of a store, `state.new` and its sums
 * file, from the one that is there and the feed behind it.  It runs in a
 * process of its own, at low priority, and changes nothing else; whoever
 * started it renames state.new to state, and calls checkpoint_clean().
 *
 * Everything that is read is checked, and a state is never made of anything
 * damaged.  Where few pages change the state is copied, its blocks compared
 * with their sums on the way, and only those pages are stored; else all of it
 * is written anew.
 */
#define CHECKPOINT_STATE	"state"
#define CHECKPOINT_NEW		"state.new"

/*
 * Fold everything up to `upto`, where a record ends, into the state in dir;
 * without a state what there is begins at `pos`.  If the state has `upto`
 * already there is nothing to do, and no state.new afterwards.
 * Returns: an exit status of sysexits(3): 0; EX_DATAERR for damage or a newer
 *          format; EX_CANTCREAT when there is no room; EX_IOERR, EX_OSERR.  It
 *          was told by diag(), with the name of the file, and nothing is left
 *          behind.
 */
int checkpoint_main(int dir, uint64_t pos, uint64_t upto);

/*
 * Remove what checkpoints left that did not end: state.new and the sums files
 * of others than the state whose position is pos.  What cannot be removed
 * stays.
 */
void checkpoint_clean(int dir, uint64_t pos);

#endif
