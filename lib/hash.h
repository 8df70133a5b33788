#ifndef RASK_HASH_H
#define RASK_HASH_H

#include <stddef.h>
#include <stdint.h>

#define RASK_SHA_LEN	32	/* bytes of a SHA-256 */
#define RASK_KEY_LEN	32	/* bytes of a one-time Poly1305 key */
#define RASK_TAG_LEN	16	/* bytes of a Poly1305 tag */

/*
 * SHA-256 of n bytes, the hash that names a content.
 * Returns: 0, or -1 with ENOMEM when libcrypto fails.
 * From:    FIPS 180-4, by libcrypto.
 */
int rask_sha(const void *data, size_t n, unsigned char sha[RASK_SHA_LEN]);

/* The same of a content that comes in pieces. */
struct rask_sha;

/* Returns: a hash over nothing yet, or NULL with ENOMEM. */
struct rask_sha *rask_sha_new(void);
/* End it; NULL does nothing. */
void rask_sha_free(struct rask_sha *s);

/* Add n bytes.  Returns: 0, or -1 with ENOMEM. */
int rask_sha_add(struct rask_sha *s, const void *data, size_t n);

/* The hash of all that was added; s is good only for rask_sha_free(). */
int rask_sha_end(struct rask_sha *s, unsigned char sha[RASK_SHA_LEN]);

/*
 * The check over a streamed content: Poly1305 under a key that the sender
 * draws for one transfer alone.  It finds any damage that was not made by
 * somebody who knew the key, at 8 times the speed of SHA-256.
 * From: RFC 8439, section 2.5, by libcrypto.
 */
struct rask_mac;

/* Returns: a check over nothing yet, or NULL with ENOMEM. */
struct rask_mac *rask_mac_new(const unsigned char key[RASK_KEY_LEN]);
/* End it; NULL does nothing. */
void rask_mac_free(struct rask_mac *m);

/* Add n bytes.  Returns: 0, or -1 with ENOMEM. */
int rask_mac_add(struct rask_mac *m, const void *data, size_t n);

/* The tag over all that was added; m is good only for rask_mac_free(). */
int rask_mac_end(struct rask_mac *m, unsigned char tag[RASK_TAG_LEN]);

/*
 * Where a path belongs, in pages and digests: the first 64 bits of XXH3-128 of
 * its bytes, in the canonical order.
 * From: libxxhash.
 */
uint64_t rask_place(const char *path, size_t len);

/*
 * A checksum against accidents, not against anybody who means it: XXH3-64.
 * From: libxxhash.
 */
uint64_t rask_checksum(const void *p, size_t n, uint64_t seed);

/* Compare n bytes in a time that does not depend on them.  0: equal. */
int rask_hash_differ(const void *a, const void *b, size_t n);

/* Fill n bytes from the kernel's generator.  Returns: 0, -1 with errno. */
int rask_random(void *p, size_t n);

#endif
