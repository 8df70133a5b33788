/* lib/record.h: records that are none, or of somebody else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/record.h"
#include "../../lib/wire.h"
#include "unit.h"

#define EPOCH	UINT64_C(0x1122334455667788)
#define POS	UINT64_C(4096)

static void
test_elsewhere(void)
{
	unsigned char p[RASK_RECORD_HEAD + 8], zero[64] = { 0 };
	struct rask_record r = { .type = RASK_RECORD_MOVED, .seq = 5 };
	uint64_t bit;
	size_t n;

	n = rask_record_write(p, &r, EPOCH, POS);
	CHECK(n == sizeof(p));
	for (bit = 1; bit != 0; bit <<= 1) {
		CHECK(rask_record_read(&r, p, n, EPOCH ^ bit, POS) == -1);
		CHECK(errno == EINVAL);
		CHECK(rask_record_read(&r, p, n, EPOCH, POS ^ bit) == -1);
		CHECK(errno == EINVAL);
	}
	CHECK(rask_record_read(&r, zero, sizeof(zero), EPOCH, POS) == -1);
	CHECK(errno == EINVAL);
}

/* Make the sum right again of a record whose head or body was changed. */
static void
forge(unsigned char *p, size_t body)
{
	unsigned char head[24];

	rask_wire_u32(p, (uint32_t)body);
	memcpy(head, p, 8);
	rask_wire_u64(rask_wire_u64(head + 8, EPOCH), POS);
	rask_wire_u64(p + 8, rask_checksum(p + RASK_RECORD_HEAD, body,
	    rask_checksum(head, sizeof(head), 0)));
}

/* What reading such a record comes to: 0, or errno. */
static int
read_forged(unsigned char *p, size_t body)
{
	static struct rask_record r;
	ssize_t n;

	forge(p, body);
	errno = 0;
	n = rask_record_read(&r, p, RASK_RECORD_HEAD + body, EPOCH, POS);
	CHECK(n == -1 || n == (ssize_t)(RASK_RECORD_HEAD + body));
	return n == -1 ? errno : 0;
}

static void
test_newer(void)
{
	unsigned char p[RASK_RECORD_HEAD + 8] = { 0 };
	struct rask_record r = { .type = RASK_RECORD_MARK, .durable = 5 };

	rask_record_write(p, &r, EPOCH, POS);
	CHECK(read_forged(p, 8) == 0);
	p[4] = RASK_RECORD_DROP + 1;
	CHECK(read_forged(p, 8) == ENOTSUP);
	p[4] = 0;
	CHECK(read_forged(p, 8) == EINVAL);
	p[4] = RASK_RECORD_MARK;
	p[5] = 1 << 4;
	CHECK(read_forged(p, 8) == ENOTSUP);
}

static void
test_hostile(void)
{
	static unsigned char p[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	struct rask_record w = { .type = RASK_RECORD_MOVED, .seq = 5 }, r;
	size_t n;

	rask_record_write(p, &w, EPOCH, POS);
	CHECK(read_forged(p, 7) == EINVAL);	/* too short, too long */
	CHECK(read_forged(p, 9) == EINVAL);
	memset(p + RASK_RECORD_HEAD, 0, 8);	/* seq 0 */
	CHECK(read_forged(p, 8) == EINVAL);
	rask_wire_u32(p, RASK_RECORD_MAX + 1);	/* no such length */
	CHECK(rask_record_read(&r, p, 100, EPOCH, POS) == -1);
	CHECK(errno == EINVAL);
	w = (struct rask_record){ .type = RASK_RECORD_MOVE, .seq = 5,
	    .path = "a/b", .path_len = 3, .path2 = "c/d", .path2_len = 3,
	    .dot = { 1, 1 } };
	n = rask_record_write(p, &w, EPOCH, POS) - RASK_RECORD_HEAD;
	CHECK(read_forged(p, n) == 0);
	memcpy(p + RASK_RECORD_HEAD + n - 3, "a/b", 3);
	CHECK(read_forged(p, n) == EINVAL);	/* onto itself */
	memcpy(p + RASK_RECORD_HEAD + n - 3, "../", 3);
	CHECK(read_forged(p, n) == EINVAL);	/* out of the tree */
	w.path2 = "a/b/c";
	w.path2_len = 5;
	n = rask_record_write(p, &w, EPOCH, POS) - RASK_RECORD_HEAD;
	CHECK(read_forged(p, n) == EINVAL);	/* into itself */
	w.path2 = "a/bc";
	w.path2_len = 4;
	n = rask_record_write(p, &w, EPOCH, POS) - RASK_RECORD_HEAD;
	CHECK(read_forged(p, n) == 0);
	w.dot.counter = 0;
	n = rask_record_write(p, &w, EPOCH, POS) - RASK_RECORD_HEAD;
	CHECK(read_forged(p, n) == EINVAL);
	w.dot = (struct rask_dot){ 1, 0 };
	n = rask_record_write(p, &w, EPOCH, POS) - RASK_RECORD_HEAD;
	CHECK(read_forged(p, n) == EINVAL);	/* found by nobody */
}

/* Undo hexadecimal up to the TAB; the number of bytes. */
static size_t
unhex(const char *s, unsigned char *p)
{
	size_t n;
	unsigned byte;

	for (n = 0; s[2 * n] != '\t'; n++) {
		CHECK_FOR(s, sscanf(s + 2 * n, "%2x", &byte) == 1);
		p[n] = (unsigned char)byte;
	}
	return n;
}

static void
test_good_vectors(void)
{
	static unsigned char p[4096], again[RASK_RECORD_HEAD +
	    RASK_RECORD_MAX];
	static struct rask_record r;
	FILE *f = unit_vectors("records/good.hex");
	char *line = NULL;
	size_t n, cap = 0, count = 0;

	while (unit_line(f, &line, &cap) != -1) {
		if (*line == '#')
			continue;
		n = unhex(line, p);
		CHECK_FOR(line, rask_record_read(&r, p, n, EPOCH, POS) ==
		    (ssize_t)n);
		CHECK_FOR(line, rask_record_write(again, &r, EPOCH, POS) ==
		    n);
		CHECK_FOR(line, memcmp(p, again, n) == 0);
		count++;
	}
	CHECK(count > 0);
	free(line);
	fclose(f);
}

static void
test_bad_vectors(void)
{
	static unsigned char p[4096];
	static struct rask_record r;
	FILE *f = unit_vectors("records/bad.hex");
	char *line = NULL;
	size_t cap = 0;

	while (unit_line(f, &line, &cap) != -1) {
		if (*line == '#')
			continue;
		errno = 0;
		CHECK_FOR(line, rask_record_read(&r, p, unhex(line, p),
		    EPOCH, POS) == -1);
		CHECK_FOR(line, errno == EINVAL);
	}
	free(line);
	fclose(f);
}

static const struct unit tests[] = {
	{ "the golden records read, and are written as they were",
	    test_good_vectors },
	{ "the golden records that are none are refused", test_bad_vectors },
	{ "a record is one only at its position in its feed",
	    test_elsewhere },
	{ "a type or flag of a later version is refused as such",
	    test_newer },
	{ "a body that breaks a rule is refused, its sum being right",
	    test_hostile },
};

UNIT_MAIN(tests)
