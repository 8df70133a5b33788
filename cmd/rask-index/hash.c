/*
 * Where only the content can tell whether a file has changed, it is read by a
 * thread.  Its path is held as if it were granted, so that nothing installs
 * there meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hints.h"
#include "tree.h"

#define PIECE	(256 * 1024)	/* bytes read at a time */

struct hashing {
	struct rask_job job;	/* first */
	struct hints *h;
	int fd;			/* owned */
	unsigned said;		/* of it, LOOK_ bits */
	bool good;		/* the hash is that of `seen` */
	struct rask_seen seen;	/* before and after */
	unsigned char hash[RASK_SHA_LEN];
	char path[];
};

/* Hash what fd has. */
static int
hash_all(int fd, unsigned char hash[RASK_SHA_LEN])
{
	struct rask_sha *sha = rask_sha_new();
	unsigned char *buf = malloc(PIECE);
	ssize_t n = -1;

	if (sha != NULL && buf != NULL)
		while ((n = read(fd, buf, PIECE)) > 0)
			if (rask_sha_add(sha, buf, (size_t)n) == -1)
				break;
	if (n == 0 && rask_sha_end(sha, hash) == -1)
		n = -1;
	free(buf);
	rask_sha_free(sha);
	return n == 0 ? 0 : -1;
}

/* The thread's part. */
static void
run(struct rask_job *job)
{
	struct hashing *x = (struct hashing *)job;
	struct rask_seen after;
	struct stat st;

	if (fstat(x->fd, &st) == -1)
		return;
	look_fill(&x->seen, &st);
	if (hash_all(x->fd, x->hash) == -1 || fstat(x->fd, &st) == -1)
		return;
	look_fill(&after, &st);
	x->good = after.size == x->seen.size && after.mtime == x->seen.mtime &&
	    after.ctime == x->seen.ctime;
}

/* Back on the loop: look again, now with the hash. */
static void
done(struct rask_job *job)
{
	struct hashing *x = (struct hashing *)job;
	struct hints *h = x->h;
	int r;

	close(x->fd);
	if (h->ending) {
		free(x);
		return;
	}
	waits_unhold(&h->waits, x->path);
	h->waits.hashing--;
	look_forget(&h->look);
	r = hints_look_hashed(h, x->path, x->said, &x->seen,
	    x->good ? x->hash : NULL);
	if ((hints_commit(h) == -1 || r == -1) &&
	    waits_look(&h->waits, x->path, x->said) == 0)
		h->waits.retry = true;
	waits_wake(h, x->path);
	free(x);
}

int
hints_hash(struct hints *h, const char *path, unsigned said)
{
	size_t n = strlen(path) + 1;
	struct hashing *x;
	int fd;

	fd = rask_beneath(h->look.root, path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd == -1) {
		/* Not ours to read, or another since: a line will come. */
		return errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM ? -1 : 0;
	}
	if ((x = calloc(1, sizeof(*x) + n)) == NULL ||
	    waits_hold(&h->waits, path, NULL) == -1) {
		free(x);
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	x->job.run = run;
	x->job.done = done;
	x->h = h;
	x->fd = fd;
	x->said = said;
	memcpy(x->path, path, n);
	h->waits.hashing++;
	rask_work_submit(h->hasher, &x->job);
	return 0;
}
