/*
 * fsop OP PATH...: what shells cannot do to files.
 *
 *	tmpfile PATH	write an O_TMPFILE and give it a name
 *	exchange A B	renameat2(2) RENAME_EXCHANGE
 *	truncate PATH N	truncate(2) by path
 *	mmap PATH	write through a mapping, close, then unmap
 *	hold PATH	append, say so on stdout, keep it open until stdin ends
 *	many DIR N	make and unlink N names, N events at least
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Write an O_TMPFILE beside path, and give it that name. */
static void
op_tmpfile(const char *path)
{
	char dir[4096], proc[64];
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	fd = open(dirname(dir), O_TMPFILE | O_WRONLY, 0644);
	if (fd == -1 || write(fd, "whole\n", 6) != 6)
		err(1, "%s", path);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == -1)
		err(1, "linkat %s", path);
	close(fd);
}

/* Write through a mapping whose descriptor is closed already. */
static void
op_mmap(const char *path)
{
	int fd = open(path, O_RDWR);
	char *p;

	if (fd == -1 || (p = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0)) == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	memcpy(p, "MMAP", 4);
	munmap(p, 4);
}

/* Append and hold it open. */
static void
op_hold(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
	char c;

	if (fd == -1 || write(fd, "held\n", 5) != 5)
		err(1, "%s", path);
	puts("held");
	fflush(stdout);
	while (read(0, &c, 1) == 1)
		if (write(fd, &c, 1) != 1)
			err(1, "%s", path);
	close(fd);
}

/* Make and unlink names. */
static void
op_many(const char *dir, long n)
{
	char path[4096];
	int fd;

	while (n-- > 0) {
		snprintf(path, sizeof(path), "%s/m%ld", dir, n);
		if ((fd = open(path, O_WRONLY | O_CREAT, 0644)) == -1)
			err(1, "%s", path);
		close(fd);
		if (unlink(path) == -1)
			err(1, "%s", path);
	}
}

int
main(int argc, char **argv)
{
	const char *op = argc > 2 ? argv[1] : "";

	if (strcmp(op, "tmpfile") == 0)
		op_tmpfile(argv[2]);
	else if (strcmp(op, "mmap") == 0)
		op_mmap(argv[2]);
	else if (strcmp(op, "hold") == 0)
		op_hold(argv[2]);
	else if (strcmp(op, "many") == 0 && argc > 3)
		op_many(argv[2], atol(argv[3]));
	else if (strcmp(op, "truncate") == 0 && argc > 3) {
		if (truncate(argv[2], atol(argv[3])) == -1)
			err(1, "%s", argv[2]);
	} else if (strcmp(op, "exchange") == 0 && argc > 3) {
		if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3],
		    RENAME_EXCHANGE) == -1)
			err(1, "exchange");
	} else
		errx(64, "no such operation");
	return 0;
}
