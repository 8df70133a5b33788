/* lib/json.h: change lines as JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/json.h"
#include "unit.h"

/* Check that a line becomes this JSON. */
static void
becomes(const char *line, const char *json)
{
	struct rask_change c;
	struct rask_buf b = { 0 };
	const char *why;
	char buf[1024];

	strcpy(buf, line);
	CHECK_FOR(line, rask_line_parse(buf, strlen(buf), &c, &why) == 0);
	CHECK_FOR(line, rask_json_format(&b, &c) == 0);
	CHECK(rask_buf_add(&b, "", 1) == 0);
	CHECK_FOR((char *)rask_buf_head(&b),
	    strcmp((char *)rask_buf_head(&b), json) == 0);
	rask_buf_free(&b);
}

static void
test_changes(void)
{
	becomes("put\ta/b", "{\"op\":\"put\",\"path\":\"a/b\"}\n");
	becomes("mv\ta\tb", "{\"op\":\"mv\",\"path\":\"a\",\"path2\":\"b\"}\n");
	becomes("tree\t/srv", "{\"op\":\"tree\",\"path\":\"/srv\"}\n");
	becomes("symlink\ta\ttarget=../x",
	    "{\"op\":\"symlink\",\"path\":\"a\",\"target\":\"../x\"}\n");
}

static void
test_fields(void)
{
	becomes("put\ta\tsize=18446744073709551615\tmtime=-5\tmode=0644"
	    "\tfound=1\tlag_us=7\tack=durable\thash=00ff\tversion=5@1",
	    "{\"op\":\"put\",\"path\":\"a\",\"size\":18446744073709551615,"
	    "\"mtime\":-5,\"mode\":\"0644\",\"found\":true,"
	    "\"version\":\"5@1\",\"hash\":\"00ff\",\"lag_us\":7,"
	    "\"ack\":\"durable\"}\n");
	becomes("del\ta\tfrom=local\treason=newer\tpeer=b",
	    "{\"op\":\"del\",\"path\":\"a\",\"from\":\"local\","
	    "\"peer\":\"b\",\"reason\":\"newer\"}\n");
}

static void
test_remarks(void)
{
	becomes("# ready", "{\"remark\":\"ready\"}\n");
	becomes("#", "{\"remark\":\"\"}\n");
	becomes("# dropped 5", "{\"remark\":\"dropped\",\"text\":\"5\"}\n");
	becomes("# scan a b\\tc",
	    "{\"remark\":\"scan\",\"text\":\"a b\\\\tc\"}\n");
	becomes("# dropped ", "{\"remark\":\"dropped\"}\n");
	becomes("# scan \xff", "{\"remark\":\"scan\",\"text\":\"\xef\xbf\xbd\","
	    "\"text_base64\":\"/w==\"}\n");
}

static void
test_quotes(void)
{
	becomes("put\ta\"b\\\\c",
	    "{\"op\":\"put\",\"path\":\"a\\\"b\\\\c\"}\n");
	becomes("put\ta\\nb\\t\\x01",
	    "{\"op\":\"put\",\"path\":\"a\\nb\\t\\u0001\"}\n");
	becomes("put\t</script>", "{\"op\":\"put\",\"path\":\"</script>\"}\n");
}

/* The bytes of s, as the path, are UTF-8 and need no twin. */
static void
passes(const char *s)
{
	char line[64], json[128];

	snprintf(line, sizeof(line), "put\t%s", s);
	snprintf(json, sizeof(json), "{\"op\":\"put\",\"path\":\"%s\"}\n", s);
	becomes(line, json);
}

/* They are not: there are so many bad ones, and a twin. */
static void
fails(const char *s, int bad, const char *twin)
{
	char line[64], json[256], marks[64] = "";

	while (bad-- > 0)
		strcat(marks, "\xef\xbf\xbd");
	snprintf(line, sizeof(line), "put\tx%sy", s);
	snprintf(json, sizeof(json), "{\"op\":\"put\",\"path\":\"x%sy\","
	    "\"path_base64\":\"%s\"}\n", marks, twin);
	becomes(line, json);
}

static void
test_utf8(void)
{
	passes("\xc2\x80");
	passes("\xdf\xbf");
	passes("\xe0\xa0\x80");
	passes("\xed\x9f\xbf");
	passes("\xee\x80\x80");
	passes("\xef\xbf\xbf");
	passes("\xf0\x90\x80\x80");
	passes("\xf4\x8f\xbf\xbf");
	passes("Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void
test_not_utf8(void)
{
	fails("\xff", 1, "eP95");
	fails("\x80", 1, "eIB5");
	fails("\xc0\xaf", 2, "eMCveQ==");		/* overlong slash */
	fails("\xc1\xbf", 2, "eMG/eQ==");
	fails("\xe0\x9f\xbf", 3, "eOCfv3k=");		/* overlong */
	fails("\xed\xa0\x80", 3, "eO2ggHk=");		/* a surrogate */
	fails("\xf0\x8f\xbf\xbf", 4, "ePCPv795");	/* overlong */
	fails("\xf4\x90\x80\x80", 4, "ePSQgIB5");	/* past U+10FFFF */
	fails("\xf5\x80\x80\x80", 4, "ePWAgIB5");
	fails("\xc3", 1, "eMN5");			/* cut short */
	fails("\xe2\x82", 2, "eOKCeQ==");
	fails("\xf0\x9f\x98", 3, "ePCfmHk=");
}

static void
test_end(void)
{
	becomes("put\ta\xe2\x82", "{\"op\":\"put\",\"path\":"
	    "\"a\xef\xbf\xbd\xef\xbf\xbd\",\"path_base64\":\"YeKC\"}\n");
	becomes("mv\t\xff\tb\xff\tfrom=\xff",
	    "{\"op\":\"mv\",\"path\":\"\xef\xbf\xbd\",\"path_base64\":\"/w==\","
	    "\"path2\":\"b\xef\xbf\xbd\",\"path2_base64\":\"Yv8=\","
	    "\"from\":\"\xef\xbf\xbd\",\"from_base64\":\"/w==\"}\n");
}

static void
test_incomplete(void)
{
	struct rask_change c = { .op = RASK_OP_MV, .path = "a" };
	struct rask_buf b = { 0 };

	CHECK(rask_json_format(&b, &c) == -1 && errno == EINVAL);
	c.op = 0;
	CHECK(rask_json_format(&b, &c) == -1 && errno == EINVAL);
	CHECK(rask_buf_left(&b) == 0);
	rask_buf_free(&b);
}

static const struct unit tests[] = {
	{ "a change is an object with the names of its line", test_changes },
	{ "times and sizes are numbers, mode is octal text", test_fields },
	{ "a remark is its first word and the rest", test_remarks },
	{ "quotes and controls are escaped, slashes are not", test_quotes },
	{ "UTF-8 stands as it is", test_utf8 },
	{ "a name that is not UTF-8 is told twice", test_not_utf8 },
	{ "each string has its own twin", test_end },
	{ "a change without its paths is not written", test_incomplete },
};

UNIT_MAIN(tests)
