/*
 * supervisor.h: forks the pool (workers, a health worker, the prober), restarts what dies, drains on TERM, restarts all
 * of it one after the other on HUP. Runs under `spawn-fcgi -n`, with the listening socket as descriptor 0.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

struct settings;

/* Runs until TERM or INT; returns the exit status. `program`: the path to execute anew on HUP. */
int supervisor_main(const struct settings *settings, const char *program);

#endif
