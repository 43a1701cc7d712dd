/*
 * prober.h: the process that looks every half second whether the database is there, hangs, or takes writes, and the
 * only one that asks the resolver (getaddrinfo blocks for long when the name server is dead). What it sees goes into
 * availability.h.
 */
#ifndef PROBER_H
#define PROBER_H

#include <sys/types.h>

/* Exit status that tells the supervisor to stop everything: the database's schema is not one this program can use. */
#define PROBER_WRONG_SCHEMA 78

/* Runs until it is killed or `parent` is no longer its parent. */
int prober_main(pid_t parent);

#endif
