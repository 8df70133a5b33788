/* Frames from a script, and frames as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "hash.h"
#include "item.h"
#include "msg.h"
#include "rawframes.h"
#include "unit.h"

#define WORDS	64	/* words in a line */
#define MTIME	1000000000000000007	/* ns, of all files unless told */

/* A line taken apart; words are what stands before the first KEY=VALUE. */
struct line {
	char *copy;		/* owned */
	char *word[WORDS];	/* in copy */
	unsigned n;		/* of them */
};

static const unsigned char key[RASK_KEY_LEN] = "a key that is no secret at all";

/* n bytes, all the same. */
static void
fill(struct rask_buf *b, uint64_t byte, size_t n)
{
	memset(rask_buf_room(b, n + 1), (int)byte, n);
	rask_buf_grew(b, n);
}

/* A number of n bits, big-endian. */
static void
num(struct rask_buf *b, unsigned n, uint64_t v)
{
	while (n > 0) {
		n -= 8;
		fill(b, v >> n & 0xff, 1);
	}
}

/* A word's bytes. */
static void
bytes(struct rask_buf *b, const char *s)
{
	unsigned c;
	size_t n;
	int end;

	if (strcmp(s, "\"\"") == 0)
		return;
	if (sscanf(s, "%*c*%zu%n", &n, &end) == 1 && s[end] == '\0') {
		fill(b, (unsigned char)s[0], n);
		return;
	}
	for (; *s != '\0'; s++)
		if (sscanf(s, "\\x%2x", &c) == 1) {
			fill(b, c, 1);
			s += 3;
		} else
			rask_buf_add(b, s, 1);
}

/* A word's bytes with their length before them. */
static void
str(struct rask_buf *b, const char *s)
{
	struct rask_buf t = { NULL, 0, 0, 0 };

	bytes(&t, s);
	num(b, 16, t.len);
	rask_buf_add(b, t.p, t.len);
	rask_buf_free(&t);
}

/* The N-th word, or nothing. */
static const char *
word(const struct line *l, unsigned i)
{
	return i < l->n && strchr(l->word[i], '=') == NULL ? l->word[i] : "";
}

static uint64_t
number(const struct line *l, unsigned i)
{
	return strtoull(word(l, i), NULL, 0);
}

/* The value of a key, or what it is unless told. */
static const char *
option(const struct line *l, const char *name, const char *unless)
{
	size_t n = strlen(name);
	unsigned i;

	for (i = 1; i < l->n; i++)
		if (strncmp(l->word[i], name, n) == 0 && l->word[i][n] == '=')
			return l->word[i] + n + 1;
	return unless;
}

static uint64_t
option_number(const struct line *l, const char *name, uint64_t unless)
{
	const char *s = option(l, name, NULL);

	return s != NULL ? strtoull(s, NULL, 0) : unless;
}

static void
header(struct rask_buf *b, uint64_t len, uint64_t type, uint64_t class,
    uint64_t zero, uint64_t stream)
{
	num(b, 32, len);
	num(b, 16, type << 8 | class);
	num(b, 16, zero);
	num(b, 64, stream);
}

/* A header and its body, which is given back. */
static void
frame(struct rask_buf *out, uint64_t type, uint64_t class, uint64_t stream,
    struct rask_buf *body)
{
	header(out, body->len, type, class, 0, stream);
	rask_buf_add(out, body->p, body->len);
	rask_buf_free(body);
}

static void
hello(struct rask_buf *b, const struct line *l)
{
	bytes(b, option(l, "magic", "RASK"));
	num(b, 16, option_number(l, "min", 1) << 8 |
	    option_number(l, "max", 1));
	num(b, 16, 0);
	num(b, 32, 0);
	num(b, 64, option_number(l, "node", (uint64_t)rand() << 31 |
	    (uint64_t)rand()));
	fill(b, option_number(l, "root", 0x77), RASK_ID_LEN);
	num(b, 32, RASK_INLINE_MAX);
	num(b, 32, option_number(l, "window", RASK_WINDOW));
	str(b, option(l, "tree", "rask"));
	str(b, option(l, "name", "raw"));
}

/* What all changes open with. */
static void
change(struct rask_buf *b, const struct line *l, uint64_t size,
    const char *other)
{
	num(b, 32, strtoull(option(l, "mode", "0644"), NULL, 8));
	num(b, 64, option_number(l, "size", size));
	num(b, 64, option_number(l, "mtime", MTIME));
	str(b, word(l, 2));
	str(b, other);
	str(b, option(l, "extras", ""));
}

static void
put(struct rask_buf *b, const struct line *l)
{
	struct rask_buf content = { NULL, 0, 0, 0 };
	unsigned char sha[RASK_SHA_LEN];

	bytes(&content, word(l, 3));
	rask_sha(content.p != NULL ? content.p : sha, content.len, sha);
	if (strcmp(option(l, "hash", ""), "bad") == 0)
		sha[7] ^= 1;
	change(b, l, content.len, "");
	rask_buf_add(b, sha, sizeof(sha));
	rask_buf_add(b, content.p, content.len);
	rask_buf_free(&content);
}

static void
end(struct rask_buf *b, const struct line *l)
{
	struct rask_buf content = { NULL, 0, 0, 0 };
	struct rask_mac *mac = rask_mac_new(key);
	unsigned char tag[RASK_TAG_LEN];

	bytes(&content, word(l, 2));
	rask_mac_add(mac, content.p, content.len);
	rask_mac_end(mac, tag);
	rask_mac_free(mac);
	rask_buf_free(&content);
	if (strcmp(option(l, "tag", ""), "bad") == 0)
		tag[7] ^= 1;
	rask_buf_add(b, tag, sizeof(tag));
}

/* The sum of a file, as a mover has it. */
static void
sum(struct rask_buf *b, const struct line *l)
{
	unsigned char s[RASK_SUM_LEN] = { 0 };
	struct rask_item item = { "", 'f', 0644, option_number(l, "size", 0),
	    (int64_t)option_number(l, "mtime", MTIME), "" };

	rask_item_add(s, &item);
	rask_buf_add(b, s, sizeof(s));
}

/* The frames of a change or of its parts: 1, or 0 for another word. */
static int
add_change(struct rask_buf *out, const struct line *l)
{
	static const char *const names[] = { "put", "symlink", "mkdir", "del",
	    "mv", "open", "data", "end", "", "meta", NULL };
	struct rask_buf b = { NULL, 0, 0, 0 };
	uint64_t class = 1;
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(l->word[0], names[i]) == 0)
			break;
	if (names[i] == NULL)
		return 0;
	switch (RASK_PUT + i) {
	case RASK_PUT:
		put(&b, l);
		break;
	case RASK_OPEN:
		change(&b, l, number(l, 3), "");
		rask_buf_add(&b, key, sizeof(key));
		fill(&b, option_number(l, "id", 1), RASK_ID_LEN);
		class = 2;
		break;
	case RASK_DATA:
		num(&b, 64, number(l, 2));
		bytes(&b, word(l, 3));
		class = 2;
		break;
	case RASK_END:
		end(&b, l);
		class = 2;
		break;
	case RASK_META:
		change(&b, l, number(l, 3), "");
		fill(&b, 0, RASK_SHA_LEN);
		num(&b, 64, option_number(l, "base", MTIME));
		break;
	default:
		change(&b, l, 0, word(l, 3));
		if (RASK_PUT + i == RASK_MV)
			sum(&b, l);
	}
	frame(out, (uint64_t)(RASK_PUT + i), option_number(l, "class", class),
	    number(l, 1), &b);
	return 1;
}

/* What a receiver says, and what nobody should. */
static int
add_other(struct rask_buf *out, const struct line *l)
{
	struct rask_buf b = { NULL, 0, 0, 0 };
	const char *w = l->word[0];
	unsigned i;
	uint64_t n, seed;

	if (strcmp(w, "hello") == 0) {
		hello(&b, l);
		frame(out, RASK_HELLO, 0, option_number(l, "stream", 0), &b);
	} else if (strcmp(w, "number") == 0) {
		num(&b, 64, number(l, 3));
		frame(out, number(l, 1), 0, number(l, 2), &b);
	} else if (strcmp(w, "ack") == 0) {
		fill(&b, number(l, 1), 1);
		for (i = 2; i < l->n; i++)
			num(&b, 64, number(l, i));
		frame(out, RASK_ACK, 0, 0, &b);
	} else if (strcmp(w, "refuse") == 0) {
		num(&b, 16, number(l, 2));
		str(&b, word(l, 3));
		frame(out, RASK_REFUSE, 0, number(l, 1), &b);
	} else if (strcmp(w, "bye") == 0) {
		num(&b, 16, number(l, 1));
		str(&b, word(l, 2));
		frame(out, RASK_BYE, 0, 0, &b);
	} else if (strcmp(w, "frame") == 0) {
		bytes(&b, word(l, 4));
		frame(out, number(l, 1), number(l, 2), number(l, 3), &b);
	} else if (strcmp(w, "head") == 0) {
		header(out, number(l, 1), number(l, 2), number(l, 3),
		    number(l, 4), number(l, 5));
	} else if (strcmp(w, "bytes") == 0) {
		bytes(out, word(l, 1));
	} else if (strcmp(w, "random") == 0) {
		seed = number(l, 1);
		for (n = number(l, 2); n > 0; n--)
			fill(out, unit_random(&seed) & 0xff, 1);
	} else
		return -1;
	return 0;
}

/* The same line with each number in the place of %. */
static int
repeat(struct rask_buf *out, const char *line)
{
	struct rask_buf b = { NULL, 0, 0, 0 };
	unsigned long first, last;
	const char *p;
	int at, r = 0;

	if (sscanf(line, "repeat %lu %lu %n", &first, &last, &at) != 2)
		return -1;
	for (; first <= last && r == 0; first++) {
		for (p = line + at; *p != '\0'; p++)
			if (*p == '%')
				rask_buf_printf(&b, "%lu", first);
			else
				rask_buf_add(&b, p, 1);
		rask_buf_add(&b, "", 1);
		r = raw_add(out, (char *)b.p);
		rask_buf_free(&b);
	}
	return r;
}

int
raw_add(struct rask_buf *out, const char *line)
{
	struct line l = { .copy = strdup(line) };
	char *s, *save;
	int r = 0;

	for (s = strtok_r(l.copy, " \n", &save); s != NULL && l.n < WORDS;
	    s = strtok_r(NULL, " \n", &save))
		l.word[l.n++] = s;
	if (l.n == 0 || l.word[0][0] == '#')
		r = 0;
	else if (strcmp(l.word[0], "repeat") == 0)
		r = repeat(out, line);
	else if (!add_change(out, &l))
		r = add_other(out, &l);
	free(l.copy);
	return r;
}
