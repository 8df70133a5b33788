/* lib/settle.h: what a look at a path means. */
#include "../../lib/settle.h"
#include "looks.h"
#include "unit.h"

#define NODE	7		/* who looks */

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
	{ "what was settled is settled: the same look is no change, and "
	    "every edit is above what it replaced", test_twice },
};

UNIT_MAIN(tests)
