/* Received frames as lines of text. */
#include <inttypes.h>
#include <stdio.h>

#include "frame.h"
#include "line.h"
#include "rawframes.h"
#include "wire.h"

/* A string with its length before it, controls as '?'. */
static void
print_str(FILE *out, struct rask_rd *r)
{
	size_t i, n = rask_rd_u16(r);
	const unsigned char *p = rask_rd_bytes(r, n);

	putc(' ', out);
	for (i = 0; p != NULL && i < n; i++)
		putc(p[i] < 0x20 || p[i] == 0x7f ? '?' : p[i], out);
}

/* 'ACK visible 1-3 5-5' */
static void
print_ack(FILE *out, struct rask_rd *r)
{
	uint64_t first, last;

	fprintf(out, "ACK %s", rask_rd_u8(r) == RASK_ACK_DURABLE ?
	    "durable" : "visible");
	while (r->p < r->end && !r->bad) {
		first = rask_rd_u64(r);
		last = rask_rd_u64(r);
		fprintf(out, " %" PRIu64 "-%" PRIu64, first, last);
	}
}

/* 'PUT 3 path', and so all changes. */
static void
print_change(FILE *out, const struct rask_frame *f, struct rask_rd *r)
{
	static const char *const names[] = { "PUT", "SYMLINK", "MKDIR", "DEL",
	    "MV", "OPEN", "DATA", "END", "ABORT", "META" };

	fprintf(out, "%s %" PRIu64, names[f->type - RASK_PUT], f->stream);
	if (f->type == RASK_DATA)
		fprintf(out, " %" PRIu64 " %" PRIu32, rask_rd_u64(r),
		    f->len - 8);
	else if (f->type != RASK_END && f->type != RASK_ABORT) {
		rask_rd_bytes(r, 20);
		print_str(out, r);
	}
}

/* Whatever it is. */
static void
print_body(FILE *out, const struct rask_frame *f, struct rask_rd *r)
{
	switch (f->type) {
	case RASK_HELLO:
		rask_rd_bytes(r, 44);
		fprintf(out, "HELLO");
		print_str(out, r);
		break;
	case RASK_BYE:
		fprintf(out, "BYE %u", rask_rd_u16(r));
		print_str(out, r);
		break;
	case RASK_REFUSE:
		fprintf(out, "REFUSE %" PRIu64 " %u", f->stream,
		    rask_rd_u16(r));
		print_str(out, r);
		break;
	case RASK_ACK:
		print_ack(out, r);
		break;
	case RASK_SKIP:
		fprintf(out, "SKIP %" PRIu64, f->stream);
		break;
	case RASK_RESUME:
		fprintf(out, "RESUME %" PRIu64 " %" PRIu64, f->stream,
		    rask_rd_u64(r));
		break;
	case RASK_WRITTEN:
		fprintf(out, "WRITTEN %" PRIu64, rask_rd_u64(r));
		break;
	default:
		if (f->type >= RASK_PUT && f->type <= RASK_META)
			print_change(out, f, r);
		else
			fprintf(out, "FRAME %u", f->type);
	}
}

size_t
raw_print(FILE *out, const unsigned char *p, size_t n)
{
	struct rask_rd r = { p, p + n, false };
	struct rask_frame f;

	f.len = rask_rd_u32(&r);
	f.type = rask_rd_u8(&r);
	f.class = rask_rd_u8(&r);
	rask_rd_u16(&r);
	f.stream = rask_rd_u64(&r);
	if (r.bad || f.len > n - RASK_FRAME_HEAD)
		return 0;
	r.end = r.p + f.len;
	print_body(out, &f, &r);
	putc('\n', out);
	return RASK_FRAME_HEAD + f.len;
}
