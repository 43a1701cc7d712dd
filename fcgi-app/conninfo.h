/*
 * conninfo.h: where the database is: DATABASE_URL, else POSTGRES_*, else libpq's own PG* variables (contract 1.6),
 * as keywords and values for PQconnectStartParams, one set a target. A target is one address of one host: libpq, given
 * several hosts, never leaves a silent one while it is used without blocking, so callers try target after target.
 */
#ifndef CONNINFO_H
#define CONNINFO_H

#include "base.h"

struct settings;

#define CONNINFO_KEYWORDS_MAX 64
#define CONNINFO_TARGETS_MAX 32

struct conninfo {
    const char *keywords[CONNINFO_KEYWORDS_MAX + 1]; /* both end with NULL; for PQconnectStartParams(…, 0) */
    const char *values[CONNINFO_KEYWORDS_MAX + 1];
};

/* Reads the settings once per program. False: *fault (static storage) is one line that names the variable and holds no
 * secret. Logs at INFO which source was used and which options were ignored. */
bool conninfo_setup(const struct settings *settings, const char **fault) MUST_USE;

/* Everything that was configured, all hosts in one set: for programs that may block (PQconnectdbParams). */
void conninfo_all(struct conninfo *out);

/* How many targets there are now: one a host, or one an address once the prober has resolved the names. Socket
 * directories are targets as they are. */
size_t conninfo_targets(void);
/* The parameters of target `index`, valid until conninfo_targets is called again. False: its name was not resolved, so
 * that libpq would ask the resolver, which may block. */
bool conninfo_target(size_t index, struct conninfo *out) MUST_USE;
/* Has the program just started, and the prober not yet resolved the names? */
bool conninfo_resolving(void);

/* The prober's part: asks the resolver for every host and publishes the addresses to the pool. May block for long. */
void conninfo_resolve(void);

#endif
