/* lib/settle.h: what a look at a path means. */
#include <errno.h>
#include <string.h>

#include "../../lib/settle.h"
#include "unit.h"

#define NODE	7		/* who looks */

static const unsigned char hash_a[RASK_SHA_LEN] = "content a";
static const unsigned char hash_b[RASK_SHA_LEN] = "content b";

/* A file as it is seen. */
static struct rask_seen
seen_file(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_FILE, .mode = 0644,
	    .size = 10, .mtime = 5000000, .ino = 77, .ctime = 6000000 };
}

/* A link as it is seen: with size and mode of its own. */
static struct rask_seen
seen_link(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_LINK, .mode = 0777,
	    .size = 3, .mtime = 5000000, .ino = 78, .ctime = 6000000,
	    .target = "a/b", .target_len = 3 };
}

/* A directory as it is seen, with a size and mtime of its own. */
static struct rask_seen
seen_dir(void)
{
	return (struct rask_seen){ .kind = RASK_KIND_DIR, .mode = 0755,
	    .size = 4096, .mtime = 5000000, .ino = 79, .ctime = 6000000 };
}

static const struct rask_seen gone = { .kind = RASK_KIND_GONE };

/* The entry that node 3 made of a look. */
static struct rask_entry
entry(struct rask_seen seen, const unsigned char *hash)
{
	struct rask_entry e;

	CHECK(rask_settle_entry(&e, RASK_SETTLE_EDIT, "p/q", 3, NULL, &seen,
	    hash, 3, 0, 100) == 0);
	e.seq = 12;
	return e;
}

/* The tombstone that node 3 left of it. */
static struct rask_entry
tombstone(struct rask_seen seen, const unsigned char *hash)
{
	struct rask_entry e, live = entry(seen, hash);

	CHECK(rask_settle_entry(&e, RASK_SETTLE_DELETE, "p/q", 3, &live,
	    &gone, NULL, 3, 100, 200) == 0);
	e.seq = 13;
	return e;
}

/* Does v print as s? */
static bool
is(const struct rask_version *v, const char *s)
{
	char text[RASK_VERSION_TEXT];

	return strcmp(rask_version_print(v, text), s) == 0;
}

/* What a watcher's line comes to, without a hash. */
static enum rask_settle
live(struct rask_entry e, struct rask_seen seen)
{
	return rask_settle(&e, &seen, false, NULL);
}

static void
test_same(void)
{
	struct rask_seen s = seen_file(), l = seen_link(), d = seen_dir();

	CHECK(live(entry(s, NULL), s) == RASK_SETTLE_NONE);
	CHECK(live(entry(s, hash_a), s) == RASK_SETTLE_NONE);
	CHECK(live(entry(l, NULL), l) == RASK_SETTLE_NONE);
	CHECK(live(entry(d, NULL), d) == RASK_SETTLE_NONE);
}

static void
test_dir(void)
{
	struct rask_seen d = seen_dir();
	struct rask_entry e = entry(d, NULL);

	CHECK(e.size == 0 && e.mtime == 0 && e.mode == 0755);
	d.size = 8192;
	d.mtime++;
	d.ctime++;
	d.ino++;
	CHECK(live(e, d) == RASK_SETTLE_NONE);
	d.mode = 0700;
	CHECK(live(e, d) == RASK_SETTLE_META);
}

static void
test_link(void)
{
	struct rask_seen l = seen_link();
	struct rask_entry e = entry(l, NULL);

	CHECK(e.size == 0 && e.mode == 0 && e.target_len == 3);
	l.ctime++;
	l.mode = 0700;
	l.size = 0;
	CHECK(live(e, l) == RASK_SETTLE_REFRESH);
	e.has_sig = false;
	CHECK(live(e, l) == RASK_SETTLE_REFRESH);
	l.mtime++;
	CHECK(live(e, l) == RASK_SETTLE_EDIT);
	l = seen_link();
	l.target = "a/c";
	CHECK(live(e, l) == RASK_SETTLE_EDIT);
	l.target_len = 2;
	CHECK(live(e, l) == RASK_SETTLE_EDIT);
}

static void
test_edit(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry e = entry(s, hash_a);

	s.size++;
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
	s = seen_file();
	s.mtime--;		/* older too */
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
	CHECK(rask_settle(&e, &s, true, NULL) == RASK_SETTLE_EDIT);
	CHECK(live(e, seen_dir()) == RASK_SETTLE_EDIT);
	CHECK(live(e, seen_link()) == RASK_SETTLE_EDIT);
}

static void
test_mode(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry e = entry(s, hash_a);

	s.mode = 0600;
	s.ctime++;
	CHECK(live(e, s) == RASK_SETTLE_META);
	s.ino++;
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
	e.has_sig = false;
	CHECK(live(e, seen_file()) == RASK_SETTLE_HASH);
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
	s = seen_file();
	e = entry(s, hash_a);
	s.mode = 0600;
	s.mtime++;
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
}

static void
test_hash(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry e = entry(s, hash_a);
	int i;

	for (i = 0; i < 3; i++) {
		s = seen_file();
		s.ino += i == 1;
		s.ctime += i != 1;
		e.has_sig = i < 2;
		CHECK(live(e, s) == RASK_SETTLE_HASH);
		CHECK(rask_settle(&e, &s, false, hash_a) ==
		    RASK_SETTLE_REFRESH);
		CHECK(rask_settle(&e, &s, true, hash_a) ==
		    RASK_SETTLE_REFRESH);
		CHECK(rask_settle(&e, &s, false, hash_b) ==
		    RASK_SETTLE_EDIT);
	}
}

static void
test_no_hash(void)
{
	struct rask_seen s = seen_file();
	struct rask_entry e = entry(s, NULL);

	s.ctime++;
	CHECK(live(e, s) == RASK_SETTLE_REFRESH);
	s.ino++;
	CHECK(live(e, s) == RASK_SETTLE_EDIT);
	e.has_sig = false;
	CHECK(live(e, s) == RASK_SETTLE_REFRESH);
}

static void
test_gone(void)
{
	struct rask_seen s = seen_file();
	int found;

	for (found = 0; found < 2; found++) {
		struct rask_entry e = entry(s, hash_a);
		struct rask_entry t = tombstone(s, hash_a);

		CHECK(rask_settle(NULL, &gone, found, NULL) ==
		    RASK_SETTLE_NONE);
		CHECK(rask_settle(&t, &gone, found, NULL) ==
		    RASK_SETTLE_NONE);
		CHECK(rask_settle(&e, &gone, found, NULL) ==
		    RASK_SETTLE_DELETE);
	}
}

static void
test_unknown(void)
{
	struct rask_seen s = seen_file(), d = seen_dir();
	struct rask_entry t = tombstone(s, hash_a);

	CHECK(rask_settle(NULL, &s, true, NULL) == RASK_SETTLE_FOUND);
	CHECK(rask_settle(NULL, &d, true, NULL) == RASK_SETTLE_FOUND);
	CHECK(rask_settle(NULL, &s, false, NULL) == RASK_SETTLE_EDIT);
	CHECK(rask_settle(&t, &s, true, NULL) == RASK_SETTLE_EDIT);
	CHECK(rask_settle(&t, &s, false, NULL) == RASK_SETTLE_EDIT);
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

/* A look at something of few kinds. */
static struct rask_seen
draw(uint64_t *seed)
{
	static struct rask_seen (*const kinds[])(void) = { seen_file,
	    seen_file, seen_link, seen_dir };
	struct rask_seen s = kinds[unit_below(seed, 4)]();

	if (unit_below(seed, 5) == 0)
		return gone;
	s.mode ^= unit_below(seed, 6) == 0 ? 0077 : 0;
	s.size += unit_below(seed, 6) == 0;
	s.mtime += unit_below(seed, 6) == 0;
	s.ino += unit_below(seed, 3) == 0;
	s.ctime += unit_below(seed, 3) == 0;
	return s;
}

static void
test_twice(void)
{
	struct rask_entry slot[2], *e = NULL, *to;
	struct rask_seen s;
	const unsigned char *hash;
	enum rask_settle how;
	uint64_t seed = 1, last = 0;
	size_t kinds[RASK_SETTLE_DELETE + 1] = { 0 };
	int i;

	for (i = 0; i < 50000; i++) {
		if (i % 20 == 0)
			e = NULL;
		s = draw(&seed);
		hash = NULL;
		to = e == &slot[0] ? &slot[1] : &slot[0];
		how = rask_settle(e, &s, unit_below(&seed, 2), hash);
		kinds[how]++;
		if (how == RASK_SETTLE_HASH) {
			hash = unit_below(&seed, 2) ? hash_a : hash_b;
			how = rask_settle(e, &s, false, hash);
			CHECK(how == RASK_SETTLE_REFRESH ||
			    how == RASK_SETTLE_EDIT);
		} else if (unit_below(&seed, 2)) {
			hash = how == RASK_SETTLE_EDIT ? hash_a : NULL;
		}
		if (how == RASK_SETTLE_NONE)
			continue;
		CHECK(rask_settle_entry(to, how, "p", 1, e, &s, hash, NODE,
		    last, 0) == 0);
		if (how != RASK_SETTLE_REFRESH && e != NULL)
			CHECK(rask_dot_cmp(rask_version_dot(&to->version),
			    rask_version_dot(&e->version)) > 0);
		e = to;
		last = rask_version_dot(&e->version).counter;
		CHECK(rask_settle(e, &s, false, NULL) == RASK_SETTLE_NONE);
		CHECK(rask_settle(e, &s, true, NULL) == RASK_SETTLE_NONE);
	}
	for (i = 0; i <= RASK_SETTLE_DELETE; i++)
		CHECK(kinds[i] > 0);
}

static const struct unit tests[] = {
	{ "what the entry says already is no change", test_same },
	{ "a directory is its mode alone", test_dir },
	{ "a link is its mtime and target; else its signature is refreshed",
	    test_link },
	{ "another kind, size or mtime is an edit, older ones too",
	    test_edit },
	{ "another mode leaves the content as it was if the inode is the "
	    "same", test_mode },
	{ "where only the signature differs the hash decides", test_hash },
	{ "without a hash the same inode has not changed, and an unknown one "
	    "is believed", test_no_hash },
	{ "gone is a delete of what lived, and else nothing", test_gone },
	{ "found is what a scan meets on an unknown path alone",
	    test_unknown },
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
	{ "what was settled is settled: the same look is no change, and "
	    "every edit is above what it replaced", test_twice },
};

UNIT_MAIN(tests)
