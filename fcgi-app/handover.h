/* handover.h: what a supervisor hands to the program it executes in its own place on HUP, through the environment. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <sys/types.h>

#include "base.h"

#define HANDOVER_PIDS_MAX 1200

struct handover {
    int memory_fd, health_fd; /* -1: none */
    pid_t pids[HANDOVER_PIDS_MAX];
    size_t count; /* 0: this is the first program */
};

/* Reads and removes the variable; descriptors become close-on-exec again. */
void handover_read(struct handover *handover);

/* Does `program -n` accept the settings? */
bool handover_check(const char *program) MUST_USE;

/* Executes `program`; returns only when that failed, with errno. */
void handover_exec(const char *program, int memory_fd, int health_fd, const pid_t *pids, size_t count);

#endif
