/* Entries and records as change lines, and lines as entries. */
#include <string.h>

#include "entryline.h"
#include "json.h"

/* Copy a string that is not terminated. */
static const char *
copy(char *to, const char *s, size_t n)
{
	memcpy(to, s, n);
	to[n] = '\0';
	return to;
}

/* Write a hash in hexadecimal. */
static const char *
hex(char to[2 * RASK_SHA_LEN + 1], const unsigned char *p)
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < RASK_SHA_LEN; i++) {
		to[2 * i] = digits[p[i] >> 4];
		to[2 * i + 1] = digits[p[i] & 15];
	}
	to[2 * i] = '\0';
	return to;
}

/* The value of a hexadecimal digit, which it is. */
static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

void
entryline_set(struct entryline *l, const struct rask_entry *e)
{
	static const enum rask_op ops[RASK_KINDS] = { RASK_OP_DEL,
	    RASK_OP_PUT, RASK_OP_SYMLINK, RASK_OP_MKDIR };
	struct rask_change *c = &l->c;

	memset(c, 0, sizeof(*c));
	c->op = ops[e->kind];
	c->path = copy(l->path, e->path, e->path_len);
	c->version = rask_version_print(&e->version, l->version);
	c->size = e->size;
	c->mtime = e->mtime;
	c->mode = e->mode;
	c->ino = e->ino;
	c->ctime = e->ctime;
	c->seq = e->seq;
	if (e->kind == RASK_KIND_FILE || e->kind == RASK_KIND_GONE)
		c->have |= RASK_F_SIZE | RASK_F_MTIME | RASK_F_MODE;
	if (e->kind == RASK_KIND_LINK) {
		c->have |= RASK_F_MTIME;
		c->target = copy(l->target, e->target, e->target_len);
	}
	if (e->kind == RASK_KIND_DIR)
		c->have |= RASK_F_MODE;
	if (e->has_sig)
		c->have |= RASK_F_INO | RASK_F_CTIME;
	if (e->seq > 0)
		c->have |= RASK_F_SEQ;
	if (e->has_hash)
		c->hash = hex(l->hash, e->hash);
}

bool
entryline_record(struct entryline *l, const struct rask_record *r)
{
	struct rask_version v = { .n = 1, .v = { r->dot } };

	if (r->type == RASK_RECORD_CHANGE) {
		entryline_set(l, &r->entry);
		if (r->flags & RASK_RECORD_FOUND)
			l->c.have |= RASK_F_FOUND;
		return true;
	}
	if (r->type != RASK_RECORD_MOVE)
		return false;
	memset(&l->c, 0, sizeof(l->c));
	l->c.op = RASK_OP_MV;
	l->c.path = copy(l->path, r->path, r->path_len);
	l->c.path2 = copy(l->path2, r->path2, r->path2_len);
	l->c.version = rask_version_print(&v, l->version);
	l->c.seq = r->seq;
	l->c.have = RASK_F_SEQ;
	return true;
}

int
entryline_add(struct rask_buf *out, const struct entryline *l, bool json)
{
	return json ? rask_json_format(out, &l->c) :
	    rask_line_format(out, &l->c);
}

/* What kind of entry an operation leaves; -1 for one that leaves none. */
static int
kind_of(enum rask_op op)
{
	switch (op) {
	case RASK_OP_PUT:
		return RASK_KIND_FILE;
	case RASK_OP_SYMLINK:
		return RASK_KIND_LINK;
	case RASK_OP_MKDIR:
		return RASK_KIND_DIR;
	case RASK_OP_DEL:
		return RASK_KIND_GONE;
	default:
		return -1;
	}
}

/* Take the numbers that the kind has.  Returns: 0, or -1 if one is missing. */
static int
take_numbers(struct rask_entry *e, const struct rask_change *c)
{
	unsigned need = e->kind == RASK_KIND_FILE ?
	    RASK_F_SIZE | RASK_F_MTIME | RASK_F_MODE :
	    e->kind == RASK_KIND_LINK ? RASK_F_MTIME :
	    e->kind == RASK_KIND_DIR ? RASK_F_MODE : 0;
	unsigned use = need != 0 ? need :
	    RASK_F_SIZE | RASK_F_MTIME | RASK_F_MODE;

	if ((c->have & need) != need)
		return -1;
	use &= c->have;
	e->size = use & RASK_F_SIZE ? c->size : 0;
	e->mtime = use & RASK_F_MTIME ? c->mtime : 0;
	e->mode = use & RASK_F_MODE ? (uint16_t)c->mode : 0;
	e->has_sig = (c->have & (RASK_F_INO | RASK_F_CTIME)) ==
	    (RASK_F_INO | RASK_F_CTIME);
	e->ino = e->has_sig ? c->ino : 0;
	e->ctime = e->has_sig ? c->ctime : 0;
	return 0;
}

/* Take the hash, if there is one.  Returns: 0, or -1 for none of ours. */
static int
take_hash(struct rask_entry *e, const char *s)
{
	int i;

	if (s == NULL)
		return 0;
	if (strlen(s) != 2 * RASK_SHA_LEN)
		return -1;
	for (i = 0; i < RASK_SHA_LEN; i++)
		e->hash[i] = (unsigned char)(digit(s[2 * i]) << 4 |
		    digit(s[2 * i + 1]));
	e->has_hash = true;
	return 0;
}

int
entryline_parse(struct rask_entry *e, const struct rask_change *c,
    const char **why)
{
	unsigned char bytes[RASK_ENTRY_MAX];
	struct rask_entry again;
	int kind = kind_of(c->op);

	memset(e, 0, sizeof(*e));
	*why = "no line of an entry";
	if (kind == -1)
		return -1;
	e->kind = (enum rask_kind)kind;
	e->path = c->path;
	e->path_len = (uint16_t)strlen(c->path);
	*why = c->version == NULL ? "no version=" : "bad value in version=";
	if (c->version == NULL ||
	    rask_version_parse(&e->version, c->version) == -1)
		return -1;
	*why = "size=, mtime= or mode= is missing";
	if (take_numbers(e, c) == -1)
		return -1;
	*why = "bad value in hash=";
	if (take_hash(e, c->hash) == -1)
		return -1;
	*why = "no target=";
	if (kind == RASK_KIND_LINK) {
		if (c->target == NULL)
			return -1;
		e->target = c->target;
		e->target_len = (uint16_t)strlen(c->target);
	}
	/* The decoder knows what an entry may be. */
	*why = "no legal entry";
	return e->mode > 0777 || e->size > INT64_MAX ? -1 :
	    rask_entry_decode(&again, bytes, rask_entry_encode(e, bytes));
}
