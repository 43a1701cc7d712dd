/* child.h: starts one process of the pool. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "pool.h"

struct settings;
struct tokens;

struct child_setup {
    const struct settings *settings;
    const struct tokens *tokens; /* NULL: tokens are off */
    int health_fd;               /* the health worker's listening socket; the workers' is descriptor 0 */
};

/* Forks. The child never returns. -1 with errno when it could not be started. */
pid_t child_start(const struct child_setup *setup, enum pool_role role);

#endif
