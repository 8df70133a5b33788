/* What checkpoints leave that do not end. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "sums.h"

/* Is this what a checkpoint makes? */
static bool
is_made(const char *name)
{
	return strcmp(name, CHECKPOINT_NEW) == 0 ||
	    (strncmp(name, "sums-", 5) == 0 &&
	    strlen(name) == SUMS_NAME_LEN - 3 &&
	    strspn(name + 5, "0123456789abcdef") == 16);
}

void
checkpoint_clean(int dir, uint64_t pos)
{
	char keep[SUMS_NAME_LEN];
	struct dirent *e;
	DIR *d;
	int fd;

	if ((fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	sums_name(keep, pos);
	while ((e = readdir(d)) != NULL)
		if (is_made(e->d_name) && strcmp(e->d_name, keep) != 0)
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}
