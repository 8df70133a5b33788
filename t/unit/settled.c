/* lib/settle.h: the entry that comes of a look at a path. */
#include <errno.h>
#include <string.h>

#include "../../lib/settle.h"
#include "looks.h"
#include "unit.h"

#define NODE	7		/* who looks */

/* Does v print as s? */
static bool
is(const struct rask_version *v, const char *s)
{
	char text[RASK_VERSION_TEXT];

	return strcmp(rask_version_print(v, text), s) == 0;
}

/* The entry that a decision on e makes. */
static struct rask_entry
make(enum rask_settle how, const struct rask_entry *e, struct rask_seen seen,
    const unsigned char *hash)
{
	struct rask_entry out;

	memset(&out, 0xee, sizeof(out));
	CHECK(rask_settle_entry(&out, how, "p/q", 3, e, &seen, hash, NODE,
	    50, 300) == 0);
	CHECK(out.path_len == 3 && memcmp(out.path, "p/q", 3) == 0);
	return out;
}

static void
test_found_entry(void)
{
	struct rask_entry e = make(RASK_SETTLE_FOUND, NULL, seen_file(),
	    NULL), f;
	struct rask_seen d = seen_dir();

	CHECK(e.kind == RASK_KIND_FILE && e.size == 10 && e.mode == 0644);
	CHECK(e.mtime == 5000000 && e.has_sig && e.ino == 77);
	CHECK(e.ctime == 6000000 && !e.has_hash && e.seq == 0);
	CHECK(e.target_len == 0);
	CHECK(is(&e.version, "1388@0"));	/* 5,000 us */
	e = make(RASK_SETTLE_FOUND, NULL, seen_link(), NULL);
	CHECK(is(&e.version, "1388@0") && e.target_len == 3);
	e = make(RASK_SETTLE_FOUND, NULL, d, NULL);
	d.mtime += 1000000;
	d.size++;
	f = make(RASK_SETTLE_FOUND, NULL, d, NULL);
	CHECK(is(&e.version, "1@0") && is(&f.version, "1@0"));
	CHECK(f.size == 0 && f.mtime == 0);
}

static void
test_edit_entry(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry old = entry(s, hash_a), t, e;

	s.size = 11;
	e = make(RASK_SETTLE_EDIT, &old, s, NULL);
	CHECK(is(&e.version, "64@3,12c@7"));
	CHECK(e.size == 11 && !e.has_hash && e.seq == 0 && e.has_sig);
	e = make(RASK_SETTLE_EDIT, &old, s, hash_b);
	CHECK(e.has_hash && memcmp(e.hash, hash_b, RASK_SHA_LEN) == 0);
	e = make(RASK_SETTLE_EDIT, NULL, s, NULL);
	CHECK(is(&e.version, "12c@7"));
	t = tombstone(s, hash_a);
	e = make(RASK_SETTLE_EDIT, &t, s, NULL);
	CHECK(is(&e.version, "c8@3,12c@7") && !e.has_hash);
	e = make(RASK_SETTLE_EDIT, &old, seen_dir(), hash_b);
	CHECK(!e.has_hash && e.size == 0 && e.mtime == 0);
}

static void
test_meta_entry(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry old = entry(s, hash_a), e;

	s.mode = 0600;
	s.ctime++;
	e = make(RASK_SETTLE_META, &old, s, NULL);
	CHECK(is(&e.version, "64@3,12c@7") && e.mode == 0600);
	CHECK(e.has_hash && memcmp(e.hash, hash_a, RASK_SHA_LEN) == 0);
	CHECK(e.seq == 0 && e.ctime == 6000001);
	old = entry(s, NULL);
	e = make(RASK_SETTLE_META, &old, s, NULL);
	CHECK(!e.has_hash);
}

static void
test_refresh_entry(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry old = entry(s, hash_a), e;

	s.ino = 99;
	s.ctime++;
	e = make(RASK_SETTLE_REFRESH, &old, s, hash_a);
	CHECK(is(&e.version, "64@3") && e.seq == 12 && e.has_sig);
	CHECK(e.ino == 99 && e.ctime == 6000001 && e.has_hash);
	CHECK(e.size == 10 && e.mtime == 5000000 && e.mode == 0644);
	old = entry(s, NULL);
	old.has_sig = false;
	e = make(RASK_SETTLE_REFRESH, &old, s, NULL);
	CHECK(e.has_sig && !e.has_hash);
}

static void
test_delete_entry(void)
{
	struct rask_entry old = entry(seen_file(), hash_a), e;

	e = make(RASK_SETTLE_DELETE, &old, gone, NULL);
	CHECK(e.kind == RASK_KIND_GONE && e.size == 10 && e.mode == 0644);
	CHECK(e.mtime == 5000000 && e.has_sig && e.ino == 77);
	CHECK(e.ctime == 6000000 && e.has_hash && e.seq == 0);
	CHECK(memcmp(e.hash, hash_a, RASK_SHA_LEN) == 0);
	CHECK(is(&e.version, "64@3,12c@7"));
	old = entry(seen_link(), NULL);
	e = make(RASK_SETTLE_DELETE, &old, gone, NULL);
	CHECK(e.target_len == 0);
}

static void
test_bounds(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry e = entry(s, NULL), out, before;
	uint64_t i;

	for (i = 100; e.version.n < RASK_VERSION_MAX; i++)
		CHECK(rask_version_next(&e.version, &e.version, i, 0, 0) ==
		    0);
	out = make(RASK_SETTLE_EDIT, &e, s, NULL);
	CHECK(out.version.n == RASK_VERSION_MAX);
	CHECK(rask_version_dot(&out.version).node == NODE);
	CHECK(!rask_version_covers(&out.version, e.version.v[0]));
	memset(&before, 0xee, sizeof(before));
	out = before;
	CHECK(rask_settle_entry(&out, RASK_SETTLE_DELETE, "p", 1, &e, &gone,
	    NULL, NODE, RASK_COUNTER_MAX, 0) == -1 && errno == EOVERFLOW);
	CHECK(rask_settle_entry(&out, RASK_SETTLE_NONE, "p", 1, &e, &s,
	    NULL, NODE, 0, 0) == -1 && errno == EINVAL);
	CHECK(rask_settle_entry(&out, RASK_SETTLE_HASH, "p", 1, &e, &s,
	    NULL, NODE, 0, 0) == -1 && errno == EINVAL);
	CHECK(memcmp(&out, &before, sizeof(out)) == 0);
}

static const struct unit tests[] = {
	{ "found content has its mtime for a dot, and every directory the "
	    "same", test_found_entry },
	{ "an edit replaces what stood there, tombstone included, and its "
	    "hash is unknown unless told", test_edit_entry },
	{ "a change of mode keeps the hash", test_meta_entry },
	{ "a refresh changes the signature and nothing else",
	    test_refresh_entry },
	{ "a tombstone keeps what was deleted, but for a target",
	    test_delete_entry },
	{ "a full ancestry is shortened; a counter past its end is refused, "
	    "with nothing changed", test_bounds },
};

UNIT_MAIN(tests)
