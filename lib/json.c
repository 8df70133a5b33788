/* Change lines as JSON; the one place that knows json-c. */
#include <json-c/json.h>
#include <openssl/evp.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "json.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD in UTF-8 */

/*
 * Bytes of the one character at s, a string, in the one form that Unicode
 * allows for it (no overlong one, no surrogate, at most U+10FFFF); 0: none.
 */
static size_t
utf8_length(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned lo = 0x80, hi = 0xbf;	/* range of the second byte */
	size_t i, n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* Copy s with a replacement for each byte that is in no character. */
static int
mend_utf8(struct rask_buf *to, const char *s)
{
	size_t n;
	int r = 0;

	for (; *s != '\0' && r == 0; s += n) {
		if ((n = utf8_length(s)) > 0) {
			r = rask_buf_add(to, s, n);
		} else {
			r = rask_buf_str(to, REPLACEMENT);
			n = 1;
		}
	}
	return r;
}

/* Give o a member; takes val, and fails where making val has failed. */
static int
member(struct json_object *o, const char *key, struct json_object *val)
{
	if (val == NULL)
		return -1;
	if (json_object_object_add_ex(o, key, val,
	    JSON_C_OBJECT_ADD_KEY_IS_NEW) == 0)
		return 0;
	json_object_put(val);
	return -1;
}

/* Give o a member with n bytes of text in UTF-8. */
static int
text_member(struct json_object *o, const char *key, const void *s, size_t n)
{
	if (n > INT_MAX) {
		errno = ENOMEM;
		return -1;
	}
	return member(o, key, json_object_new_string_len(s, (int)n));
}

/* Give o a member KEY_base64 with the very bytes of s. */
static int
base64_member(struct json_object *o, const char *key, const char *s)
{
	struct rask_buf b = { 0 };
	size_t n = strlen(s);
	char twin[32];
	void *to;
	int r = -1;

	snprintf(twin, sizeof(twin), "%s_base64", key);
	if (n <= INT_MAX / 2 &&
	    (to = rask_buf_room(&b, (n + 2) / 3 * 4 + 1)) != NULL) {
		n = (size_t)EVP_EncodeBlock(to, (const void *)s, (int)n);
		r = text_member(o, twin, to, n);
	}
	rask_buf_free(&b);
	return r;
}

/* Give o a string of any bytes, with its twin if it is not UTF-8. */
static int
string_member(struct json_object *o, const char *key, const char *s)
{
	struct rask_buf b = { 0 };
	const char *p;
	size_t n;
	int r;

	for (p = s; *p != '\0' && (n = utf8_length(p)) > 0; p += n)
		;
	if (*p == '\0')
		return text_member(o, key, s, (size_t)(p - s));
	if ((r = mend_utf8(&b, s)) == 0)
		r = text_member(o, key, rask_buf_head(&b), rask_buf_left(&b));
	if (r == 0)
		r = base64_member(o, key, s);
	rask_buf_free(&b);
	return r;
}

/* Give o the member for a field of c that stands. */
static int
field_member(struct json_object *o, const struct rask_field *f,
    const struct rask_change *c)
{
	const char *word;
	char mode[16];

	switch (f->kind) {
	case RASK_FIELD_NUM:
		return member(o, f->name,
		    json_object_new_uint64(rask_field_get(uint64_t, f, c)));
	case RASK_FIELD_TIME:
		return member(o, f->name,
		    json_object_new_int64(rask_field_get(int64_t, f, c)));
	case RASK_FIELD_MODE:
		snprintf(mode, sizeof(mode), "%04o",
		    (unsigned)rask_field_get(uint32_t, f, c));
		return text_member(o, f->name, mode, strlen(mode));
	case RASK_FIELD_FOUND:
		return member(o, f->name, json_object_new_boolean(true));
	case RASK_FIELD_ACK:
		word = rask_ack_name(c->ack);
		return string_member(o, f->name, word == NULL ? "" : word);
	default:
		return string_member(o, f->name, rask_field_get(char *, f, c));
	}
}

/* Give o what a remark says. */
static int
remark_members(struct json_object *o, const char *s)
{
	struct rask_buf b = { 0 };
	size_t n = strcspn(s, " ");
	int r = -1;

	if (rask_buf_add(&b, s, n) == 0 && rask_buf_add(&b, "", 1) == 0)
		r = string_member(o, "remark", (char *)rask_buf_head(&b));
	if (r == 0 && s[n] != '\0' && s[n + 1] != '\0')
		r = string_member(o, "text", s + n + 1);
	rask_buf_free(&b);
	return r;
}

/* Give o what a change has. */
static int
change_members(struct json_object *o, const struct rask_change *c)
{
	const struct rask_field *f;

	if (string_member(o, "op", rask_op_name(c->op)) == -1 ||
	    string_member(o, "path", c->path) == -1)
		return -1;
	if (c->op == RASK_OP_MV && string_member(o, "path2", c->path2) == -1)
		return -1;
	for (f = rask_fields; f < rask_fields + RASK_FIELDS; f++)
		if (rask_field_has(f, c) && field_member(o, f, c) == -1)
			return -1;
	return 0;
}

int
rask_json_format(struct rask_buf *out, const struct rask_change *c)
{
	struct json_object *o;
	const char *s;
	char *to;
	size_t n;
	int r;

	if ((c->op != RASK_OP_REMARK && rask_op_name(c->op) == NULL) ||
	    c->path == NULL || (c->op == RASK_OP_MV && c->path2 == NULL)) {
		errno = EINVAL;
		return -1;
	}
	if ((o = json_object_new_object()) == NULL)
		goto none;
	r = c->op == RASK_OP_REMARK ? remark_members(o, c->path) :
	    change_members(o, c);
	if (r == -1 || (s = json_object_to_json_string_length(o,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
	    &n)) == NULL || (to = rask_buf_room(out, n + 1)) == NULL)
		goto none;
	memcpy(to, s, n);
	to[n] = '\n';
	rask_buf_grew(out, n + 1);
	json_object_put(o);
	return 0;
none:
	json_object_put(o);
	errno = ENOMEM;
	return -1;
}
