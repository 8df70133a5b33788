/*
 * Bytes of a feed: a record or a segment's head that is accepted, its sum
 * being made right for it, goes out as it came.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../../lib/path.h"
#include "../../lib/record.h"
#include "../../lib/wire.h"
#include "check.h"

#define EPOCH	UINT64_C(0x1122334455667788)
#define POS	UINT64_C(4096)

/* A record that was accepted: can it be used without another look? */
static void
legal(const struct rask_record *r)
{
	CHECK(r->type >= RASK_RECORD_CHANGE && r->type <= RASK_RECORD_DROP);
	CHECK(r->type == RASK_RECORD_MARK || r->seq > 0 ||
	    r->type == RASK_RECORD_REFRESH || r->type == RASK_RECORD_DROP);
	if (r->type == RASK_RECORD_MOVE) {
		CHECK(rask_path_check(r->path, r->path_len) == 0);
		CHECK(rask_path_check(r->path2, r->path2_len) == 0);
		CHECK(r->dot.node != 0 && r->dot.counter > 0);
	} else if (r->entry_bytes != NULL) {
		CHECK(rask_path_check(r->entry.path, r->entry.path_len) == 0);
		CHECK(r->entry.seq == r->seq);
	}
}

/* Read a record, and write it. */
static bool
record(const uint8_t *p, size_t len)
{
	static unsigned char again[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	static struct rask_record r;
	ssize_t n;

	errno = 0;
	if ((n = rask_record_read(&r, p, len, EPOCH, POS)) <= 0) {
		CHECK(n == 0 || errno == EINVAL || errno == ENOTSUP);
		return false;
	}
	CHECK((size_t)n <= len);
	legal(&r);
	CHECK(rask_record_write(again, &r, EPOCH, POS) == (size_t)n);
	CHECK(memcmp(p, again, (size_t)n) == 0);
	CHECK(rask_record_read(&r, p, (size_t)n - 1, EPOCH, POS) == 0);
	CHECK(rask_record_read(&r, p, len, EPOCH, POS + 1) == -1);
	return true;
}

/* The same, with length and sum made right. */
static void
forged(const uint8_t *data, size_t len)
{
	unsigned char *p, head[24];
	size_t body = len - RASK_RECORD_HEAD;

	CHECK((p = malloc(len)) != NULL);
	memcpy(p, data, len);
	rask_wire_u32(p, (uint32_t)body);
	memcpy(head, p, 8);
	rask_wire_u64(rask_wire_u64(head + 8, EPOCH), POS);
	rask_wire_u64(p + 8, rask_checksum(p + RASK_RECORD_HEAD, body,
	    rask_checksum(head, sizeof(head), 0)));
	record(p, len);
	free(p);
}

/* Read a segment's head, its sum made right, and write it. */
static void
segment(const uint8_t *data)
{
	unsigned char p[RASK_SEGMENT_HEAD], again[RASK_SEGMENT_HEAD];
	struct rask_segment s;

	memcpy(p, data, sizeof(p));
	rask_wire_u64(p + 56, rask_checksum(p, 56, 0));
	if (rask_segment_read(&s, p) == -1)
		return;
	rask_segment_write(again, &s);
	CHECK(memcmp(p, again, sizeof(p)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!record(data, len) && len >= RASK_RECORD_HEAD)
		forged(data, len);
	if (len >= RASK_SEGMENT_HEAD)
		segment(data);
	return 0;
}
