/* lib/hash.h: that the hashes and checks are those of their standards. */
#include <pthread.h>
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
	static const unsigned char nothing[RASK_SHA_LEN] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
		0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
		0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
		0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55
	};
	unsigned char sha[RASK_SHA_LEN];
	int again;

	for (again = 0; again < 3; again++) {
		CHECK(rask_sha("abc", 3, sha) == 0);
		CHECK(memcmp(sha, abc, sizeof(sha)) == 0);
		CHECK(rask_sha("", 0, sha) == 0);
		CHECK(memcmp(sha, nothing, sizeof(sha)) == 0);
	}
}

/* Hash over and over, beginning with what arg points at. */
static void *
chain(void *arg)
{
	unsigned char *sha = arg;
	int i;

	for (i = 0; i < 2000; i++)
		if (rask_sha(sha, RASK_SHA_LEN, sha) == -1)
			return NULL;
	return sha;
}

static void
test_threads(void)
{
	unsigned char sha[8][RASK_SHA_LEN] = { 0 };
	pthread_t thread[7];
	void *end;
	int i;

	for (i = 0; i < 7; i++)
		CHECK(pthread_create(&thread[i], NULL, chain, sha[i]) == 0);
	CHECK(chain(sha[7]) != NULL);
	for (i = 0; i < 7; i++) {
		CHECK(pthread_join(thread[i], &end) == 0 && end != NULL);
		CHECK(memcmp(sha[i], sha[7], RASK_SHA_LEN) == 0);
	}
}

/* Of these files and digests are made: they must not move. */
static void
test_places(void)
{
	CHECK(rask_place("n012462", 7) == UINT64_C(0x123bd87af4236745));
	CHECK(rask_place("", 0) == UINT64_C(0x99aa06d3014798d8));
	CHECK(rask_checksum("", 0, 0) == UINT64_C(0x2d06800538d394c2));
	CHECK(rask_checksum("abc", 3, 0) == UINT64_C(0x78af5f94892f3950));
	CHECK(rask_checksum("abc", 3, 1) != rask_checksum("abc", 3, 0));
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
	{ "it is in any number of threads", test_threads },
	{ "places and checksums are those of XXH3", test_places },
	{ "the check is Poly1305, however the content is cut", test_tag },
	{ "any bit that is another one makes another tag", test_damage },
	{ "no key is drawn twice", test_random },
};

UNIT_MAIN(tests)
