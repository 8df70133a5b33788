#ifndef RASK_JSON_H
#define RASK_JSON_H

#include "buf.h"
#include "line.h"

/*
 * Add c as one line of JSON with its LF, with the names of the change line:
 * {"op":"put","path":"a","size":5}, for mv "path" and "path2".  Times and
 * sizes are numbers, mode is a string of octal digits, found is true.
 * A string that is not UTF-8 gets U+FFFD for its bad bytes and a twin
 * NAME_base64 with the truth.  A REMARK is an object too: {"remark":"ready"};
 * of its text, the first word is "remark" and what follows it "text", if
 * anything does ("dropped 5" gives {"remark":"dropped","text":"5"}).
 * TREE is {"op":"tree","path":...}.
 * Returns: as rask_line_format().
 */
int rask_json_format(struct rask_buf *out, const struct rask_change *c);

#endif
