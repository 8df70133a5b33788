/* HELLO, BYE, REFUSE and the other small bodies. */
#include <errno.h>
#include <string.h>

#include "msg.h"
#include "wire.h"

static const unsigned char magic[4] = { 'R', 'A', 'S', 'K' };

/* EPROTO, in one line. */
static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

/* Add a header and n bytes of body. */
static int
add_frame(struct rask_buf *out, enum rask_type type, unsigned class,
    uint64_t stream, const void *body, size_t n)
{
	struct rask_frame f = { .len = (uint32_t)n, .type = (uint8_t)type,
	    .class = (uint8_t)class, .stream = stream };
	unsigned char *p;

	if ((p = rask_buf_room(out, RASK_FRAME_HEAD + n)) == NULL)
		return -1;
	rask_frame_head(p, &f);
	if (n > 0)
		memcpy(p + RASK_FRAME_HEAD, body, n);
	rask_buf_grew(out, RASK_FRAME_HEAD + n);
	return 0;
}

int
rask_hello_add(struct rask_buf *out, const struct rask_hello *h)
{
	unsigned char body[64 + RASK_TREE_MAX + RASK_NODE_MAX], *p = body;
	size_t n;

	memcpy(p, magic, sizeof(magic));
	p += sizeof(magic);
	*p++ = h->min;
	*p++ = h->max;
	p = rask_wire_u16(p, 0);
	p = rask_wire_u32(p, h->features);
	p = rask_wire_u64(p, h->node);
	memcpy(p, h->root, RASK_ID_LEN);
	p += RASK_ID_LEN;
	p = rask_wire_u32(p, h->inline_max);
	p = rask_wire_u32(p, h->window);
	n = strlen(h->tree);
	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, h->tree, n);
	p += n;
	n = strlen(h->name);
	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, h->name, n);
	p += n;
	return add_frame(out, RASK_HELLO, RASK_CLASS_CONTROL, 0, body,
	    (size_t)(p - body));
}

/* Take a name into to, which has room for max bytes and a NUL. */
static void
take_name(struct rask_rd *r, char *to, size_t max)
{
	const char *s;
	size_t n, i;

	to[0] = '\0';
	if ((s = rask_rd_str(r, max, &n)) == NULL)
		return;
	memcpy(to, s, n);
	to[n] = '\0';
	for (i = 0; i < n; i++)
		if ((unsigned char)to[i] < 0x20 || to[i] == 0x7f)
			r->bad = true;
}

int
rask_hello_parse(struct rask_hello *h, const struct rask_frame *f)
{
	struct rask_rd r = { f->body, f->body + f->len, false };
	const unsigned char *p;

	memset(h, 0, sizeof(*h));
	if (f->type != RASK_HELLO || f->stream != 0 ||
	    (p = rask_rd_bytes(&r, sizeof(magic))) == NULL ||
	    memcmp(p, magic, sizeof(magic)) != 0)
		return broken();
	h->min = rask_rd_u8(&r);
	h->max = rask_rd_u8(&r);
	if (r.bad || h->min > h->max)
		return broken();
	if (h->min > RASK_PROTO_MAX || h->max < RASK_PROTO_MIN) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	rask_rd_u16(&r);
	h->features = rask_rd_u32(&r);
	h->node = rask_rd_u64(&r);
	if ((p = rask_rd_bytes(&r, RASK_ID_LEN)) != NULL)
		memcpy(h->root, p, RASK_ID_LEN);
	h->inline_max = rask_rd_u32(&r);
	h->window = rask_rd_u32(&r);
	take_name(&r, h->tree, RASK_TREE_MAX);
	take_name(&r, h->name, RASK_NODE_MAX);
	return r.bad ? broken() : 0;
}

int
rask_words_add(struct rask_buf *out, enum rask_type type, uint64_t stream,
    unsigned code, const char *text)
{
	unsigned char body[4 + RASK_TEXT_MAX], *p = body;
	size_t n = strnlen(text, RASK_TEXT_MAX);

	p = rask_wire_u16(p, (uint16_t)code);
	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, text, n);
	return add_frame(out, type, RASK_CLASS_CONTROL, stream, body, 4 + n);
}

int
rask_words_parse(const struct rask_frame *f, unsigned *code,
    char text[RASK_TEXT_MAX + 1])
{
	struct rask_rd r = { f->body, f->body + f->len, false };
	const char *s;
	size_t n, i;

	*code = rask_rd_u16(&r);
	if ((s = rask_rd_str(&r, RASK_TEXT_MAX, &n)) == NULL)
		return broken();
	for (i = 0; i < n; i++)
		text[i] = (unsigned char)s[i] < 0x20 || s[i] == 0x7f ?
		    '?' : s[i];
	text[n] = '\0';
	return 0;
}

int
rask_number_add(struct rask_buf *out, enum rask_type type, uint64_t stream,
    uint64_t number)
{
	unsigned char body[8];

	rask_wire_u64(body, number);
	return add_frame(out, type, RASK_CLASS_CONTROL, stream, body,
	    sizeof(body));
}

int
rask_number_parse(const struct rask_frame *f, uint64_t *number)
{
	struct rask_rd r = { f->body, f->body + f->len, false };

	*number = rask_rd_u64(&r);
	return r.bad || r.p != r.end ? broken() : 0;
}

size_t
rask_data_write(unsigned char to[RASK_DATA_HEAD], unsigned class,
    uint64_t stream, uint64_t offset, size_t n)
{
	struct rask_frame f = { .len = (uint32_t)(8 + n), .type = RASK_DATA,
	    .class = (uint8_t)class, .stream = stream };

	rask_frame_head(to, &f);
	rask_wire_u64(to + RASK_FRAME_HEAD, offset);
	return RASK_DATA_HEAD;
}

int
rask_data_parse(const struct rask_frame *f, uint64_t *offset,
    const unsigned char **content, size_t *n)
{
	struct rask_rd r = { f->body, f->body + f->len, false };

	*offset = rask_rd_u64(&r);
	*content = r.p;
	*n = (size_t)(r.end - r.p);
	if (r.bad || *n == 0 || *n > RASK_SLICE_MAX ||
	    *offset > INT64_MAX - *n)
		return broken();
	return 0;
}

int
rask_end_add(struct rask_buf *out, unsigned class, uint64_t stream,
    const unsigned char tag[RASK_TAG_LEN])
{
	return add_frame(out, RASK_END, class, stream, tag, RASK_TAG_LEN);
}

int
rask_end_parse(const struct rask_frame *f, unsigned char tag[RASK_TAG_LEN])
{
	if (f->len != RASK_TAG_LEN)
		return broken();
	memcpy(tag, f->body, RASK_TAG_LEN);
	return 0;
}
