/* Items become lines. */
#include <string.h>

#include "json.h"
#include "line.h"
#include "prog.h"

/* Add one change as a line. */
static int
add(struct prog *p, const struct rask_change *c)
{
	p->line.off = p->line.len = 0;
	if ((p->o->json ? rask_json_format(&p->line, c) :
	    rask_line_format(&p->line, c)) == -1)
		return -1;
	p->lines++;
	/* It fits: nothing is taken from the watcher while much waits. */
	return rask_out_add(&p->out, rask_buf_head(&p->line),
	    rask_buf_left(&p->line), 1) ? 0 : -1;
}

int
print_tree(struct prog *p, unsigned tree)
{
	struct rask_change c;

	memset(&c, 0, sizeof(c));
	c.op = RASK_OP_TREE;
	c.path = rask_watch_root(p->w, tree);
	p->tree = tree;
	p->told = true;
	return add(p, &c);
}

int
print(struct prog *p, const struct rask_watch_item *item)
{
	struct rask_change c = item->c;

	if ((!p->told || item->tree != p->tree) &&
	    print_tree(p, item->tree) == -1)
		return -1;
	if (!p->o->fields) {
		c.have &= RASK_F_FOUND;
		c.target = NULL;
	}
	return add(p, &c);
}
