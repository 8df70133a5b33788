/* Hashes and checks: the only door to libcrypto and libxxhash. */
#include <sys/random.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include "hash.h"

struct rask_mac {
	EVP_MAC *algorithm;	/* owned */
	EVP_MAC_CTX *ctx;	/* owned */
};

/*
 * A thread's SHA-256 context.  Making one costs twice as much as hashing the
 * few bytes of a digest's item, so that each thread keeps its own.
 */
static pthread_key_t sha_key;
static bool sha_keyed;		/* there is such a key */
static pthread_once_t sha_once = PTHREAD_ONCE_INIT;

/* End a thread's context with the thread. */
static void
end_context(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

/* Make the key; without one every hash is a little slower. */
static void
make_key(void)
{
	sha_keyed = pthread_key_create(&sha_key, end_context) == 0;
}

/* This thread's context, or NULL. */
static EVP_MD_CTX *
context(void)
{
	EVP_MD_CTX *ctx;

	pthread_once(&sha_once, make_key);
	if (!sha_keyed)
		return NULL;
	if ((ctx = pthread_getspecific(sha_key)) != NULL)
		return ctx;
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return NULL;
	if (EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) == 1 &&
	    pthread_setspecific(sha_key, ctx) == 0)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

int
rask_sha(const void *data, size_t n, unsigned char sha[RASK_SHA_LEN])
{
	EVP_MD_CTX *ctx = context();

	if (ctx != NULL) {
		if (EVP_DigestInit_ex2(ctx, NULL, NULL) == 1 &&
		    EVP_DigestUpdate(ctx, data, n) == 1 &&
		    EVP_DigestFinal_ex(ctx, sha, NULL) == 1)
			return 0;
	} else if (EVP_Digest(data, n, sha, NULL, EVP_sha256(), NULL) == 1) {
		return 0;
	}
	errno = ENOMEM;
	return -1;
}

/* An EVP_MD_CTX goes by this name. */
struct rask_sha *
rask_sha_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1)
		return (struct rask_sha *)ctx;
	EVP_MD_CTX_free(ctx);
	errno = ENOMEM;
	return NULL;
}

void
rask_sha_free(struct rask_sha *s)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)s);
}

int
rask_sha_add(struct rask_sha *s, const void *data, size_t n)
{
	if (EVP_DigestUpdate((EVP_MD_CTX *)s, data, n) == 1)
		return 0;
	errno = ENOMEM;
	return -1;
}

int
rask_sha_end(struct rask_sha *s, unsigned char sha[RASK_SHA_LEN])
{
	if (EVP_DigestFinal_ex((EVP_MD_CTX *)s, sha, NULL) == 1)
		return 0;
	errno = ENOMEM;
	return -1;
}

struct rask_mac *
rask_mac_new(const unsigned char key[RASK_KEY_LEN])
{
	struct rask_mac *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	m->algorithm = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	if (m->algorithm != NULL)
		m->ctx = EVP_MAC_CTX_new(m->algorithm);
	if (m->ctx != NULL &&
	    EVP_MAC_init(m->ctx, key, RASK_KEY_LEN, NULL) == 1)
		return m;
	rask_mac_free(m);
	errno = ENOMEM;
	return NULL;
}

void
rask_mac_free(struct rask_mac *m)
{
	if (m == NULL)
		return;
	EVP_MAC_CTX_free(m->ctx);
	EVP_MAC_free(m->algorithm);
	free(m);
}

int
rask_mac_add(struct rask_mac *m, const void *data, size_t n)
{
	if (EVP_MAC_update(m->ctx, data, n) == 1)
		return 0;
	errno = ENOMEM;
	return -1;
}

int
rask_mac_end(struct rask_mac *m, unsigned char tag[RASK_TAG_LEN])
{
	size_t n;

	if (EVP_MAC_final(m->ctx, tag, &n, RASK_TAG_LEN) == 1 &&
	    n == RASK_TAG_LEN)
		return 0;
	errno = ENOMEM;
	return -1;
}

uint64_t
rask_place(const char *path, size_t len)
{
	return XXH3_128bits(path, len).high64;
}

uint64_t
rask_checksum(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

int
rask_hash_differ(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n);
}

int
rask_random(void *p, size_t n)
{
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : -1;
}
