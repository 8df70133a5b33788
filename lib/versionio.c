/* Versions as bytes of a frame and as text of a change line. */
#include <errno.h>
#include <string.h>

#include "version.h"
#include "wire.h"

/* Does v keep what version.h says is always true? */
static bool
legal(const struct rask_version *v)
{
	uint64_t top;
	size_t i, tops = 0;

	if (v->n == 0)
		return false;
	top = rask_version_dot(v).counter;
	for (i = 0; i < v->n; i++) {
		if (i > 0 && v->v[i].node <= v->v[i - 1].node)
			return false;
		if (v->v[i].counter == 0 || v->v[i].counter > RASK_COUNTER_MAX)
			return false;
		if (v->v[i].counter == top)
			tops++;
	}
	return tops == 1;
}

size_t
rask_version_encode(const struct rask_version *v, unsigned char *p)
{
	size_t i;

	*p++ = (unsigned char)v->n;
	for (i = 0; i < v->n; i++)
		p = rask_wire_u64(rask_wire_u64(p, v->v[i].node),
		    v->v[i].counter);
	return 1 + 16 * v->n;
}

ssize_t
rask_version_decode(struct rask_version *v, const unsigned char *p, size_t len)
{
	struct rask_rd r = { .p = p, .end = p + len };
	size_t i;

	v->n = rask_rd_u8(&r);
	if (v->n > RASK_VERSION_MAX)
		goto bad;
	for (i = 0; i < v->n; i++) {
		v->v[i].node = rask_rd_u64(&r);
		v->v[i].counter = rask_rd_u64(&r);
	}
	if (!r.bad && legal(v))
		return r.p - p;
bad:
	errno = EINVAL;
	return -1;
}

/* Print a number in hexadecimal; where the next byte goes. */
static char *
put_hex(char *s, uint64_t n)
{
	int shift = 60;

	while (shift > 0 && n >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*s++ = "0123456789abcdef"[n >> shift & 15];
	return s;
}

/* Read a number in hexadecimal; where it ends, NULL if there is none. */
static const char *
get_hex(const char *s, uint64_t *n)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d, *start = s;

	*n = 0;
	for (; *s != '\0' && (d = strchr(digits, *s)) != NULL; s++) {
		if (s - start == 16)
			return NULL;
		*n = *n << 4 | ((size_t)(d - digits) & 15);
	}
	if (s == start || (*start == '0' && s > start + 1))
		return NULL;
	return s;
}

char *
rask_version_print(const struct rask_version *v, char *s)
{
	char *to = s;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (i > 0)
			*to++ = ',';
		to = put_hex(to, v->v[i].counter);
		*to++ = '@';
		to = put_hex(to, v->v[i].node);
	}
	*to = '\0';
	return s;
}

int
rask_version_parse(struct rask_version *v, const char *s)
{
	struct rask_dot *d;

	for (v->n = 0; v->n < RASK_VERSION_MAX; s++) {
		d = &v->v[v->n++];
		if ((s = get_hex(s, &d->counter)) == NULL || *s++ != '@' ||
		    (s = get_hex(s, &d->node)) == NULL)
			break;
		if (*s == '\0') {
			if (legal(v))
				return 0;
			break;
		}
		if (*s != ',')
			break;
	}
	errno = EINVAL;
	return -1;
}
