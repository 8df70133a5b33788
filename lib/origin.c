/* The file .rask/from. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "origin.h"
#include "tree.h"

#define LINE	(2 * RASK_ID_LEN + 1)	/* bytes of a line with its LF */

/* A root as it stands in the file. */
static void
to_line(char line[LINE + 1], const unsigned char root[RASK_ID_LEN])
{
	int i;

	for (i = 0; i < RASK_ID_LEN; i++)
		snprintf(line + 2 * i, 3, "%02x", root[i]);
	memcpy(line + LINE - 1, "\n", 2);
}

/* Is this line in the file? */
static bool
has_line(int fd, const char *line)
{
	char buf[LINE];
	off_t at;

	for (at = 0; pread(fd, buf, LINE, at) == LINE; at += LINE)
		if (memcmp(buf, line, LINE) == 0)
			return true;
	return false;
}

int
rask_origin_note(int meta, const unsigned char root[RASK_ID_LEN])
{
	char line[LINE + 1];
	int fd, r = 0;

	to_line(line, root);
	fd = openat(meta, "from", O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW |
	    O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	if (!has_line(fd, line) && write(fd, line, LINE) != LINE)
		r = -1;
	close(fd);
	return r;
}

bool
rask_origin_has(int root_fd, const unsigned char root[RASK_ID_LEN])
{
	char line[LINE + 1];
	bool has;
	int fd;

	to_line(line, root);
	if ((fd = rask_beneath(root_fd, ".rask/from", O_RDONLY, 0)) == -1)
		return false;
	has = has_line(fd, line);
	close(fd);
	return has;
}
