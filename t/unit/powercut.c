/*
 * powercut DIR PID: the filesystem there does nothing more, and what its
 * journal has not yet on the disk is lost.  As if the power went:
 * EXT4_IOC_SHUTDOWN, which is not in the system's headers.
 *
 * The process PID is stopped just before.  It is somebody who notes what is
 * told; a sync that is running at that moment may be told to have succeeded
 * (its data is on the disk, but the extents are not), which nobody could hear
 * if it were the power.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SHUTDOWN	_IOR('X', 125, uint32_t)
#define NOLOGFLUSH	0x2

/* Stop a process, and wait until it is. */
static void
stop(pid_t pid)
{
	char name[40], state = '?';
	FILE *f;

	if (kill(pid, SIGSTOP) == -1)
		err(1, "kill");
	snprintf(name, sizeof(name), "/proc/%ld/stat", (long)pid);
	while (state != 'T') {
		if ((f = fopen(name, "r")) == NULL ||
		    fscanf(f, "%*d %*s %c", &state) != 1)
			err(1, "%s", name);
		fclose(f);
	}
}

int
main(int argc, char **argv)
{
	uint32_t how = NOLOGFLUSH;
	int fd;

	if (argc != 3)
		errx(64, "usage: powercut DIR PID");
	if ((fd = open(argv[1], O_RDONLY)) == -1)
		err(1, "%s", argv[1]);
	stop((pid_t)atol(argv[2]));
	if (ioctl(fd, SHUTDOWN, &how) == -1)
		err(1, "%s", argv[1]);
	return 0;
}
