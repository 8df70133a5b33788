/* Change lines, read. */
#include <errno.h>
#include <string.h>

#include "field.h"
#include "line.h"
#include "path.h"

/* What is left of a line. */
struct rest {
	char *p;		/* first byte of the next token, NULL: none */
	char *end;		/* the line's NUL */
};

static const struct {
	const char *name;	/* first word of the line */
	size_t len;		/* bytes in name */
} ops[] = {
	[RASK_OP_PUT] = { "put", 3 },
	[RASK_OP_SYMLINK] = { "symlink", 7 },
	[RASK_OP_MKDIR] = { "mkdir", 5 },
	[RASK_OP_DEL] = { "del", 3 },
	[RASK_OP_MV] = { "mv", 2 },
	[RASK_OP_TREE] = { "tree", 4 },
};

#define NOPS	(sizeof(ops) / sizeof(ops[0]))

const char *
rask_op_name(enum rask_op op)
{
	return (size_t)op < NOPS ? ops[op].name : NULL;
}

/* The operation for a word, 0 if there is none. */
static enum rask_op
op_find(const char *s, size_t len)
{
	size_t i;

	for (i = RASK_OP_PUT; i < NOPS; i++)
		if (ops[i].len == len && memcmp(ops[i].name, s, len) == 0)
			return (enum rask_op)i;
	return 0;
}

/* Cut off the next token, as a string; NULL after the last. */
static char *
token(struct rest *r, size_t *len)
{
	char *s = r->p, *tab;

	if (s == NULL)
		return NULL;
	if ((tab = memchr(s, '\t', (size_t)(r->end - s))) == NULL) {
		*len = (size_t)(r->end - s);
		r->p = NULL;
	} else {
		*tab = '\0';
		*len = (size_t)(tab - s);
		r->p = tab + 1;
	}
	return s;
}

/* Does a control byte stand in the line that can be no separator? */
static int
has_control(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i;

	for (i = 0; i < len; i++)
		if ((p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f)
			return 1;
	return 0;
}

/* The value of a hexadecimal digit, or -1. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undo one escape at s, a backslash; say how many bytes it has, or 0. */
static size_t
unescape_one(const char *s, char *to)
{
	int hi, lo;

	switch (s[1]) {
	case '\\':
		*to = '\\';
		return 2;
	case 't':
		*to = '\t';
		return 2;
	case 'n':
		*to = '\n';
		return 2;
	case 'r':
		*to = '\r';
		return 2;
	case 'x':
		if ((hi = digit(s[2])) == -1 || (lo = digit(s[3])) == -1)
			return 0;
		*to = (char)(hi << 4 | lo);
		return *to == '\0' ? 0 : 4;
	}
	return 0;
}

/* Undo the escapes of a token in place; -1 if one is bad. */
static int
unescape(char *s, size_t *len)
{
	char *end = s + *len, *from, *to;
	size_t n;

	if ((from = memchr(s, '\\', *len)) == NULL)
		return 0;
	for (to = from; from < end; to++) {
		if (*from != '\\') {
			*to = *from++;
			continue;
		}
		/* A NUL behind the token ends an escape that is cut short. */
		if ((n = unescape_one(from, to)) == 0)
			return -1;
		from += n;
	}
	*to = '\0';
	*len = (size_t)(to - s);
	return 0;
}

/* What rask_path_check() did not like, in words. */
static const char *
path_fault(const char *p, size_t len)
{
	const char *s = p;

	if (len > RASK_PATH_MAX)
		return "path is too long";
	if (errno == ENAMETOOLONG)
		return "a name in the path is too long";
	if (*p == '/')
		return "path is not relative";
	if (strncmp(p, ".rask", 5) == 0 && (p[5] == '/' || p[5] == '\0'))
		return "path is reserved";
	do {
		if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || s[2] == '\0'))
			return "path leaves the tree";
	} while ((s = strchr(s, '/')) != NULL && *++s != '\0');
	return "path has an empty or '.' component";
}

/* Take the next token as a path; NULL, or a phrase with errno set. */
static const char *
take_path(struct rest *r, enum rask_op op, const char **path,
    const char *missing)
{
	size_t len;
	char *s;

	errno = EINVAL;
	if ((s = token(r, &len)) == NULL || len == 0)
		return missing;
	if (unescape(s, &len) == -1)
		return "bad escape";
	*path = s;
	if (op == RASK_OP_TREE) {
		if (*s != '/')
			return "tree is not an absolute path";
		if (len <= RASK_PATH_MAX)
			return NULL;
		errno = ENAMETOOLONG;
		return "path is too long";
	}
	if (rask_path_check(s, len) == -1)
		return path_fault(s, len);
	return NULL;
}

/* Take one field; NULL, or a phrase with errno set. */
static const char *
take_field(struct rask_change *c, char *s, size_t len)
{
	const struct rask_field *f;
	char *val;

	errno = EINVAL;
	if ((val = memchr(s, '=', len)) == NULL)
		return "field without '='";
	if (val == s)
		return "field without a name";
	if ((f = rask_field_find(s, (size_t)(val - s))) == NULL)
		return NULL;
	if (rask_field_has(f, c))
		return "field given twice";
	len -= (size_t)(++val - s);
	if (unescape(val, &len) == -1)
		return "bad escape";
	return rask_field_set(f, c, val, len) == -1 ? f->bad : NULL;
}

/* Take all that comes after the operation; NULL, or a phrase. */
static const char *
take_rest(struct rask_change *c, struct rest *r)
{
	const char *why;
	size_t len;
	char *s;

	if ((why = take_path(r, c->op, &c->path, "missing path")) != NULL)
		return why;
	if (c->op == RASK_OP_MV) {
		if ((why = take_path(r, c->op, &c->path2,
		    "missing second path")) != NULL)
			return why;
		errno = EINVAL;
		if (rask_path_meet(c->path, c->path2))
			return "one path is the other or lies in it";
	}
	while ((s = token(r, &len)) != NULL)
		if ((why = take_field(c, s, len)) != NULL)
			return why;
	return NULL;
}

int
rask_line_parse(char *s, size_t len, struct rask_change *c, const char **why)
{
	struct rest r = { s, s + len };
	const char *fault = NULL;
	size_t n = 0;
	char *word;

	memset(c, 0, sizeof(*c));
	s[len] = '\0';
	errno = EINVAL;
	if (len == 0) {
		fault = "empty line";
	} else if (*s == '#') {
		c->op = RASK_OP_REMARK;
		c->path = s + (s[1] == ' ' ? 2 : 1);
		if (memchr(s, '\0', len) != NULL)
			fault = "control byte";
	} else if (has_control(s, len)) {
		fault = "control byte";
	} else {
		word = token(&r, &n);
		if ((c->op = op_find(word, n)) == 0)
			fault = "unknown operation";
		else
			fault = take_rest(c, &r);
	}
	if (fault == NULL)
		return 0;
	*why = fault;
	return -1;
}
