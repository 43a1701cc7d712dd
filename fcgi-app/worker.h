/*
 * worker.h: a worker process: accept, judge, dispatch, answer, until it is told to end.
 */
#ifndef WORKER_H
#define WORKER_H

#include "base.h"

#include <sys/types.h>

struct settings;
struct tokens;

struct worker {
    const struct settings *settings;
    const struct tokens *tokens; /* NULL: AUTH_TOKENS_FILE is not set */
    int listen_fd;               /* shared by the pool; gets SO_RCVTIMEO of a second */
    bool health;                 /* the health worker: has no database */
    pid_t parent;                /* ends when this is no longer its parent */
    /* Is the pod about to go? Then answers carry `Connection: close`. Called once a request; must be cheap. */
    bool (*leaving)(void);
    /* Called once, before the first accept (the database has been tried by then). */
    void (*ready)(void);
};

/*
 * Runs until SIGTERM, or until its parent is gone; the request in hand is finished first. Returns the exit status.
 * The caller has, in the child: set up the log and the shared memory, called random_reset, reset the signal mask and
 * handlers, and asked for PR_SET_PDEATHSIG. worker_main installs its own handlers of TERM and PIPE.
 */
int worker_main(const struct worker *worker);

#endif
