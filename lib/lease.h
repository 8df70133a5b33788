#ifndef RASK_LEASE_H
#define RASK_LEASE_H

/*
 * Is anybody still writing this file?  The kernel knows: it grants a read
 * lease only while no descriptor and no mapping of the file is writable.
 */
enum rask_lease {
	RASK_LEASE_FREE,	/* nobody can write to it just now */
	RASK_LEASE_BUSY,	/* somebody can */
	RASK_LEASE_REFUSED,	/* not ours, unreadable, or no leases here */
	RASK_LEASE_GONE		/* no file of that name */
};

/*
 * Ask about the regular file `name` in a directory; it is opened for reading,
 * not read.  Look with fstatat(2) first: other files are better not opened.
 * Shape:   dir is a descriptor of the directory, O_PATH will do.
 * Returns: one of the above, with errno for the last two.
 * Blocks:  a writer that comes while the lease is held, some microseconds.
 * From:    fcntl(2), Leases.
 */
enum rask_lease rask_lease_at(int dir, const char *name);

/*
 * The same of a file that is open for reading.
 * Returns: FREE, BUSY or REFUSED.
 */
enum rask_lease rask_lease_fd(int fd);

#endif
