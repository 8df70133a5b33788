/*
 * rask-index checkpoint POS UPTO PARENT, with the store's directory as
 * descriptor 3: started by rask-index serve, and gone as soon as that is.
 */
#include <sys/prctl.h>

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "checkpoint.h"
#include "diag.h"
#include "verbs.h"

#define DIR_FD	3

int
checkpointer_main(int argc, char **argv)
{
	if (argc != 4)
		return EX_USAGE;
	prctl(PR_SET_NAME, "rask-checkpoint");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != (pid_t)atol(argv[3]))
		return EX_TEMPFAIL;
	diag_init("rask-index: checkpoint");
	return checkpoint_main(DIR_FD, strtoull(argv[1], NULL, 10),
	    strtoull(argv[2], NULL, 10));
}
