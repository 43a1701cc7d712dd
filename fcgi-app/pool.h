/*
 * pool.h: what the processes of the pool share: a piece of memory (memfd, inherited over fork and over the supervisor's
 * re-exec) with a head and one slot a process. Counters in a slot have one writer, its process, so they are plain
 * stores without a contended cache line; readers add the slots up.
 */
#ifndef POOL_H
#define POOL_H

#include "base.h"

/* For struct worker: leaving and ready. */
bool pool_leaving(void);
void pool_ready(void);

#endif
