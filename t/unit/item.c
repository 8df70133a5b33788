/* lib/item.h: what stands below a directory as one number. */
#include <string.h>

#include "../../lib/item.h"
#include "unit.h"

/* A directory with a file, and a directory with a link to it. */
static const struct rask_item tree[] = {
	{ "", 'd', 0755, 0, 0, "" },
	{ "a", 'f', 0644, 5, 1700000000000000001, "" },
	{ "b", 'd', 0700, 0, 0, "" },
	{ "b/l", 'l', 0, 0, -1, "../a" },
};

#define ITEMS	(sizeof(tree) / sizeof(tree[0]))

/* Does a sum stand as this hexadecimal? */
static bool
is(const unsigned char sum[RASK_SUM_LEN], const char *want)
{
	char s[2 * RASK_SUM_LEN + 1];
	int i;

	for (i = 0; i < RASK_SUM_LEN; i++)
		snprintf(s + 2 * i, 3, "%02x", sum[i]);
	return strcmp(s, want) == 0;
}

/* The sum of one item. */
static void
sum_of(unsigned char sum[RASK_SUM_LEN], const struct rask_item *item)
{
	memset(sum, 0, RASK_SUM_LEN);
	CHECK(rask_item_add(sum, item) == 0);
}

/* Both were computed by another program, from rask-protocol(7). */
static void
test_known(void)
{
	struct rask_item file = { "", 'f', 0644, 6, 1700000000123456789, "" };
	unsigned char sum[RASK_SUM_LEN];
	size_t i;

	sum_of(sum, &file);
	CHECK(is(sum, "6a91216069c4b91a4d4122c6a9c2f6ac"));
	memset(sum, 0, sizeof(sum));
	for (i = 0; i < ITEMS; i++)
		CHECK(rask_item_add(sum, &tree[i]) == 0);
	CHECK(is(sum, "e77430cebdbbd68b5cd5f6f457e1382c"));
}

static void
test_order(void)
{
	unsigned char want[RASK_SUM_LEN] = { 0 }, sum[RASK_SUM_LEN];
	size_t order[ITEMS], i, j, t;
	uint64_t seed = 1;
	int round;

	for (i = 0; i < ITEMS; i++) {
		CHECK(rask_item_add(want, &tree[i]) == 0);
		order[i] = i;
	}
	for (round = 0; round < 200; round++) {
		memset(sum, 0, sizeof(sum));
		for (i = 0; i < ITEMS; i++) {
			j = i + unit_below(&seed, ITEMS - i);
			t = order[i];
			order[i] = order[j];
			order[j] = t;
			CHECK(rask_item_add(sum, &tree[order[i]]) == 0);
		}
		CHECK(memcmp(sum, want, sizeof(sum)) == 0);
	}
}

/* Whatever is different, the sum is. */
static void
test_fields(void)
{
	static const struct rask_item item[] = {
		{ "a", 'f', 0644, 5, 7, "" },
		{ "b", 'f', 0644, 5, 7, "" },
		{ "a", 'd', 0644, 5, 7, "" },
		{ "a", 'f', 0645, 5, 7, "" },
		{ "a", 'f', 0644, 6, 7, "" },
		{ "a", 'f', 0644, 5, 8, "" },
		{ "a", 'f', 0644, 5, -7, "" },
		{ "a", 'f', 0644, 5, 7, "x" },
		{ "ax", 'f', 0644, 5, 7, "" },
		{ "", 'f', 0644, 5, 7, "ax" },
		{ "a", 'f', 0644, 7, 5, "" },
	};
	unsigned char sum[sizeof(item) / sizeof(item[0])][RASK_SUM_LEN];
	size_t i, j;

	for (i = 0; i < sizeof(item) / sizeof(item[0]); i++) {
		sum_of(sum[i], &item[i]);
		for (j = 0; j < i; j++)
			CHECK(memcmp(sum[i], sum[j], RASK_SUM_LEN) != 0);
	}
}

/* Adding to the highest number begins anew at the lowest. */
static void
test_modulo(void)
{
	unsigned char one[RASK_SUM_LEN], sum[RASK_SUM_LEN];
	int i;

	sum_of(one, &tree[1]);
	memset(sum, 0xff, sizeof(sum));
	CHECK(rask_item_add(sum, &tree[1]) == 0);
	for (i = RASK_SUM_LEN - 1; i > 0 && sum[i] == 0xff; i--)
		CHECK(one[i] == 0);
	CHECK(sum[i] == one[i] - 1);
	CHECK(memcmp(sum, one, (size_t)i) == 0);
}

static void
test_long(void)
{
	char path[4096], target[4096];
	struct rask_item item = { path, 'l', 0, 0, 0, target };
	unsigned char a[RASK_SUM_LEN], b[RASK_SUM_LEN];

	memset(path, 'p', sizeof(path) - 1);
	memset(target, 't', sizeof(target) - 1);
	path[4095] = target[4095] = '\0';
	sum_of(a, &item);
	target[4094] = 'u';
	sum_of(b, &item);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

static const struct unit tests[] = {
	{ "the sums of a file and of a directory are known", test_known },
	{ "the order of adding does not matter", test_order },
	{ "every field counts, and where its bytes are", test_fields },
	{ "sums are modulo 2^128", test_modulo },
	{ "the longest names have a sum", test_long },
};

UNIT_MAIN(tests)
