/*
 * A line that parses becomes one line of strict JSON in UTF-8, from which the
 * path can be had again.
 */
#include <json-c/json.h>
#include <openssl/evp.h>

#include <string.h>

#include "../../lib/json.h"
#include "check.h"

/* The string of a member, NULL if there is none. */
static const char *
string(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	    json_object_get_string(v) : NULL;
}

/* Does a member, or its twin, have this string? */
static void
tells(struct json_object *o, const char *key, const char *twin,
    const char *want)
{
	const char *b64 = string(o, twin);
	unsigned char *p;
	size_t n;

	CHECK(string(o, key) != NULL);
	if (b64 == NULL) {
		CHECK(strcmp(string(o, key), want) == 0);
		return;
	}
	n = strlen(b64);
	CHECK((p = malloc(n + 1)) != NULL);
	CHECK(EVP_DecodeBlock(p, (const void *)b64, (int)n) ==
	    (int)(n / 4 * 3));
	CHECK(n / 4 == (strlen(want) + 2) / 3);
	CHECK(memcmp(p, want, strlen(want)) == 0);
	free(p);
}

/* Check the JSON of a change. */
static void
check(const struct rask_change *c, const char *s, size_t len)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	CHECK(t != NULL);
	CHECK(len > 0 && s[len - 1] == '\n');
	CHECK(memchr(s, '\n', len - 1) == NULL);
	json_tokener_set_flags(t,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, s, (int)len);
	CHECK(o != NULL && json_tokener_get_error(t) == json_tokener_success);
	if (c->op != RASK_OP_REMARK)
		tells(o, "path", "path_base64", c->path);
	if (c->op == RASK_OP_MV)
		tells(o, "path2", "path2_base64", c->path2);
	if (c->op != RASK_OP_REMARK && c->target != NULL)
		tells(o, "target", "target_base64", c->target);
	json_object_put(o);
	json_tokener_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_change c;
	struct rask_buf b = { 0 };
	const char *why;
	char *copy;

	CHECK((copy = malloc(len + 1)) != NULL);
	memcpy(copy, data, len);
	if (rask_line_parse(copy, len, &c, &why) == 0 &&
	    memchr(copy, '\n', len) == NULL) {
		CHECK(rask_json_format(&b, &c) == 0);
		check(&c, (char *)rask_buf_head(&b), rask_buf_left(&b));
	}
	free(copy);
	rask_buf_free(&b);
	return 0;
}
