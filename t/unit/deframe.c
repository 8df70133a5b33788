/* lib/frame.h: headers and their limits, and the cutter of a stream. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/frame.h"
#include "unit.h"

#define SLABS	2	/* kept by the pools here */

/* Frames whose every byte tells where in which frame it is. */
enum { FRAMES = 12 };
static const uint32_t lengths[FRAMES] = {
	0, 1, 32767, 32768, 32769, 65536, RASK_FRAME_MAX, 16, 0,
	RASK_FRAME_MAX - 1, 65519, 3
};

/* The byte at `at` of frame i's body. */
static unsigned char
byte_of(size_t i, size_t at)
{
	return (unsigned char)(at * 7 + (at >> 8) + i * 31);
}

/* Write all frames; how many bytes they are. */
static size_t
write_all(unsigned char *p)
{
	struct rask_frame f = { .type = RASK_DATA, .class = RASK_CLASS_BULK };
	unsigned char *start = p;
	size_t i, at;

	for (i = 0; i < FRAMES; i++) {
		f.len = lengths[i];
		f.stream = i + 1;
		rask_frame_head(p, &f);
		p += RASK_FRAME_HEAD;
		for (at = 0; at < f.len; at++)
			*p++ = byte_of(i, at);
	}
	return (size_t)(p - start);
}

/* Is this the i-th frame? */
static void
is_frame(const struct rask_frame *f, size_t i)
{
	size_t at;

	CHECK(i < FRAMES);
	CHECK(f->type == RASK_DATA && f->class == RASK_CLASS_BULK);
	CHECK(f->stream == i + 1 && f->len == lengths[i]);
	for (at = 0; at < f->len; at++)
		if (f->body[at] != byte_of(i, at))
			CHECK(f->body[at] == byte_of(i, at));
}

/* Pieces of any size, never more than there is room for. */
static void
test_pieces(void)
{
	struct rask_slabs *pool = rask_slabs_new(RASK_SLAB_SIZE, SLABS);
	unsigned char *all = malloc(1024 * 1024);
	size_t len, at, n, i;
	struct rask_deframe *d;
	struct rask_frame f;
	uint64_t seed;
	int r;

	CHECK(pool != NULL && all != NULL);
	len = write_all(all);
	for (seed = 1; seed < 40; seed++) {
		uint64_t state = seed;

		CHECK((d = rask_deframe_new(pool)) != NULL);
		for (at = i = 0; at < len; at += n) {
			n = 1 + unit_below(&state, seed * 4000);
			n = n < len - at ? n : len - at;
			n = rask_deframe_put(d, all + at, n);
			CHECK_SEED(seed, n > 0);
			while ((r = rask_deframe_next(d, &f)) == 1)
				is_frame(&f, i++);
			CHECK_SEED(seed, r == 0);
		}
		CHECK_SEED(seed, i == FRAMES);
		rask_deframe_free(d);
	}
	rask_slabs_free(pool);
	free(all);
}

/* Every body is kept, and looked at only when the stream is through. */
static void
test_keep(void)
{
	struct rask_slabs *pool = rask_slabs_new(RASK_SLAB_SIZE, SLABS);
	struct rask_deframe *d = rask_deframe_new(pool);
	unsigned char *all = malloc(1024 * 1024);
	struct rask_frame f[FRAMES];
	void *slab[FRAMES];
	size_t len, at, n, i = 0;

	CHECK(d != NULL && all != NULL);
	len = write_all(all);
	for (at = 0; at < len; at += n) {
		n = rask_deframe_put(d, all + at, len - at);
		while (rask_deframe_next(d, &f[i]) == 1) {
			CHECK((slab[i] = rask_deframe_keep(d, &f[i])) != NULL);
			i++;
		}
	}
	CHECK(i == FRAMES);
	for (i = 0; i < FRAMES; i++) {
		is_frame(&f[i], i);
		rask_slab_put(pool, slab[i]);
	}
	rask_deframe_free(d);
	rask_slabs_free(pool);
	free(all);
}

/* What follows a broken header is never looked at. */
static void
test_broken(void)
{
	struct rask_slabs *pool = rask_slabs_new(RASK_SLAB_SIZE, SLABS);
	struct rask_deframe *d = rask_deframe_new(pool);
	struct rask_frame f = { .type = RASK_SKIP, .stream = 1 };
	unsigned char to[3 * RASK_FRAME_HEAD];
	int i;

	rask_frame_head(to, &f);
	memset(to + RASK_FRAME_HEAD, 0xff, RASK_FRAME_HEAD);
	rask_frame_head(to + 2 * RASK_FRAME_HEAD, &f);
	CHECK(rask_deframe_put(d, to, sizeof(to)) == sizeof(to));
	CHECK(rask_deframe_next(d, &f) == 1 && f.type == RASK_SKIP);
	for (i = 0; i < 3; i++) {
		errno = 0;
		CHECK(rask_deframe_next(d, &f) == -1 && errno == EPROTO);
	}
	rask_deframe_free(d);
	rask_slabs_free(pool);
}

/* The same of what is said to an index, and by it. */
static uint32_t
most_of_index(int type)
{
	static const uint32_t most[] = {
		[RASK_INDEX_HELLO] = 4096, [RASK_Q_GET] = 4096,
		[RASK_Q_LINES] = 32768, [RASK_Q_MERGE] = 32768,
		[RASK_Q_SYNC] = 64, [RASK_Q_STAT] = 64, [RASK_Q_FOLLOW] = 64,
		[RASK_Q_VIEW] = 64, [RASK_Q_ROOT] = 64, [RASK_Q_GAVEUP] = 64,
		[RASK_Q_SUMS] = 16384, [RASK_Q_ITEMS] = 16384,
		[RASK_Q_ENTRIES] = 16384, [RASK_Q_ASK] = 16384,
		[RASK_Q_INSTALLED] = 16384, [RASK_A_ENTRY] = 16384,
		[RASK_A_ANSWER] = 16384, [RASK_A_TAKEN] = 4096,
		[RASK_A_TEXT] = 4096, [RASK_A_VIEW] = 4096,
		[RASK_A_FAILED] = 4096, [RASK_A_DURABLE] = 64,
		[RASK_A_END] = 64, [RASK_A_ROOT] = 64,
		[RASK_A_RECORDS] = 278528, [RASK_A_SUMS] = 278528,
		[RASK_A_ITEMS] = 278528, [RASK_A_ENTRIES] = 278528
	};

	return (size_t)type < sizeof(most) / sizeof(most[0]) ? most[type] : 0;
}

/* The most bytes that a body of this type may have; 0: no such type. */
static uint32_t
most(int type)
{
	if (most_of_index(type) != 0)
		return most_of_index(type);
	if (type == RASK_PUT || type == RASK_DATA || type == RASK_ACK)
		return 278528;
	if ((type >= RASK_SYMLINK && type <= RASK_OPEN) || type == RASK_META)
		return 16384;
	if (type == RASK_HELLO || type == RASK_BYE || type == RASK_END ||
	    type == RASK_ABORT ||
	    (type >= RASK_REFUSE && type <= RASK_WRITTEN))
		return 4096;
	return 0;
}

static void
test_limits(void)
{
	struct rask_frame f = { .class = 0 }, g;
	unsigned char head[RASK_FRAME_HEAD];
	int type, r;

	for (type = 0; type < 256; type++) {
		f.type = (uint8_t)type;
		f.len = most(type);
		rask_frame_head(head, &f);
		r = rask_frame_parse(&g, head);
		CHECK((r == 0) == (f.len > 0));
		if (r == 0)
			CHECK(g.body == NULL && g.type == type &&
			    g.len == f.len && g.stream == 0);
		f.len++;
		rask_frame_head(head, &f);
		CHECK(rask_frame_parse(&g, head) == -1 && errno == EPROTO);
	}
}

static void
test_header(void)
{
	static const unsigned char want[RASK_FRAME_HEAD] = {
		0x00, 0x04, 0x40, 0x00, 0x16, 0x03, 0x00, 0x00,
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08
	};
	struct rask_frame f = { .len = RASK_FRAME_MAX, .type = RASK_DATA,
	    .class = RASK_CLASS_BACK, .stream = 0x0102030405060708 }, g;
	unsigned char head[RASK_FRAME_HEAD];

	rask_frame_head(head, &f);
	CHECK(memcmp(head, want, sizeof(want)) == 0);
	CHECK(rask_frame_parse(&g, head) == 0);
	CHECK(g.len == f.len && g.type == f.type && g.class == f.class &&
	    g.stream == f.stream);
}

static const struct unit tests[] = {
	{ "a header is 16 bytes, its numbers big-endian", test_header },
	{ "each type has its longest body, and there are no others",
	    test_limits },
	{ "frames come whole, whatever the pieces they are read in",
	    test_pieces },
	{ "a body that is kept outlives the frames behind it", test_keep },
	{ "after a broken header nothing comes any more", test_broken },
};

UNIT_MAIN(tests)
