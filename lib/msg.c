/*
 * The bodies of changes.  All of them open alike:
 *
 *	u32 mode   u64 size   i64 mtime   str path   str other   str extras
 *
 * and then comes what only their type has.  Extras are (u16 tag, str value);
 * a tag with its high bit set must be understood, others are passed over.
 */
#include <errno.h>
#include <string.h>

#include "msg.h"
#include "path.h"
#include "wire.h"

#define OTHER_MAX	4095
#define EXTRAS_MAX	4096

/* Add a string with its length. */
static unsigned char *
put_str(unsigned char *p, const char *s)
{
	size_t n = strlen(s);

	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, s, n);
	return p + n;
}

/* Add bytes as they are. */
static unsigned char *
put_bytes(unsigned char *p, const void *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

size_t
rask_msg_write(unsigned char *to, const struct rask_msg *m)
{
	struct rask_frame f = { .type = m->type, .class = m->class,
	    .stream = m->stream };
	unsigned char *p = to + RASK_FRAME_HEAD;

	p = rask_wire_u32(p, m->mode);
	p = rask_wire_u64(p, m->size);
	p = rask_wire_u64(p, (uint64_t)m->mtime);
	p = put_str(p, m->path);
	p = put_str(p, m->type == RASK_MV || m->type == RASK_SYMLINK ?
	    m->other : "");
	p = rask_wire_u16(p, 0);
	switch (m->type) {
	case RASK_PUT:
		p = put_bytes(p, m->hash, RASK_SHA_LEN);
		break;
	case RASK_META:
		p = put_bytes(p, m->hash, RASK_SHA_LEN);
		p = rask_wire_u64(p, (uint64_t)m->base);
		break;
	case RASK_OPEN:
		p = put_bytes(p, m->hash, RASK_KEY_LEN);
		p = put_bytes(p, m->id, RASK_ID_LEN);
		break;
	case RASK_MV:
		p = put_bytes(p, m->id, RASK_ID_LEN);
		break;
	}
	f.len = (uint32_t)(p - to - RASK_FRAME_HEAD) +
	    (m->type == RASK_PUT ? (uint32_t)m->size : 0);
	rask_frame_head(to, &f);
	return (size_t)(p - to);
}

/*
 * Take a name into to, which has room for max bytes and a NUL.  One that no
 * name can be is cut short, and *e says why.
 */
static void
take_name(struct rask_rd *r, char *to, size_t max, int *e)
{
	size_t n = rask_rd_u16(r);
	const unsigned char *s = rask_rd_bytes(r, n);

	to[0] = '\0';
	if (s == NULL)
		return;
	if (memchr(s, '\0', n) != NULL)
		*e = EINVAL;
	if (n > max) {
		*e = ENAMETOOLONG;
		n = max;
	}
	memcpy(to, s, n);
	to[n] = '\0';
}

/* Pass over the extras; one that must be understood breaks the rules. */
static void
skip_extras(struct rask_rd *r)
{
	struct rask_rd x = { NULL, NULL, false };
	size_t n = rask_rd_u16(r);
	uint16_t tag;

	if (n > EXTRAS_MAX || (x.p = rask_rd_bytes(r, n)) == NULL) {
		r->bad = true;
		return;
	}
	x.end = x.p + n;
	while (x.p < x.end && !x.bad) {
		tag = rask_rd_u16(&x);
		if ((tag & 0x8000) != 0)
			x.bad = true;
		rask_rd_bytes(&x, rask_rd_u16(&x));
	}
	if (x.bad)
		r->bad = true;
}

/* Copy n bytes that must be there. */
static void
take_bytes(struct rask_rd *r, unsigned char *to, size_t n)
{
	const unsigned char *p = rask_rd_bytes(r, n);

	if (p != NULL)
		memcpy(to, p, n);
}

/* What only this type has. */
static void
take_rest(struct rask_rd *r, struct rask_msg *m)
{
	switch (m->type) {
	case RASK_PUT:
		take_bytes(r, m->hash, RASK_SHA_LEN);
		if (m->size > RASK_INLINE_MAX)
			r->bad = true;
		else
			m->content = rask_rd_bytes(r, (size_t)m->size);
		break;
	case RASK_META:
		take_bytes(r, m->hash, RASK_SHA_LEN);
		m->base = (int64_t)rask_rd_u64(r);
		break;
	case RASK_OPEN:
		take_bytes(r, m->hash, RASK_KEY_LEN);
		take_bytes(r, m->id, RASK_ID_LEN);
		break;
	case RASK_MV:
		take_bytes(r, m->id, RASK_ID_LEN);
		break;
	}
}

/* Are the names those that this type may have? */
static int
check_names(const struct rask_msg *m)
{
	if (rask_path_check(m->path, strlen(m->path)) == -1)
		return -1;
	if (m->type == RASK_MV) {
		if (rask_path_check(m->other, strlen(m->other)) == -1)
			return -1;
		if (rask_path_meet(m->path, m->other)) {
			errno = EINVAL;
			return -1;
		}
	}
	if (m->type == RASK_SYMLINK && m->other[0] == '\0') {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
rask_msg_parse(struct rask_msg *m, const struct rask_frame *f)
{
	struct rask_rd r = { f->body, f->body + f->len, false };
	int e = 0;

	m->type = f->type;
	m->class = f->class;
	m->stream = f->stream;
	m->content = NULL;
	m->base = 0;
	m->mode = rask_rd_u32(&r);
	m->size = rask_rd_u64(&r);
	m->mtime = (int64_t)rask_rd_u64(&r);
	take_name(&r, m->path, RASK_PATH_MAX, &e);
	take_name(&r, m->other, OTHER_MAX, &e);
	skip_extras(&r);
	take_rest(&r, m);
	if (r.bad || r.p != r.end || m->stream == 0 || m->mode > 0777 ||
	    m->size > INT64_MAX || (m->other[0] != '\0' &&
	    m->type != RASK_MV && m->type != RASK_SYMLINK)) {
		errno = EPROTO;
		return -1;
	}
	if (e != 0) {
		errno = e;
		return -1;
	}
	return check_names(m);
}
