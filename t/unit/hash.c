/* lib/hash.h: that the hashes and checks are those of their standards. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/hash.h"
#include "unit.h"

/* The key, message and tag of RFC 8439, section 2.5.2. */
static const unsigned char key[RASK_KEY_LEN] = {
	0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33,
	0x7f, 0x44, 0x52, 0xfe, 0x42, 0xd5, 0x06, 0xa8,
	0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d, 0xb2, 0xfd,
	0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b
};
static const char text[] = "Cryptographic Forum Research Group";
static const unsigned char want[RASK_TAG_LEN] = {
	0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6,
	0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9
};

static void
test_sha(void)
{
	static const unsigned char abc[RASK_SHA_LEN] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
	};
	unsigned char sha[RASK_SHA_LEN];

	CHECK(rask_sha("abc", 3, sha) == 0);
	CHECK(memcmp(sha, abc, sizeof(sha)) == 0);
}

/* However the content is cut. */
static void
test_tag(void)
{
	unsigned char tag[RASK_TAG_LEN];
	struct rask_mac *m;
	size_t n = strlen(text), at;

	for (at = 0; at <= n; at++) {
		CHECK((m = rask_mac_new(key)) != NULL);
		CHECK(rask_mac_add(m, text, at) == 0);
		CHECK(rask_mac_add(m, text + at, n - at) == 0);
		CHECK(rask_mac_end(m, tag) == 0);
		CHECK(rask_hash_differ(tag, want, sizeof(tag)) == 0);
		rask_mac_free(m);
	}
}

/* A bit of content or key that is another one makes another tag. */
static void
test_damage(void)
{
	unsigned char copy[sizeof(text)], tag[RASK_TAG_LEN];
	struct rask_mac *m;
	size_t n = strlen(text), bit;

	for (bit = 0; bit < 8 * n; bit++) {
		memcpy(copy, text, n);
		copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
		CHECK((m = rask_mac_new(key)) != NULL);
		CHECK(rask_mac_add(m, copy, n) == 0);
		CHECK(rask_mac_end(m, tag) == 0);
		CHECK(rask_hash_differ(tag, want, sizeof(tag)) != 0);
		rask_mac_free(m);
	}
}

static void
test_random(void)
{
	unsigned char a[RASK_KEY_LEN] = { 0 }, b[RASK_KEY_LEN] = { 0 };

	CHECK(rask_random(a, sizeof(a)) == 0);
	CHECK(rask_random(b, sizeof(b)) == 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

static const struct unit tests[] = {
	{ "the hash is SHA-256", test_sha },
	{ "the check is Poly1305, however the content is cut", test_tag },
	{ "any bit that is another one makes another tag", test_damage },
	{ "no key is drawn twice", test_random },
};

UNIT_MAIN(tests)
