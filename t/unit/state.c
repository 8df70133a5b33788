/* States: made, read, damaged, and made on full disks. */
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "state.h"
#include "sums.h"
#include "unit.h"

#define BITS	5
#define PAGES	(1 << BITS)
#define ENTRIES	1200
#define POS	0x1234567

/* A state's parts, as they went in. */
struct sample {
	char tmp[64];		/* the directory */
	int dir;
	struct rask_buf page[PAGES];
	struct rask_digest *digest;
	struct rask_filter *filter;
	struct state_meta meta;
};

static struct rask_entry
make_entry(char path[64], size_t i)
{
	struct rask_entry e = { .kind = RASK_KIND_FILE, .mode = 0644,
	    .size = i * 77, .mtime = 1700000000000000000 + (int64_t)i,
	    .seq = i + 1 };

	e.path_len = (uint16_t)snprintf(path, 64, "photos/d%03zu/img-%06zu.jpg",
	    i % 31, i);
	e.path = path;
	rask_version_found(&e.version, e.mtime);
	return e;
}

static void
fill_page(struct sample *s, uint32_t number)
{
	unsigned char bytes[RASK_ENTRY_MAX];
	struct rask_page_put put;
	struct rask_buf old = s->page[number];
	struct rask_page_maker m;
	struct rask_page pg;
	struct rask_entry e;
	char path[64];
	size_t i;

	CHECK(rask_page_merge(&m, &s->page[number], number, BITS, NULL, NULL,
	    0) == 0);
	for (i = 0; i < ENTRIES; i++) {
		e = make_entry(path, i);
		put = (struct rask_page_put){ rask_place(path, e.path_len),
		    bytes, rask_entry_encode(&e, bytes), false };
		if (rask_page_of(put.place, BITS) != number)
			continue;
		old = s->page[number];
		s->page[number] = (struct rask_buf){ 0 };
		CHECK(rask_page_open(&pg, old.p, old.len, number, BITS) == 0);
		CHECK(rask_page_merge(&m, &s->page[number], number, BITS, &pg,
		    &put, 1) == 0);
		rask_buf_free(&old);
		rask_digest_add(s->digest, put.place, rask_entry_item(&e));
		rask_filter_add(s->filter, put.place);
		s->meta.live++;
	}
}

static void
make_sample(struct sample *s)
{
	struct state_maker *m;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	strcpy(s->tmp, "/tmp/rask-state-XXXXXX");
	CHECK(mkdtemp(s->tmp) != NULL);
	s->dir = open(s->tmp, O_RDONLY | O_DIRECTORY);
	s->digest = rask_digest_new(12);
	s->filter = rask_filter_new(2 * ENTRIES);
	s->meta = (struct state_meta){ .node = 5, .epoch = 6, .pos = POS,
	    .seq = 99, .gone = 7, .bits = BITS, .digest_bits = 12 };
	CHECK((m = state_make(s->dir, "state", BITS)) != NULL);
	for (i = 0; i < PAGES; i++) {
		fill_page(s, i);
		CHECK(state_put(m, i, s->page[i].p, s->page[i].len) == 0);
	}
	CHECK(state_made(m, &s->meta, s->digest, s->filter) == 0);
}

static void
end_sample(struct sample *s)
{
	char name[SUMS_NAME_LEN];
	size_t i;

	for (i = 0; i < PAGES; i++)
		rask_buf_free(&s->page[i]);
	rask_digest_free(s->digest);
	rask_filter_free(s->filter);
	sums_name(name, s->meta.pos);
	unlinkat(s->dir, name, 0);
	unlinkat(s->dir, "state", 0);
	unlinkat(s->dir, "hurt", 0);
	rmdir(s->tmp);
}

/* Damage is said to be damage. */
static bool
said_so(void)
{
	return errno == EBADMSG || errno == ENOMEM;
}

static bool
same_digest(struct rask_digest *a, struct rask_digest *b)
{
	static unsigned char p[16 << 12], q[16 << 12];

	rask_digest_save(a, p);
	rask_digest_save(b, q);
	return rask_digest_bits(a) == rask_digest_bits(b) &&
	    memcmp(p, q, sizeof(p)) == 0;
}

/* Bound this process's memory; a sanitizer's shadow has to be unbounded. */
static bool
bounded(const struct rlimit *most)
{
#ifdef __SANITIZE_ADDRESS__
	return most->rlim_cur > 0;
#else
	return setrlimit(RLIMIT_AS, most) == 0;
#endif
}

/* All that is read is right, or said to be damaged; how much is damaged. */
static size_t
read_all(struct sample *s, struct state *st)
{
	const unsigned char *p, *q;
	struct rask_digest *d;
	struct rask_filter *f;
	size_t n, m, bad = 0;
	struct rask_page pg;
	uint32_t i;

	CHECK(state_meta(st)->pos == s->meta.pos);
	CHECK(state_meta(st)->live == s->meta.live);
	CHECK(state_meta(st)->bits == s->meta.bits);
	if ((d = state_digest(st)) == NULL) {
		CHECK(said_so());
		bad++;
	} else
		CHECK(same_digest(d, s->digest));
	if ((f = state_filter(st)) == NULL) {
		CHECK(said_so());
		bad++;
	} else {
		p = rask_filter_bytes(f, &n);
		q = rask_filter_bytes(s->filter, &m);
		CHECK(n == m && memcmp(p, q, n) == 0);
	}
	rask_digest_free(d);
	rask_filter_free(f);
	for (i = 0; i < PAGES; i++) {
		if (state_page(st, i, &pg) == -1) {
			CHECK(said_so());
			bad++;
			continue;
		}
		n = (size_t)(pg.end - pg.first) + RASK_PAGE_HEAD;
		CHECK(n == s->page[i].len);
		CHECK(memcmp(pg.first - RASK_PAGE_HEAD, s->page[i].p, n) == 0);
	}
	return bad;
}

static void
reads_back(void)
{
	struct rask_page pg;
	struct sample s;
	struct state *st, *other;
	char name[SUMS_NAME_LEN];
	uint64_t block;
	int fd;

	make_sample(&s);
	CHECK(s.meta.live == ENTRIES);
	CHECK(state_open(&st, s.dir, "none") == -1 && errno == ENOENT);
	CHECK(state_open(&st, s.dir, "state") == 0);
	CHECK(state_meta(st)->node == 5 && state_meta(st)->epoch == 6);
	CHECK(state_meta(st)->seq == 99 && state_meta(st)->gone == 7);
	CHECK(state_meta(st)->digest_bits == 12);
	CHECK(read_all(&s, st) == 0);
	CHECK(state_page(st, PAGES, &pg) == -1 && errno == EBADMSG);
	CHECK(state_verify(st, s.dir, &block) == 0);
	/* two readers of one descriptor do not disturb each other */
	fd = dup(state_fd(st));
	CHECK(state_adopt(&other, fd) == 0);
	CHECK(fcntl(fd, F_GETFD) == -1 || fd == state_fd(other));
	CHECK(lseek(state_fd(other), 0, SEEK_SET) == 0);
	CHECK(lseek(state_fd(st), 17, SEEK_SET) == 17);
	CHECK(lseek(state_fd(other), 0, SEEK_CUR) == 0);
	CHECK(read_all(&s, other) == 0);
	unlinkat(s.dir, "state", 0);
	state_close(other);
	CHECK(state_adopt(&other, dup(state_fd(st))) == 0);
	CHECK(read_all(&s, other) == 0);
	state_close(other);
	/* what a newer one took the place of has its sums no longer */
	CHECK(state_verify(st, s.dir, &block) == 0);
	sums_name(name, POS);
	CHECK(unlinkat(s.dir, name, 0) == 0);
	CHECK(state_verify(st, s.dir, &block) == 0);
	state_close(st);
	end_sample(&s);
}

/* Write `n` bytes to the file that is hurt. */
static void
write_hurt(struct sample *s, const unsigned char *p, size_t n)
{
	int fd = openat(s->dir, "hurt", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd != -1 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

/* Hurt bytes somehow; how many are left. */
static size_t
hurt(unsigned char *p, size_t n, uint64_t *seed)
{
	size_t at = unit_below(seed, n), len;

	switch (unit_below(seed, 8)) {
	case 0:
		return at;
	case 1:
		len = unit_below(seed, n - at) + 1;
		memset(p + at, (int)unit_below(seed, 2) * 255,
		    len < 5000 ? len : 5000);
		return n;
	case 2:			/* GDBM's own header, as numbers */
		at = 4 * unit_below(seed, 20);
		len = (size_t)(unit_random(seed) >> unit_below(seed, 60));
		memcpy(p + at, &len, 4);
		return n;
	case 3:
		p[unit_below(seed, 16384)] ^= (unsigned char)(
		    1 << unit_below(seed, 8));
		return n;
	default:
		p[at] ^= (unsigned char)(1 << unit_below(seed, 8));
		return n;
	}
}

static void
survives_damage(void)
{
	struct rlimit mem = { 1 << 29, 1 << 29 };
	uint64_t seed = 1, block, same = 0, lost = 0;
	unsigned char *whole, *p;
	struct sample s;
	struct state *st;
	struct stat sb;
	size_t n;
	int fd, i;

	make_sample(&s);
	fd = openat(s.dir, "state", O_RDONLY);
	CHECK(fstat(fd, &sb) == 0);
	whole = malloc((size_t)sb.st_size);
	p = malloc((size_t)sb.st_size);
	CHECK(read(fd, whole, (size_t)sb.st_size) == sb.st_size);
	close(fd);
	CHECK(bounded(&mem));
	alarm(120);
	for (i = 0; i < 1500; i++) {
		memcpy(p, whole, (size_t)sb.st_size);
		n = hurt(p, (size_t)sb.st_size, &seed);
		write_hurt(&s, p, n);
		if (state_open(&st, s.dir, "hurt") == -1) {
			CHECK(said_so());
			lost++;
			continue;
		}
		same += read_all(&s, st) == 0;
		if (n != (size_t)sb.st_size ||
		    memcmp(p, whole, n) != 0)
			CHECK_SEED((uint64_t)i,
			    state_verify(st, s.dir, &block) == -1 &&
			    errno == EBADMSG);
		else
			CHECK(state_verify(st, s.dir, &block) == 0);
		state_close(st);
	}
	CHECK(same > 0 && lost > 0);
	free(whole);
	free(p);
	end_sample(&s);
}

static void
says_full(void)
{
	struct rlimit max = { 0, RLIM_INFINITY };
	struct state_maker *m;
	struct sample s;
	struct stat sb;
	rlim_t size;
	uint32_t i;
	int ok;

	make_sample(&s);
	CHECK(fstatat(s.dir, "state", &sb, 0) == 0);
	signal(SIGXFSZ, SIG_IGN);
	for (size = 0; size < (rlim_t)sb.st_size; size += 5000) {
		max.rlim_cur = size;
		CHECK(setrlimit(RLIMIT_FSIZE, &max) == 0);
		m = state_make(s.dir, "hurt", BITS);
		if (m == NULL) {
			CHECK(errno == EFBIG);
			continue;
		}
		for (ok = 0, i = 0; i < PAGES && ok == 0; i++)
			ok = state_put(m, i, s.page[i].p, s.page[i].len);
		if (ok == -1) {
			CHECK(errno == EFBIG);
			state_unmake(m);
			continue;
		}
		CHECK(state_made(m, &s.meta, s.digest, s.filter) == -1);
		CHECK(errno == EFBIG);
	}
	end_sample(&s);
}

static const struct unit tests[] = {
	{ "what was put into a state is read from it", reads_back },
	{ "whatever is damaged, what is read is right or refused",
	    survives_damage },
	{ "a full disk is an error like others", says_full },
};
UNIT_MAIN(tests)
