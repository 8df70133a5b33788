#ifndef RAWFRAMES_H
#define RAWFRAMES_H

#include <stdio.h>

#include "buf.h"

/*
 * Frames from a script, sound ones and broken ones, and frames as text.  They
 * are built here byte by byte, so that a test does not ask the library what
 * the library should say.
 *
 * A line is words between blanks; \xHH in a word is a byte, "" is none, and
 * X*N, one character and a number, is that character N times.  What follows
 * the words below are KEY=VALUE:
 *
 *	hello [magic= min= max= tree= name= node= root= window= stream=]
 *	put N PATH CONTENT [mode= mtime= class= size= hash=bad extras=]
 *	symlink N PATH TARGET [mtime=]
 *	mkdir N PATH [mode=]
 *	del N PATH
 *	mv N OLD NEW [size= mtime=]	of a file with mode 0644
 *	meta N PATH SIZE [base= mtime= mode=]
 *	open N PATH SIZE [id= class= mode= mtime=]
 *	data N OFFSET CONTENT [class=]
 *	end N CONTENT [tag=bad class=]	the check is over CONTENT
 *	number TYPE N NUMBER		ABORT, SKIP, RESUME, WRITTEN
 *	ack LEVEL FIRST LAST [FIRST LAST]...
 *	refuse N CODE TEXT
 *	bye CODE TEXT
 *	frame TYPE CLASS N BODY		any header with its body
 *	head LEN TYPE CLASS ZERO N	a header and nothing behind it
 *	bytes CONTENT
 *	random SEED N
 *	repeat FIRST LAST LINE		with each number in place of %
 */

/* Add what a line says.  Returns: 0, or -1: the line makes no sense. */
int raw_add(struct rask_buf *out, const char *line);

/*
 * Print to out the first frame of n bytes as a line.
 * Returns: its bytes, or 0 when it is not whole.
 */
size_t raw_print(FILE *out, const unsigned char *p, size_t n);

#endif
