/*
 * A state and the feed behind it, as one sequence of pages.
 *
 * The records are scanned once, in the mapped segments, and of each only its
 * place and where its entry is are kept and sorted.  Reading them again, one
 * by one in the order of pages, cost a third of a checkpoint's time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "entry.h"
#include "fold.h"
#include "hash.h"

/* A record with an entry. */
struct item {
	uint64_t place;		/* of its path */
	uint64_t pos;		/* in the feed, of the entry's bytes */
	uint16_t len;		/* bytes of the entry */
	bool gone;		/* it is dropped */
};

struct fold {
	struct state *st;	/* borrowed, or NULL */
	const struct segs *segs;	/* borrowed */
	struct item *v;		/* n of cap items, by (place, pos); owned */
	size_t n, cap;
	size_t next;		/* the first one not yet in a page */
	uint64_t number;	/* the page to come */
	uint64_t seq;		/* the last one */
	bool fresh_only;	/* pass over the others */
	fold_see *see;		/* borrowed, as its argument */
	void *ctx;
	bool has_old;		/* old is page old_number of the state */
	uint32_t old_number;
	struct rask_page old;
	struct rask_page_put *put;	/* of the page in the making, put_cap
					 * at most; owned */
	size_t put_cap;
	struct rask_buf page;	/* that was given last */
	bool fault_old;		/* what failed was reading page old_number */
	uint64_t fault;		/* or a record at this position */
};

/* Order of items: by place, and then as they were written. */
static int
compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

/* Note a record. */
static int
note(struct fold *f, const struct rask_record *r, uint64_t end)
{
	size_t cap = f->cap == 0 ? 1024 : f->cap * 2;
	struct item *v;

	if (f->see != NULL)
		f->see(f->ctx, r);
	if (r->type == RASK_RECORD_CHANGE || r->type == RASK_RECORD_MOVE)
		if (r->seq > f->seq)
			f->seq = r->seq;
	if (r->type != RASK_RECORD_CHANGE && r->type != RASK_RECORD_REFRESH &&
	    r->type != RASK_RECORD_DROP)
		return 0;
	if (f->n == f->cap) {
		if ((v = reallocarray(f->v, cap, sizeof(*v))) == NULL)
			return -1;
		f->v = v;
		f->cap = cap;
	}
	/* the entry is the last part of its record */
	f->v[f->n++] = (struct item){
		rask_place(r->entry.path, r->entry.path_len),
		end - r->entry_len, (uint16_t)r->entry_len,
		r->type == RASK_RECORD_DROP };
	return 0;
}

/* Scan the records of a part of the feed. */
static int
scan(struct fold *f, uint64_t pos, uint64_t upto, uint64_t *at)
{
	struct seg_scan c;
	struct rask_record r;
	int more;

	*at = pos;
	if (seg_scan_begin(&c, f->segs, pos, upto) == -1)
		return -1;
	while ((more = seg_scan_next(&c, &r, at)) == 1)
		if (note(f, &r, c.pos) == -1)
			break;
	*at = c.pos;
	seg_scan_end(&c);
	return more == 0 ? 0 : -1;
}

/* The part of all places that an item sorts into. */
static size_t
part_of(const struct item *it)
{
	return it->place >> 48;
}

/*
 * Sort: each item into its 65,536th of all places, and those by themselves.
 * Places are hashes, so that the parts are small and alike.
 */
static int
sort(struct fold *f)
{
	const size_t parts = 65536;
	struct item *to = reallocarray(NULL, f->n + 1, sizeof(*to));
	size_t *at = calloc(parts + 1, sizeof(*at)), i, begin = 0;

	if (to == NULL || at == NULL) {
		free(to);
		free(at);
		return -1;
	}
	for (i = 0; i < f->n; i++)
		at[part_of(&f->v[i]) + 1]++;
	for (i = 1; i < parts; i++)
		at[i] += at[i - 1];
	for (i = 0; i < f->n; i++)
		to[at[part_of(&f->v[i])]++] = f->v[i];
	for (i = 0; i < parts; begin = at[i++])
		if (at[i] - begin > 1)
			qsort(to + begin, at[i] - begin, sizeof(*to),
			    compare);
	free(at);
	free(f->v);
	f->v = to;
	f->cap = f->n + 1;
	return 0;
}

struct fold *
fold_new(struct state *st, struct segs *s, uint64_t pos, uint64_t upto,
    fold_see *see, void *ctx, uint64_t *at)
{
	struct fold *f = calloc(1, sizeof(*f));

	*at = pos;
	if (f == NULL || segs_map(s) == -1) {
		free(f);
		return NULL;
	}
	f->st = st;
	f->segs = s;
	f->see = see;
	f->ctx = ctx;
	if (st != NULL) {
		pos = state_meta(st)->pos;
		f->seq = state_meta(st)->seq;
	} else if (s->n > 0)
		f->seq = s->v[0].head.after;
	if (scan(f, pos, upto, at) == -1 || sort(f) == -1) {
		fold_free(f);
		return NULL;
	}
	return f;
}

void
fold_free(struct fold *f)
{
	int e = errno;

	if (f == NULL)
		return;
	free(f->v);
	free(f->put);
	rask_buf_free(&f->page);
	free(f);
	errno = e;
}

uint64_t
fold_seq(const struct fold *f)
{
	return f->seq;
}

uint64_t
fold_touched(const struct fold *f, unsigned bits)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (i == 0 || rask_page_of(f->v[i].place, bits) !=
		    rask_page_of(f->v[i - 1].place, bits))
			n++;
	return n;
}

void
fold_fresh_only(struct fold *f)
{
	f->fresh_only = true;
}

bool
fold_fault(const struct fold *f, uint64_t *at)
{
	*at = f->fault_old ? f->old_number : f->fault;
	return f->fault_old;
}

/* Have the state's page that holds this one.  Once for all of its parts. */
static int
read_old(struct fold *f, uint32_t number)
{
	if (f->has_old && f->old_number == number)
		return 0;
	f->has_old = false;
	f->old_number = number;
	f->fault_old = true;
	if (state_page(f->st, number, &f->old) == -1)
		return -1;
	f->fault_old = false;
	f->has_old = true;
	return 0;
}

/* Order of the paths of two entries. */
static int
compare_paths(const struct rask_page_put *a, const struct rask_page_put *b)
{
	size_t n, m;
	const char *p = rask_entry_path(a->e, a->e_len, &n);
	const char *q = rask_entry_path(b->e, b->e_len, &m);
	int c = memcmp(p, q, n < m ? n : m);

	return c != 0 ? c : n < m ? -1 : n > m;
}

/*
 * Join a put to n others, none of which has a later place.  The same path is
 * replaced: records come in their order.
 */
static size_t
join(struct rask_page_put *v, size_t n, const struct rask_page_put *put)
{
	size_t i;
	int c;

	for (i = n; i > 0 && v[i - 1].place == put->place; i--) {
		if ((c = compare_paths(&v[i - 1], put)) == 0) {
			v[i - 1] = *put;
			return n;
		}
		if (c < 0)
			break;
	}
	memmove(v + i + 1, v + i, (n - i) * sizeof(*v));
	v[i] = *put;
	return n + 1;
}

/* Make of the n items of a page what is to be put into it. */
static int
make_puts(struct fold *f, size_t n, size_t *puts)
{
	const struct item *it = f->v + f->next;
	struct rask_page_put *v;
	const struct seg *seg;
	size_t i;

	if (n > f->put_cap) {
		v = reallocarray(f->put, n, sizeof(*v));
		if (v == NULL)
			return -1;
		f->put = v;
		f->put_cap = n;
	}
	for (*puts = 0, i = 0; i < n; i++) {
		seg = segs_at(f->segs, it[i].pos);
		*puts = join(f->put, *puts, &(struct rask_page_put){
		    it[i].place, seg->map + (it[i].pos - seg->head.start),
		    it[i].len, it[i].gone });
	}
	return 0;
}

/* The items that are in the page to come. */
static size_t
count_items(const struct fold *f, unsigned bits)
{
	size_t i = f->next;

	while (i < f->n && rask_page_of(f->v[i].place, bits) == f->number)
		i++;
	return i - f->next;
}

/* Make the page to come of its old one and n items. */
static int
make_page(struct fold *f, unsigned bits, size_t n)
{
	struct rask_page_maker m;
	size_t puts = 0;

	if (n > 0 && make_puts(f, n, &puts) == -1)
		return -1;
	f->page.len = f->page.off = 0;
	return rask_page_merge(&m, &f->page, (uint32_t)f->number, bits,
	    f->st == NULL ? NULL : &f->old, f->put, puts);
}

int
fold_next(struct fold *f, unsigned bits, const unsigned char **page,
    size_t *len, uint32_t *number, bool *fresh)
{
	unsigned more = f->st == NULL ? 0 : bits - state_meta(f->st)->bits;
	size_t n;

	if (f->fresh_only)
		f->number = f->next == f->n ? (uint64_t)1 << bits :
		    rask_page_of(f->v[f->next].place, bits);
	if (f->number >> bits != 0)
		return 0;
	if (f->st != NULL && read_old(f, (uint32_t)(f->number >> more)) == -1)
		return -1;
	n = count_items(f, bits);
	*fresh = n > 0 || more > 0 || f->st == NULL;
	if (*fresh) {
		if (make_page(f, bits, n) == -1)
			return -1;
		*page = rask_buf_head(&f->page);
		*len = rask_buf_left(&f->page);
	} else {
		*page = f->old.first - RASK_PAGE_HEAD;
		*len = (size_t)(f->old.end - *page);
	}
	*number = (uint32_t)f->number++;
	f->next += n;
	return 1;
}
