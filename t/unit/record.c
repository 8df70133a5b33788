/* lib/record.h: the feed's records and the heads of its segments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/record.h"
#include "../../lib/wire.h"
#include "unit.h"

#define EPOCH	UINT64_C(0x1122334455667788)
#define POS	UINT64_C(4096)

/* A record, and the strings that it points to. */
struct drawn {
	struct rask_record r;
	char path[2][40];
	char target[8];
};

/* A legal path. */
static uint16_t
draw_path(char *p, const char *dir, uint64_t *seed)
{
	return (uint16_t)sprintf(p, "%s/%llx", dir,
	    (unsigned long long)unit_random(seed) >> unit_below(seed, 60));
}

/* An entry of any kind. */
static void
draw_entry(struct drawn *d, uint64_t *seed)
{
	struct rask_entry *e = &d->r.entry;
	size_t edits = unit_below(seed, 4), i;

	e->kind = (enum rask_kind)unit_below(seed, RASK_KINDS);
	e->path = d->path[0];
	e->path_len = draw_path(d->path[0], "img", seed);
	e->seq = d->r.seq;
	if (e->kind != RASK_KIND_LINK)
		e->mode = (uint16_t)unit_below(seed, 01000);
	if (e->kind != RASK_KIND_DIR)
		e->mtime = (int64_t)(unit_random(seed) >> 3);
	if (e->kind == RASK_KIND_FILE)
		e->size = unit_random(seed) >> 1;
	if (e->kind == RASK_KIND_LINK) {
		e->target = d->target;
		e->target_len = (uint16_t)(1 + unit_below(seed, 7));
		memset(d->target, 'x', 7);
	}
	if ((e->has_sig = unit_below(seed, 2))) {
		e->ino = unit_random(seed);
		e->ctime = (int64_t)(unit_random(seed) >> 3);
	}
	if ((e->has_hash = e->kind == RASK_KIND_FILE && unit_below(seed, 2)))
		for (i = 0; i < RASK_SHA_LEN; i++)
			e->hash[i] = (unsigned char)unit_random(seed);
	rask_version_found(&e->version, e->mtime);
	while (edits-- > 0)
		CHECK(rask_version_next(&e->version, &e->version,
		    1 + unit_below(seed, 5), 0, 0) == 0);
}

/* A record of any type. */
static void
draw(struct drawn *d, uint64_t *seed)
{
	struct rask_record *r = &d->r;

	memset(d, 0, sizeof(*d));
	r->type = (enum rask_record_type)(1 + unit_below(seed,
	    RASK_RECORD_DROP));
	r->flags = (unsigned)unit_below(seed, 16);
	if (r->type == RASK_RECORD_MARK) {
		r->durable = unit_random(seed);
		return;
	}
	r->seq = 1 + (unit_random(seed) >> 1);
	if (r->type == RASK_RECORD_MOVED)
		return;
	r->time = unit_random(seed);
	if (r->type == RASK_RECORD_MOVE) {
		r->path = d->path[0];
		r->path_len = draw_path(d->path[0], "old", seed);
		r->path2 = d->path[1];
		r->path2_len = draw_path(d->path[1], "new", seed);
		r->dot.node = 1 + (unit_random(seed) >> 1);
		r->dot.counter = 1 + (unit_random(seed) >> 2);
		return;
	}
	if (!(r->flags & RASK_RECORD_FIRST))
		r->old = (struct rask_sum){ unit_random(seed),
		    unit_random(seed) };
	draw_entry(d, seed);
}

/* Do two records say the same? */
static bool
same(const struct rask_record *a, const struct rask_record *b)
{
	static unsigned char p[RASK_ENTRY_MAX], q[RASK_ENTRY_MAX];
	size_t n;

	if (a->type != b->type || a->flags != b->flags || a->seq != b->seq ||
	    a->time != b->time || !rask_sum_equal(a->old, b->old) ||
	    a->durable != b->durable || rask_dot_cmp(a->dot, b->dot) != 0)
		return false;
	if (a->type == RASK_RECORD_MOVE)
		return a->path_len == b->path_len &&
		    a->path2_len == b->path2_len &&
		    memcmp(a->path, b->path, a->path_len) == 0 &&
		    memcmp(a->path2, b->path2, a->path2_len) == 0;
	if (b->entry_bytes == NULL)
		return a->entry.path == NULL;
	n = rask_entry_encode(&a->entry, p);
	return n == b->entry_len && memcmp(p, b->entry_bytes, n) == 0 &&
	    rask_entry_encode(&b->entry, q) == n && memcmp(p, q, n) == 0;
}

static void
test_round_trip(void)
{
	static unsigned char p[RASK_RECORD_HEAD + RASK_RECORD_MAX + 9];
	unsigned char sum[8];
	static struct rask_record r;
	static struct drawn d;
	uint64_t seed, s;
	size_t n;

	for (seed = 0; seed < 20000; seed++) {
		s = seed;
		draw(&d, &s);
		n = rask_record_write(p, &d.r, EPOCH, POS + seed);
		memset(&r, 0xee, sizeof(r));
		CHECK_SEED(seed, rask_record_read(&r, p, n, EPOCH,
		    POS + seed) == (ssize_t)n);
		CHECK_SEED(seed, same(&d.r, &r));
		CHECK_SEED(seed, rask_record_read(&r, p, n + 9, EPOCH,
		    POS + seed) == (ssize_t)n);
		rask_wire_u64(sum, rask_record_sum(p));
		CHECK(memcmp(p + 8, sum, sizeof(sum)) == 0);
	}
}

static void
test_largest(void)
{
	static unsigned char p[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	static char path[4095], target[4095];
	static struct rask_record w, r;
	ssize_t n;
	uint64_t i;

	memset(path, 'p', sizeof(path));
	memset(target, 't', sizeof(target));
	for (i = 255; i < sizeof(path); i += 256)
		path[i] = '/';
	w = (struct rask_record){ .type = RASK_RECORD_CHANGE,
	    .seq = UINT64_MAX, .time = UINT64_MAX };
	w.entry = (struct rask_entry){ .kind = RASK_KIND_LINK,
	    .has_sig = true, .path = path, .path_len = sizeof(path),
	    .target = target, .target_len = sizeof(target),
	    .size = INT64_MAX, .mtime = INT64_MAX, .ctime = INT64_MIN,
	    .ino = UINT64_MAX };
	for (i = 1; i <= RASK_VERSION_MAX; i++) {
		w.entry.version.v[i - 1] =
		    (struct rask_dot){ i, UINT64_MAX - 99 + i };
		w.entry.version.n++;
	}
	n = (ssize_t)rask_record_write(p, &w, EPOCH, POS);
	CHECK((size_t)n <= sizeof(p));
	CHECK(rask_record_read(&r, p, (size_t)n, EPOCH, POS) == n);
	CHECK(r.entry.seq == UINT64_MAX && r.seq == UINT64_MAX);
	w = (struct rask_record){ .type = RASK_RECORD_MOVE, .seq = 1,
	    .path = path, .path_len = sizeof(path), .path2 = target,
	    .path2_len = 255, .dot = { 1, 1 } };
	n = (ssize_t)rask_record_write(p, &w, EPOCH, POS);
	CHECK(rask_record_read(&r, p, (size_t)n, EPOCH, POS) == n);
}

static void
test_flipped(void)
{
	static unsigned char p[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	static struct rask_record r;
	static struct drawn d;
	uint64_t seed, s;
	size_t n, bit;

	for (seed = 0; seed < 300; seed++) {
		s = seed;
		draw(&d, &s);
		n = rask_record_write(p, &d.r, EPOCH, POS);
		for (bit = 0; bit < 8 * n; bit++) {
			p[bit / 8] ^= (unsigned char)(1 << bit % 8);
			CHECK_SEED(seed, rask_record_read(&r, p, n, EPOCH,
			    POS) <= 0);
			p[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		CHECK_SEED(seed, rask_record_read(&r, p, n, EPOCH, POS) ==
		    (ssize_t)n);
	}
}

static void
test_torn(void)
{
	static unsigned char p[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	static struct rask_record r;
	static struct drawn d;
	unsigned char *copy;
	uint64_t seed, s;
	size_t n, i;
	ssize_t got;

	for (seed = 0; seed < 200; seed++) {
		s = seed;
		draw(&d, &s);
		n = rask_record_write(p, &d.r, EPOCH, POS);
		for (i = 0; i < n; i++) {
			CHECK((copy = malloc(i + 1)) != NULL);
			memcpy(copy, p, i);
			CHECK(rask_record_read(&r, copy, i, EPOCH, POS) ==
			    0);
			free(copy);
			/* the end was not written: it reads as zeros */
			CHECK((copy = calloc(1, n)) != NULL);
			memcpy(copy, p, i);
			got = rask_record_read(&r, copy, n, EPOCH, POS);
			CHECK_SEED(seed, got == -1 ||
			    memcmp(copy, p, n) == 0);
			free(copy);
		}
	}
}

static void
test_segment(void)
{
	struct rask_segment s = { 1, 2, 3, 4, UINT64_MAX }, t;
	unsigned char p[RASK_SEGMENT_HEAD];
	size_t bit;

	rask_segment_write(p, &s);
	memset(&t, 0, sizeof(t));
	CHECK(rask_segment_read(&t, p) == 0);
	CHECK(memcmp(&s, &t, sizeof(s)) == 0);
	for (bit = 0; bit < 8 * sizeof(p); bit++) {
		p[bit / 8] ^= (unsigned char)(1 << bit % 8);
		errno = 0;
		CHECK(rask_segment_read(&t, p) == -1 && errno == EINVAL);
		p[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	rask_wire_u32(p + 8, 2);
	rask_wire_u64(p + 56, rask_checksum(p, 56, 0));
	CHECK(rask_segment_read(&t, p) == -1 && errno == ENOTSUP);
	rask_wire_u32(p + 8, 0);
	rask_wire_u64(p + 56, rask_checksum(p, 56, 0));
	CHECK(rask_segment_read(&t, p) == -1 && errno == EINVAL);
	memset(p, 0, sizeof(p));
	CHECK(rask_segment_read(&t, p) == -1 && errno == EINVAL);
}

static const struct unit tests[] = {
	{ "a record reads as it was written", test_round_trip },
	{ "the largest record has room", test_largest },
	{ "every single flipped bit is refused", test_flipped },
	{ "a torn record is none, and not yet whole if its end is not there",
	    test_torn },
	{ "a segment's head reads as it was written; one flipped bit or a "
	    "newer format is refused", test_segment },
};

UNIT_MAIN(tests)
