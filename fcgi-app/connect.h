/* connect.h: makes a connection to PostgreSQL within a deadline, without blocking; for the workers and the prober. */
#ifndef CONNECT_H
#define CONNECT_H

#include <libpq-fe.h>

#include "base.h"
#include "error.h"

/* Tries the targets of conninfo.h in turn (each gets its share of the time that is left) until one accepts. `deadline`
 * is on timestamp_monotonic's clock. The connection is in non-blocking mode; owned by the caller, PQfinish. NULL:
 * *cause says why (AWAY, TIMEOUT, RESOURCES, SHUTDOWN, READ_ONLY). */
PGconn *connect_open(int64_t deadline, enum db_cause *cause) MUST_USE;

/* Waits until the socket is readable (or writable) or the deadline has come: 1, 0 at the deadline, -1 on error. */
int connect_wait(PGconn *connection, bool for_reading, bool for_writing, int64_t deadline) MUST_USE;

#endif
