#ifndef VERBS_H
#define VERBS_H

/*
 * The verbs: each takes its own arguments, the verb's name first, says what
 * there is to say, and returns an exit status.
 */
int serve_main(int argc, char **argv);
/* In the checkpointer, started by serve: descriptor 3 is the directory. */
int checkpointer_main(int argc, char **argv);
/* rebuild -d DIR -C TREE */
int rebuild_main(int argc, char **argv);

#endif
