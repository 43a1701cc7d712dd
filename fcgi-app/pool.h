/*
 * pool.h: what the processes of the pool share: a piece of memory (memfd, inherited over fork and over the supervisor's
 * re-exec) with a head and one slot a process. Counters in a slot have one writer, its process, so they are plain
 * stores without a contended cache line; readers add the slots up.
 */
#ifndef POOL_H
#define POOL_H

#include <sys/types.h>

#include "base.h"

/* For struct worker: leaving and ready. */
bool pool_leaving(void);
void pool_ready(void);

/* The supervisor's part. `inherited`: the memfd of the supervisor before this one, or -1. Memory of another layout is
 * not taken over. False, with errno, when the kernel gives none. */
bool pool_setup(int workers, int inherited) MUST_USE;
int pool_descriptor(void); /* of the memfd, close-on-exec; the supervisor hands it on */
void pool_set_leaving(bool leaving);

/* Slots. The supervisor takes one before it forks, the child attaches to it, the supervisor gives it back when it has
 * reaped the child. Counters stay; only what describes the process is reset. */
enum pool_role { POOL_WORKER = 1, POOL_HEALTH, POOL_PROBER };
struct slot;
struct slot *pool_take(enum pool_role role) MUST_USE; /* NULL: none is free */
void pool_assign(struct slot *slot, pid_t pid);
void pool_attach(struct slot *slot);
void pool_release(struct slot *slot);
struct slot *pool_find(pid_t pid); /* NULL: not ours */
enum pool_role pool_role(const struct slot *slot);
bool pool_is_ready(const struct slot *slot);
void pool_count_restart(void);

#endif
