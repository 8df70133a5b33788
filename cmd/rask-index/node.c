/* What a node is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "node.h"
#include "wire.h"

#define FORMAT		1
#define NODE_MAX	(8 + 4 + 4 * 8 + 1 + 16 + 2 + NODE_NAME_MAX + 2 + \
			4096 + 8)

static const unsigned char magic[8] = { 'R', 'a', 's', 'k', 'n', 'o', 'd',
	'e' };

/* Take a string with its length into room for `max` and a NUL. */
static void
get_str(struct rask_rd *r, char *to, size_t max)
{
	size_t n = 0;
	const char *s = rask_rd_str(r, max, &n);

	if (s != NULL)
		memcpy(to, s, n);
	to[n] = '\0';
}

/* Read n bytes of the file. */
static int
decode(struct node *node, const unsigned char *p, size_t n)
{
	struct rask_rd r = { p + sizeof(magic), p + n - 8, false };
	struct rask_rd sum = { p + n - 8, p + n, false };
	const unsigned char *boot;
	uint32_t format;
	uint8_t clean;

	errno = EBADMSG;
	if (n < sizeof(magic) + 12 || memcmp(p, magic, sizeof(magic)) != 0 ||
	    rask_rd_u64(&sum) != rask_checksum(p, n - 8, 0))
		return -1;
	format = rask_rd_u32(&r);
	if (format > FORMAT) {
		errno = ENOTSUP;
		return -1;
	}
	node->id = rask_rd_u64(&r);
	node->epoch = rask_rd_u64(&r);
	node->counter_ceiling = rask_rd_u64(&r);
	node->seq_ceiling = rask_rd_u64(&r);
	clean = rask_rd_u8(&r);
	if ((boot = rask_rd_bytes(&r, sizeof(node->boot))) != NULL)
		memcpy(node->boot, boot, sizeof(node->boot));
	get_str(&r, node->name, NODE_NAME_MAX);
	get_str(&r, node->tree, sizeof(node->tree) - 1);
	if (r.bad || r.p != r.end || format == 0 || clean > 1 ||
	    node->id == 0 || node->epoch == 0)
		return -1;
	node->clean = clean;
	return 0;
}

int
node_read(int dir, struct node *node)
{
	unsigned char b[NODE_MAX + 1];
	ssize_t n;
	int fd, e;

	if ((fd = openat(dir, "node", O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, b, sizeof(b));
	e = errno;
	close(fd);
	if (n == -1) {
		errno = e;
		return -1;
	}
	if (n < 20 || n > NODE_MAX) {
		errno = EBADMSG;
		return -1;
	}
	return decode(node, b, (size_t)n);
}

int
node_make(struct node *node)
{
	*node = (struct node){ .clean = true };
	do
		if (rask_random(&node->id, 8) == -1 ||
		    rask_random(&node->epoch, 8) == -1)
			return -1;
	while (node->id == 0 || node->epoch == 0);
	return 0;
}

/* Write a string with its length. */
static unsigned char *
put_str(unsigned char *p, const char *s)
{
	size_t n = strlen(s);

	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, s, n);
	return p + n;
}

/* Write all of n bytes into a new file, and sync it. */
static int
write_file(int dir, const char *name, const unsigned char *p, size_t n)
{
	int fd, e = 0;
	ssize_t w;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	if ((w = write(fd, p, n)) == -1)
		e = errno;
	else if ((size_t)w != n)
		e = ENOSPC;
	else if (fsync(fd) == -1)
		e = errno;
	close(fd);
	errno = e;
	return e == 0 ? 0 : -1;
}

int
node_write(int dir, const struct node *node)
{
	unsigned char b[NODE_MAX], *p = b;

	memcpy(p, magic, sizeof(magic));
	p = rask_wire_u32(p + sizeof(magic), FORMAT);
	p = rask_wire_u64(p, node->id);
	p = rask_wire_u64(p, node->epoch);
	p = rask_wire_u64(p, node->counter_ceiling);
	p = rask_wire_u64(p, node->seq_ceiling);
	*p++ = node->clean;
	memcpy(p, node->boot, sizeof(node->boot));
	p = put_str(p + sizeof(node->boot), node->name);
	p = put_str(p, node->tree);
	p = rask_wire_u64(p, rask_checksum(b, (size_t)(p - b), 0));
	if (write_file(dir, "node.new", b, (size_t)(p - b)) == -1)
		return -1;
	if (renameat(dir, "node.new", dir, "node") == -1)
		return -1;
	return fsync(dir);
}

void
node_boot(unsigned char boot[16])
{
	char s[64];
	ssize_t n = 0;
	unsigned i = 0, digit;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const char *c;

	memset(boot, 0, 16);
	if (fd != -1) {
		n = read(fd, s, sizeof(s) - 1);
		close(fd);
	}
	s[n > 0 ? n : 0] = '\0';
	for (c = s; *c != '\0' && i < 32; c++) {
		if (sscanf((char[]){ *c, '\0' }, "%1x", &digit) != 1)
			continue;
		boot[i / 2] = (unsigned char)(boot[i / 2] << 4 | digit);
		i++;
	}
}
