/* Entries as bytes. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "entry.h"
#include "path.h"
#include "wire.h"

/* The first byte: the kind, and what follows. */
#define KIND	0x03
#define SIG	0x04	/* ino and ctime */
#define HASH	0x08	/* hash */
#define FOUND	0x10	/* no version: it is rask_version_found(mtime) */
#define KNOWN	(KIND | SIG | HASH | FOUND)

#define MODES	0777	/* bits of a mode */

/* Write a number, 7 bits a byte, the highest first; all but the last + 128. */
static unsigned char *
put_number(unsigned char *p, uint64_t n)
{
	int shift = 0;

	while (shift < 63 && n >> shift >> 7 != 0)
		shift += 7;
	for (; shift > 0; shift -= 7)
		*p++ = (unsigned char)(n >> shift | 0x80);
	*p++ = (unsigned char)(n & 0x7f);
	return p;
}

/* Read such a number of the only form that it has and not above max. */
static uint64_t
get_number(struct rask_rd *r, uint64_t max)
{
	uint64_t n = 0;
	uint8_t byte;

	do {
		byte = rask_rd_u8(r);
		if ((n == 0 && byte == 0x80) || n >> 57 != 0)
			r->bad = true;
		n = n << 7 | (byte & 0x7f);
	} while (byte & 0x80 && !r->bad);
	if (n > max)
		r->bad = true;
	return r->bad ? 0 : n;
}

/* Write bytes. */
static unsigned char *
put_bytes(unsigned char *p, const void *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

/* A difference, small ones of either sign being small numbers. */
static uint64_t
zigzag(uint64_t d)
{
	return d << 1 ^ (d >> 63 ? UINT64_MAX : 0);
}

/* The reverse of zigzag(). */
static uint64_t
unzigzag(uint64_t z)
{
	return z >> 1 ^ (z & 1 ? UINT64_MAX : 0);
}

/* Is the version what a scan gives to content with this mtime? */
static bool
is_found(const struct rask_entry *e)
{
	struct rask_version v;

	rask_version_found(&v, e->mtime);
	return e->version.n == 1 && e->version.v[0].node == 0 &&
	    e->version.v[0].counter == v.v[0].counter;
}

size_t
rask_entry_encode(const struct rask_entry *e, unsigned char *p)
{
	unsigned char *start = p;
	bool found = is_found(e);

	*p++ = (unsigned char)(e->kind | (e->has_sig ? SIG : 0) |
	    (e->has_hash ? HASH : 0) | (found ? FOUND : 0));
	p = put_number(p, e->path_len);
	p = put_bytes(p, e->path, e->path_len);
	if (e->kind != RASK_KIND_LINK)
		p = put_number(p, e->mode);
	if (e->kind != RASK_KIND_DIR) {
		p = put_number(p, e->size);
		p = rask_wire_u64(p, (uint64_t)e->mtime);
	}
	if (e->has_sig) {
		p = put_number(p, e->ino);
		p = put_number(p, zigzag((uint64_t)e->ctime -
		    (uint64_t)e->mtime));
	}
	if (e->has_hash)
		p = put_bytes(p, e->hash, RASK_SHA_LEN);
	if (!found)
		p += rask_version_encode(&e->version, p);
	if (e->kind == RASK_KIND_LINK) {
		p = put_number(p, e->target_len);
		p = put_bytes(p, e->target, e->target_len);
	}
	p = put_number(p, e->seq);
	return (size_t)(p - start);
}

/* Read the version, which is there only if it is not that of FOUND. */
static void
get_version(struct rask_rd *r, struct rask_entry *e, bool found)
{
	ssize_t n;

	if (found) {
		rask_version_found(&e->version, e->mtime);
		return;
	}
	n = rask_version_decode(&e->version, r->p, (size_t)(r->end - r->p));
	if (r->bad || n == -1 || is_found(e))
		r->bad = true;
	else
		r->p += n;
}

/* Read a hash. */
static void
get_hash(struct rask_rd *r, struct rask_entry *e)
{
	const unsigned char *p = rask_rd_bytes(r, RASK_SHA_LEN);

	if (p != NULL)
		memcpy(e->hash, p, RASK_SHA_LEN);
}

/* Read a link's target. */
static void
get_target(struct rask_rd *r, struct rask_entry *e)
{
	e->target_len = (uint16_t)get_number(r, RASK_PATH_MAX);
	e->target = (const char *)rask_rd_bytes(r, e->target_len);
	if (e->target_len == 0 || e->target == NULL ||
	    memchr(e->target, '\0', e->target_len) != NULL)
		r->bad = true;
}

/* Read what follows the path. */
static void
get_rest(struct rask_rd *r, struct rask_entry *e, unsigned flags)
{
	if (e->kind != RASK_KIND_LINK)
		e->mode = (uint16_t)get_number(r, MODES);
	if (e->kind != RASK_KIND_DIR) {
		e->size = get_number(r, INT64_MAX);
		e->mtime = (int64_t)rask_rd_u64(r);
	}
	if (e->has_sig) {
		e->ino = get_number(r, UINT64_MAX);
		e->ctime = (int64_t)((uint64_t)e->mtime +
		    unzigzag(get_number(r, UINT64_MAX)));
	}
	if (e->has_hash)
		get_hash(r, e);
	get_version(r, e, flags & FOUND);
	if (e->kind == RASK_KIND_LINK)
		get_target(r, e);
	e->seq = get_number(r, UINT64_MAX);
}

int
rask_entry_decode(struct rask_entry *e, const unsigned char *p, size_t len)
{
	struct rask_rd r = { .p = p, .end = p + len };
	unsigned flags = rask_rd_u8(&r);

	memset(e, 0, offsetof(struct rask_entry, version));
	e->kind = flags & KIND;
	e->has_sig = flags & SIG;
	e->has_hash = flags & HASH;
	e->path_len = (uint16_t)get_number(&r, RASK_PATH_MAX);
	e->path = (const char *)rask_rd_bytes(&r, e->path_len);
	if (r.bad || flags & ~(unsigned)KNOWN ||
	    rask_path_check(e->path, e->path_len) == -1)
		goto bad;
	if (e->has_hash &&
	    (e->kind == RASK_KIND_LINK || e->kind == RASK_KIND_DIR))
		goto bad;
	get_rest(&r, e, flags);
	if (!r.bad && r.p == r.end)
		return 0;
bad:
	errno = EINVAL;
	return -1;
}

enum rask_kind
rask_entry_kind(const unsigned char *p, size_t len)
{
	return len == 0 ? RASK_KIND_GONE : (enum rask_kind)(p[0] & KIND);
}

const char *
rask_entry_path(const unsigned char *p, size_t len, size_t *path_len)
{
	size_t n, head;

	*path_len = 0;
	if (len < 3)
		return NULL;
	head = p[1] & 0x80 ? 3 : 2;
	n = head == 2 ? p[1] : (size_t)(p[1] & 0x7f) << 7 | (p[2] & 0x7f);
	if (n > len - head)
		return NULL;
	*path_len = n;
	return (const char *)p + head;
}
