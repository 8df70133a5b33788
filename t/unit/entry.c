/* lib/entry.h: entries as bytes, and what a set of them comes to. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/entry.h"
#include "../../lib/path.h"
#include "unit.h"

/* A number of any length. */
static uint64_t
draw_number(uint64_t *seed)
{
	uint64_t n = unit_random(seed);

	return n >> unit_below(seed, 64);
}

/* A legal version of no history: half are what a scan gives. */
static void
draw_version(uint64_t *seed, struct rask_entry *e)
{
	struct rask_dot *d = e->version.v;
	size_t i;

	rask_version_found(&e->version, e->mtime);
	if (unit_below(seed, 2) == 0)
		return;
	e->version.n = 1 + unit_below(seed, 3);
	for (i = 0; i < e->version.n; i++) {
		d[i].node = (i ? d[i - 1].node + 1 : 0) + unit_below(seed, 2);
		d[i].counter = 1 + unit_below(seed, 3);
	}
	d[unit_below(seed, e->version.n)].counter = 4 + unit_below(seed, 2);
}

/* Any legal entry; few: of few values, so that they often meet. */
static void
draw(uint64_t *seed, struct rask_entry *e, bool few)
{
	static const char *const target[] = { "a", "b", "../c" };

	memset(e, 0, sizeof(*e));
	e->kind = (enum rask_kind)unit_below(seed, RASK_KINDS);
	e->path = "dir/file.jpg";
	e->path_len = (uint16_t)(few ? 12 : 5 + unit_below(seed, 8));
	e->mode = (uint16_t)unit_below(seed, few ? 2 : 01000);
	e->size = few ? unit_below(seed, 3) : draw_number(seed) >> 1;
	e->mtime = few ? 4000 + (int64_t)unit_below(seed, 3) :
	    (int64_t)draw_number(seed);
	e->seq = draw_number(seed);
	if ((e->has_hash = unit_below(seed, 2)))
		memset(e->hash, (int)unit_below(seed, 3), sizeof(e->hash));
	if ((e->has_sig = unit_below(seed, 2))) {
		e->ino = draw_number(seed);
		e->ctime = (int64_t)draw_number(seed);
	}
	if (e->kind == RASK_KIND_DIR)
		e->size = 0, e->mtime = 0;
	if (e->kind == RASK_KIND_DIR || e->kind == RASK_KIND_LINK) {
		e->has_hash = false;
		memset(e->hash, 0, sizeof(e->hash));
	}
	if (e->kind == RASK_KIND_LINK) {
		e->mode = 0;
		e->target = target[unit_below(seed, 3)];
		e->target_len = (uint16_t)strlen(e->target);
	}
	draw_version(seed, e);
}

/* Do strings say the same? */
static bool
alike(const char *a, size_t n, const char *b, size_t m)
{
	return n == m && (n == 0 || memcmp(a, b, n) == 0);
}

/* Are all the fields the same that peers share? */
static bool
same(const struct rask_entry *a, const struct rask_entry *b)
{
	return a->kind == b->kind && a->has_hash == b->has_hash &&
	    memcmp(a->hash, b->hash, RASK_SHA_LEN) == 0 &&
	    a->mode == b->mode && a->size == b->size &&
	    a->mtime == b->mtime &&
	    alike(a->path, a->path_len, b->path, b->path_len) &&
	    alike(a->target, a->target_len, b->target, b->target_len) &&
	    rask_dot_cmp(rask_version_dot(&a->version),
	    rask_version_dot(&b->version)) == 0;
}

/* Are really all the same? */
static bool
equal(const struct rask_entry *a, const struct rask_entry *b)
{
	return same(a, b) && a->has_sig == b->has_sig && a->ino == b->ino &&
	    a->ctime == b->ctime && a->seq == b->seq &&
	    a->version.n == b->version.n &&
	    memcmp(a->version.v, b->version.v,
	    a->version.n * sizeof(a->version.v[0])) == 0;
}

static void
test_round_trip(void)
{
	unsigned char p[RASK_ENTRY_MAX], q[RASK_ENTRY_MAX];
	struct rask_entry e, f;
	uint64_t seed = 1, from;
	const char *path;
	size_t len, n;
	int round;

	for (round = 0; round < 50000; round++) {
		from = seed;
		draw(&seed, &e, round & 1);
		len = rask_entry_encode(&e, p);
		CHECK_SEED(from, rask_entry_decode(&f, p, len) == 0);
		CHECK_SEED(from, equal(&e, &f));
		CHECK_SEED(from, rask_entry_encode(&f, q) == len);
		CHECK_SEED(from, memcmp(p, q, len) == 0);
		path = rask_entry_path(p, len, &n);
		CHECK_SEED(from, path == f.path && n == f.path_len);
	}
}

/* Cut, longer, or with a bit that is another one. */
static void
test_damage(void)
{
	unsigned char p[RASK_ENTRY_MAX], q[RASK_ENTRY_MAX], *cut;
	uint64_t seed = 1, from;
	struct rask_entry e, f;
	size_t len, n, bit;
	int round;

	for (round = 0; round < 300; round++) {
		from = seed;
		draw(&seed, &e, round & 1);
		len = rask_entry_encode(&e, p);
		p[len] = 0;
		CHECK_SEED(from, rask_entry_decode(&f, p, len + 1) == -1);
		for (n = 0; n < len; n++) {
			/* Exactly as large: to read on would be seen. */
			CHECK((cut = malloc(n ? n : 1)) != NULL);
			memcpy(cut, p, n);
			CHECK_SEED(from, rask_entry_decode(&f, cut, n) == -1);
			rask_entry_path(cut, n, &bit);
			free(cut);
		}
		for (bit = 0; bit < 8 * len; bit++) {
			p[bit / 8] ^= (unsigned char)(1 << bit % 8);
			if (rask_entry_decode(&f, p, len) == 0) {
				CHECK_SEED(from, !equal(&e, &f));
				CHECK_SEED(from,
				    rask_entry_encode(&f, q) == len);
				CHECK_SEED(from, memcmp(p, q, len) == 0);
			}
			p[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
	}
}

/* The lines of a file of vectors, as bytes. */
static void
vectors(const char *name, void (*each)(const char *, const unsigned char *,
    size_t))
{
	unsigned char p[RASK_ENTRY_MAX];
	FILE *f = unit_vectors(name);
	char *line = NULL;
	size_t cap = 0, n;

	while (unit_line(f, &line, &cap) >= 0) {
		if (*line == '#' || *line == '\0')
			continue;
		for (n = 0; n < sizeof(p) && line[2 * n] != '\t' &&
		    sscanf(line + 2 * n, "%2hhx", p + n) == 1; n++)
			;
		each(line, p, n);
	}
	free(line);
	fclose(f);
}

/* A vector that is an entry. */
static void
good(const char *line, const unsigned char *p, size_t n)
{
	unsigned char q[RASK_ENTRY_MAX];
	struct rask_entry e;

	CHECK_FOR(line, rask_entry_decode(&e, p, n) == 0);
	CHECK_FOR(line, rask_entry_encode(&e, q) == n);
	CHECK_FOR(line, memcmp(p, q, n) == 0);
}

/* A vector that is none. */
static void
bad(const char *line, const unsigned char *p, size_t n)
{
	struct rask_entry e;

	CHECK_FOR(line, rask_entry_decode(&e, p, n) == -1);
}

static void
test_vectors(void)
{
	vectors("entries/good.hex", good);
	vectors("entries/bad.hex", bad);
}

static void
test_small(void)
{
	unsigned char p[RASK_ENTRY_MAX];
	struct rask_entry e = {
		.kind = RASK_KIND_FILE, .has_sig = true, .mode = 0644,
		.path = "images/2024/summer/IMG_20240712_0001.jpg",
		.path_len = 40, .size = 4 << 20,
		.mtime = 1720771200123456789, .ino = 12345678,
		.ctime = 1720771201987654321, .seq = 10000000
	};

	rask_version_found(&e.version, e.mtime);
	CHECK(rask_entry_encode(&e, p) <= 75);
}

static void
test_large(void)
{
	unsigned char p[RASK_ENTRY_MAX];
	char path[RASK_PATH_MAX], target[RASK_PATH_MAX];
	struct rask_entry e = {
		.kind = RASK_KIND_LINK, .has_sig = true, .path = path,
		.path_len = sizeof(path), .target = target,
		.target_len = sizeof(target), .size = INT64_MAX,
		.mtime = INT64_MIN, .ino = UINT64_MAX, .ctime = INT64_MAX,
		.seq = UINT64_MAX, .version.n = RASK_VERSION_MAX
	}, f;
	size_t i, len;

	for (i = 0; i < sizeof(path); i++)
		path[i] = i % 2 ? '/' : 'a';
	memset(target, '/', sizeof(target));
	for (i = 0; i < RASK_VERSION_MAX; i++)
		e.version.v[i] = (struct rask_dot){ RASK_COUNTER_MAX - i, i };
	len = rask_entry_encode(&e, p);
	CHECK(len <= RASK_ENTRY_MAX);
	CHECK(rask_entry_decode(&f, p, len) == 0 && equal(&e, &f));
}

/* What is stored after one more has come. */
static void
deliver(struct rask_entry *store, bool *any, const struct rask_entry *e)
{
	struct rask_entry out;

	if (!rask_entry_merge(&out, *any ? store : NULL, e))
		return;
	*store = out;
	*any = true;
}

static void
test_any_order(void)
{
	struct rask_entry x[6], first, got, half;
	uint64_t seed = 1, from;
	size_t i, n = sizeof(x) / sizeof(x[0]);
	int round, order;
	bool any, some;

	for (round = 0; round < 20000; round++) {
		from = seed;
		for (i = 0; i < n; i++)
			draw(&seed, &x[i], true);
		for (order = 0; order < 8; order++) {
			any = some = false;
			for (i = 0; i < 8; i++)
				deliver(&got, &any, &x[unit_below(&seed, n)]);
			/* A part comes as what another node made of it. */
			for (i = 0; i < 3; i++)
				deliver(&half, &some, &x[(i +
				    (size_t)order) % n]);
			deliver(&got, &any, &half);
			for (i = n; i-- > 0; )
				deliver(&got, &any, &x[(i +
				    (size_t)order) % n]);
			if (order == 0)
				first = got;
			CHECK_SEED(from, same(&first, &got));
		}
	}
}

static void
test_again(void)
{
	struct rask_entry a, b, out, more;
	uint64_t seed = 1, from;
	int round;

	for (round = 0; round < 50000; round++) {
		from = seed;
		draw(&seed, &a, true);
		draw(&seed, &b, true);
		CHECK_SEED(from, !rask_entry_merge(&out, &a, &a));
		if (rask_entry_merge(&out, &a, &b)) {
			CHECK_SEED(from, !same(&out, &a) && same(&out, &b));
			CHECK_SEED(from, !rask_entry_merge(&more, &out, &b));
			CHECK_SEED(from, !rask_entry_merge(&more, &b, &a));
		}
	}
}

/* The other side's view of a verdict. */
static enum rask_stands
turned(enum rask_stands s)
{
	if (s == RASK_STANDS_LOCAL)
		return RASK_STANDS_INCOMING;
	return s == RASK_STANDS_INCOMING ? RASK_STANDS_LOCAL : s;
}

static void
test_judge(void)
{
	struct rask_entry a, b, out;
	struct rask_verdict v, w;
	uint64_t seed = 1, from;
	int round;

	for (round = 0; round < 50000; round++) {
		from = seed;
		draw(&seed, &a, true);
		draw(&seed, &b, true);
		v = rask_entry_judge(&a, &b);
		w = rask_entry_judge(&b, &a);
		CHECK_SEED(from, v.loss == w.loss);
		CHECK_SEED(from, v.stands == turned(w.stands));
		if (v.stands == RASK_STANDS_LOCAL)
			CHECK_SEED(from, !rask_entry_merge(&out, &a, &b));
		if (v.stands == RASK_STANDS_INCOMING)
			CHECK_SEED(from, rask_entry_merge(&out, &a, &b) &&
			    equal(&out, &b));
	}
	v = rask_entry_judge(NULL, &b);
	CHECK(v.stands == RASK_STANDS_INCOMING && v.loss == RASK_LOSS_NONE);
}

static void
test_kept(void)
{
	struct rask_entry a = {
		.kind = RASK_KIND_FILE, .has_sig = true, .ino = 5,
		.ctime = 6, .seq = 7, .path = "a", .path_len = 1,
		.size = 8, .mtime = 9000
	}, b, out;

	rask_version_found(&a.version, a.mtime);
	b = a;
	b.has_sig = false;
	b.seq = 3;
	CHECK(!rask_entry_merge(&out, &a, &b));
	b.has_hash = true;
	memset(b.hash, 'h', sizeof(b.hash));
	CHECK(rask_entry_judge(&a, &b).stands == RASK_STANDS_BOTH);
	CHECK(rask_entry_merge(&out, &a, &b));
	CHECK(out.has_hash && memcmp(out.hash, b.hash, RASK_SHA_LEN) == 0);
	CHECK(out.has_sig && out.ino == 5 && out.ctime == 6 && out.seq == 7);
	CHECK(!rask_entry_merge(&out, &b, &a));
	a.size = 9;			/* another content, hash unknown */
	CHECK(rask_entry_judge(&a, &b).stands == RASK_STANDS_UNSURE);
	CHECK(rask_entry_merge(&out, &a, &b) && equal(&out, &b));
}

static void
test_kinds(void)
{
	struct rask_entry a = {
		.kind = RASK_KIND_DIR, .path = "a", .path_len = 1,
		.mode = 0755
	}, b;

	rask_version_found(&a.version, 0);
	b = a;
	b.version = (struct rask_version){ 1, { { 5, 1 } } };
	CHECK(rask_entry_judge(&a, &b).stands == RASK_STANDS_INCOMING);
	CHECK(rask_entry_judge(&a, &b).loss == RASK_LOSS_NONE);
	a.kind = b.kind = RASK_KIND_LINK;
	a.target = "x";
	b.target = "y";
	a.target_len = b.target_len = 1;
	CHECK(rask_entry_judge(&a, &b).loss == RASK_LOSS_KEEP);
	b.target = "x";
	CHECK(rask_entry_judge(&a, &b).loss == RASK_LOSS_NONE);
	b.kind = RASK_KIND_DIR;
	CHECK(rask_entry_judge(&a, &b).loss == RASK_LOSS_KEEP);
	a.kind = b.kind = RASK_KIND_GONE;
	a.size = 1;
	b.version = a.version;
	CHECK(rask_entry_judge(&a, &b).stands == RASK_STANDS_BOTH);
}

static const struct unit tests[] = {
	{ "what is encoded is decoded, and has one encoding",
	    test_round_trip },
	{ "damaged bytes are refused or are another entry", test_damage },
	{ "the golden entries are read, and what breaks a rule is refused",
	    test_vectors },
	{ "a found file with a path of 40 bytes takes 75 at most",
	    test_small },
	{ "the largest entry has room in RASK_ENTRY_MAX", test_large },
	{ "any order of delivery ends with the same entry", test_any_order },
	{ "what was merged changes nothing when it comes again",
	    test_again },
	{ "both sides come to one verdict, and merge by it", test_judge },
	{ "the same content keeps signature and seq, and takes a hash",
	    test_kept },
	{ "directories are alike, links by their targets, tombstones always",
	    test_kinds },
};

UNIT_MAIN(tests)
