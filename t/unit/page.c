/* lib/page.h: pages hold what was put into them, however it was put. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/entry.h"
#include "../../lib/page.h"
#include "../../lib/wire.h"
#include "unit.h"

#define POOL	72	/* paths of the model */
#define PAGES	64	/* pages of the model at the most */

/* A path and what the model says of it, in the order of (place, path). */
struct known {
	char path[33];
	uint16_t len;
	uint64_t place;
	unsigned char e[RASK_ENTRY_MAX];	/* its entry */
	size_t e_len;				/* 0: none */
};

static struct known pool[POOL];

/* Names of which two and two have the first 32 bits of the place in common. */
static const char *const ties[] = {
	"n012462", "n166856", "n255862", "n234602", "n254756", "n035205",
	"n008323", "n204036"
};

/* Write a number, the lowest byte first, as XXH3 reads it. */
static void
put_low(char *p, uint64_t n)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (char)(n >> (8 * i));
}

/*
 * Two halves of a path that XXH3 takes for one: with either number of a pair
 * equal to its secret their product is 0, and then only their sum counts.
 */
static void
pair(char a[16], char b[16], uint64_t lo, uint64_t hi, uint64_t *seed)
{
	uint64_t x;

	do {
		x = unit_random(seed);
		put_low(a, lo);
		put_low(a + 8, x);
		put_low(b, lo + x - hi);
		put_low(b + 8, hi);
	} while (memchr(a, '\0', 16) || memchr(a, '/', 16) ||
	    memchr(b, '\0', 16) || memchr(b, '/', 16));
}

/* Four paths of one place. */
static void
four(struct known *k, uint64_t *seed)
{
	char a[2][16], b[2][16];
	size_t i;

	pair(a[0], a[1], UINT64_C(0xbe4ba423396cfeb8),
	    UINT64_C(0x1cad21f72c81017c), seed);
	pair(b[0], b[1], UINT64_C(0xdb979083e96dd4de),
	    UINT64_C(0x1f67b3b7a4a44072), seed);
	for (i = 0; i < 4; i++) {
		memcpy(k[i].path, a[i / 2], 16);
		memcpy(k[i].path + 16, b[i % 2], 16);
		k[i].len = 32;
	}
}

/* The order of pages. */
static int
by_place(const void *a, const void *b)
{
	const struct known *p = a, *q = b;
	size_t n = p->len < q->len ? p->len : q->len;
	int c;

	if (p->place != q->place)
		return p->place < q->place ? -1 : 1;
	c = memcmp(p->path, q->path, n);
	return c != 0 ? c : (int)p->len - (int)q->len;
}

/* Make the pool: some paths of one place, some that begin alike, others. */
static void
fill_pool(uint64_t *seed)
{
	size_t i;

	memset(pool, 0, sizeof(pool));
	for (i = 0; i < 16; i += 4)
		four(pool + i, seed);
	for (; i < POOL; i++) {
		if (i < 24)
			snprintf(pool[i].path, 33, "%s", ties[i - 16]);
		else
			snprintf(pool[i].path, 33, "d%zu/%u", i,
			    (unsigned)unit_below(seed, 1000));
		pool[i].len = (uint16_t)strlen(pool[i].path);
	}
	for (i = 0; i < POOL; i++)
		pool[i].place = rask_place(pool[i].path, pool[i].len);
	qsort(pool, POOL, sizeof(pool[0]), by_place);
}

/* Encode an entry of a path, of no history. */
static size_t
draw_entry(uint64_t *seed, const struct known *k, unsigned char *p)
{
	struct rask_entry e = {
		.kind = RASK_KIND_FILE, .path = k->path, .path_len = k->len,
		.mode = 0644, .size = unit_below(seed, 100000),
		.mtime = (int64_t)(unit_random(seed) >> 2)
	};

	rask_version_found(&e.version, e.mtime);
	return rask_entry_encode(&e, p);
}

/* A store of pages. */
struct store {
	struct rask_buf page[PAGES];
	unsigned bits;
};

/* Open a page of the store. */
static void
open_page(const struct store *s, uint32_t number, struct rask_page *pg)
{
	const struct rask_buf *b = &s->page[number];

	CHECK(rask_page_open(pg, rask_buf_head(b), rask_buf_left(b), number,
	    s->bits) == 0);
}

/* Change some of what the model says: the puts that do so. */
static size_t
change(uint64_t *seed, struct rask_page_put *put)
{
	size_t i, n = 0, often = 1 + unit_below(seed, 20);

	for (i = 0; i < POOL; i++) {
		if (unit_below(seed, often) != 0)
			continue;
		put[n].gone = unit_below(seed, 3) == 0;
		pool[i].e_len = draw_entry(seed, &pool[i], pool[i].e);
		put[n].place = pool[i].place;
		put[n].e = pool[i].e;
		put[n].e_len = pool[i].e_len;
		if (put[n].gone)
			pool[i].e_len = 0;
		n++;
	}
	return n;
}

/* Make the store anew, of `more` bits more, with n puts merged into it. */
static void
checkpoint(struct store *s, unsigned more, const struct rask_page_put *put,
    size_t n, bool first)
{
	struct store new = { .bits = s->bits + more };
	struct rask_page_maker m;
	struct rask_page old;
	uint32_t number;
	size_t k;

	for (number = 0; number < 1u << new.bits; number++) {
		for (k = 0; k < n &&
		    rask_page_of(put[k].place, new.bits) == number; k++)
			;
		if (!first)
			open_page(s, number >> more, &old);
		CHECK(rask_page_merge(&m, &new.page[number], number, new.bits,
		    first ? NULL : &old, put, k) == 0);
		CHECK(m.start == 0);
		put += k;
		n -= k;
	}
	CHECK(n == 0);
	for (number = 0; number < 1u << s->bits; number++)
		rask_buf_free(&s->page[number]);
	*s = new;
}

/* The store has what the model says, in order, and no more. */
static void
compare(const struct store *s, uint64_t from)
{
	struct rask_page pg, at;
	const unsigned char *e;
	uint32_t number;
	size_t i = 0, n;
	bool there;

	for (number = 0; number < 1u << s->bits; number++) {
		open_page(s, number, &pg);
		CHECK_SEED(from, rask_page_check(&pg) == 0);
		at = pg;
		for (; i < POOL &&
		    rask_page_of(pool[i].place, s->bits) == number; i++) {
			there = rask_page_find(&pg, pool[i].place,
			    pool[i].path, pool[i].len, &e, &n);
			CHECK_SEED(from, there == (pool[i].e_len > 0));
			if (!there)
				continue;
			CHECK_SEED(from, n == pool[i].e_len &&
			    memcmp(e, pool[i].e, n) == 0);
			CHECK_SEED(from, rask_page_next(&at, &e, &n));
			CHECK_SEED(from, n == pool[i].e_len &&
			    memcmp(e, pool[i].e, n) == 0);
		}
		CHECK_SEED(from, !rask_page_next(&at, &e, &n));
	}
	CHECK(i == POOL);
}

/* Each page is, byte for byte, what adding its entries makes. */
static void
compare_made(const struct store *s, uint64_t from)
{
	struct rask_page_maker m;
	struct rask_buf b = { 0 };
	const unsigned char *p;
	uint32_t number;
	size_t i = 0;

	CHECK(rask_buf_str(&b, "before") == 0);
	for (number = 0; number < 1u << s->bits; number++) {
		CHECK(rask_page_begin(&m, &b, number, s->bits) == 0);
		for (; i < POOL &&
		    rask_page_of(pool[i].place, s->bits) == number; i++)
			CHECK(pool[i].e_len == 0 || rask_page_add(&m,
			    pool[i].place, pool[i].e, pool[i].e_len) == 0);
		rask_page_end(&m);
		p = rask_buf_head(&b) + m.start;
		CHECK_SEED(from, rask_buf_left(&b) - m.start ==
		    rask_buf_left(&s->page[number]));
		CHECK_SEED(from, memcmp(p, rask_buf_head(&s->page[number]),
		    rask_buf_left(&b) - m.start) == 0);
	}
	CHECK(memcmp(rask_buf_head(&b), "before", 6) == 0);
	rask_buf_free(&b);
}

static void
test_model(void)
{
	struct rask_page_put put[POOL];
	uint64_t seed = 1, from;
	struct store s;
	unsigned more;
	uint32_t i;
	int round, step;

	for (round = 0; round < 150; round++) {
		from = seed;
		fill_pool(&seed);
		memset(&s, 0, sizeof(s));
		s.bits = (unsigned)unit_below(&seed, 4);
		for (step = 0; step < 15; step++) {
			more = (unsigned)unit_below(&seed, 5);
			if (s.bits + more > 6)
				more = 0;
			checkpoint(&s, more, put, change(&seed, put),
			    step == 0);
			compare(&s, from);
			compare_made(&s, from);
		}
		for (i = 0; i < 1u << s.bits; i++)
			rask_buf_free(&s.page[i]);
	}
}

static void
test_places(void)
{
	uint64_t seed = 1, place;
	struct known k[4];
	size_t i;

	four(k, &seed);
	place = rask_place(k[0].path, 32);
	for (i = 1; i < 4; i++) {
		CHECK(rask_place(k[i].path, 32) == place);
		CHECK(memcmp(k[i].path, k[i - 1].path, 32) != 0);
	}
	for (i = 0; i < sizeof(ties) / sizeof(ties[0]); i += 2)
		CHECK(rask_place(ties[i], 7) >> 32 ==
		    rask_place(ties[i + 1], 7) >> 32);
	CHECK(rask_place("n012462", 7) == UINT64_C(0x123bd87af4236745));
	CHECK(rask_page_of(UINT64_MAX, 0) == 0);
	CHECK(rask_page_of(UINT64_MAX, 1) == 1);
	CHECK(rask_page_of(UINT64_C(0x123456789abcdef0), 28) == 0x1234567);
}

/* A page of the pool's first n entries, with its bits 0. */
static void
make(struct rask_buf *b, size_t n, const size_t *which, uint64_t lie)
{
	struct rask_page_maker m;
	uint64_t seed = 7;
	size_t i;

	CHECK(rask_page_begin(&m, b, 0, 0) == 0);
	for (i = 0; i < n; i++) {
		pool[which[i]].e_len = draw_entry(&seed, &pool[which[i]],
		    pool[which[i]].e);
		CHECK(rask_page_add(&m, pool[which[i]].place ^ lie,
		    pool[which[i]].e, pool[which[i]].e_len) == 0);
	}
	rask_page_end(&m);
}

/* What does the check say of a page that opens? */
static bool
sound(size_t n, const size_t *which, uint64_t lie)
{
	struct rask_buf b = { 0 };
	struct rask_page pg;
	bool is;

	make(&b, n, which, lie);
	CHECK(rask_page_open(&pg, rask_buf_head(&b), rask_buf_left(&b), 0,
	    0) == 0);
	CHECK(pg.count == n);
	errno = 0;
	is = rask_page_check(&pg) == 0;
	CHECK(is || errno == EINVAL);
	rask_buf_free(&b);
	return is;
}

static void
test_check(void)
{
	uint64_t seed = 1;
	size_t i, turned[2];

	fill_pool(&seed);
	CHECK(sound(0, NULL, 0));
	CHECK(sound(3, (const size_t[]){ 1, 5, 9 }, 0));
	CHECK(!sound(3, (const size_t[]){ 1, 5, 9 }, UINT64_C(1) << 32));
	CHECK(!sound(2, (const size_t[]){ 5, 5 }, 0));
	for (i = 1; i < POOL; i++) {
		turned[0] = i;
		turned[1] = i - 1;
		CHECK(!sound(2, turned, 0));
	}
}

static void
test_damage(void)
{
	struct rask_buf b = { 0 };
	struct rask_page pg;
	unsigned char *p, *cut;
	uint64_t seed = 1;
	size_t n, bit;

	fill_pool(&seed);
	make(&b, 4, (const size_t[]){ 1, 5, 9, 30 }, 0);
	p = rask_buf_head(&b);
	n = rask_buf_left(&b);
	for (bit = 0; bit < 8 * n; bit++) {
		p[bit / 8] ^= (unsigned char)(1 << bit % 8);
		errno = 0;
		CHECK(rask_page_open(&pg, p, n, 0, 0) == -1);
		CHECK(errno == EINVAL);
		p[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	CHECK(rask_page_open(&pg, p, n, 1, 0) == -1 && errno == EINVAL);
	CHECK(rask_page_open(&pg, p, n, 0, 1) == -1 && errno == EINVAL);
	CHECK(rask_page_open(&pg, p, n, 0, 0) == 0);
	for (bit = 0; bit < n; bit++) {
		CHECK((cut = malloc(bit ? bit : 1)) != NULL);
		memcpy(cut, p, bit);
		CHECK(rask_page_open(&pg, cut, bit, 0, 0) == -1);
		free(cut);
	}
	rask_buf_free(&b);
}

static void
test_vectors(void)
{
	unsigned char p[4096];
	FILE *f = unit_vectors("pages/good.hex");
	struct rask_page pg;
	char *line = NULL;
	size_t cap = 0, n;
	uint32_t number;

	while (unit_line(f, &line, &cap) >= 0) {
		if (*line == '#')
			continue;
		for (n = 0; n < sizeof(p) && line[2 * n] != '\t' &&
		    sscanf(line + 2 * n, "%2hhx", p + n) == 1; n++)
			;
		number = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 |
		    (uint32_t)p[6] << 8 | p[7];
		CHECK_FOR(line, rask_page_open(&pg, p, n, number, p[1]) == 0);
		CHECK_FOR(line, rask_page_check(&pg) == 0);
		p[0] = 2;
		CHECK_FOR(line, rask_page_open(&pg, p, n, number, p[1]) == -1);
		CHECK_FOR(line, errno == EINVAL);
		rask_wire_u64(p + 12, rask_checksum(p + RASK_PAGE_HEAD,
		    n - RASK_PAGE_HEAD, rask_checksum(p, 12, 0)));
		CHECK_FOR(line, rask_page_open(&pg, p, n, number, p[1]) == -1);
		CHECK_FOR(line, errno == ENOTSUP);
	}
	free(line);
	fclose(f);
}

static const struct unit tests[] = {
	{ "pages agree with a sorted map over any changes and growth",
	    test_model },
	{ "the paths of that test have the same places, as they ought",
	    test_places },
	{ "wrong order, a wrong place or a path twice is no sound page",
	    test_check },
	{ "the golden pages are sound, and a newer format is refused by name",
	    test_vectors },
	{ "a page of which any bit is another one is refused", test_damage },
};

UNIT_MAIN(tests)
