/* connect.h: makes a connection to PostgreSQL within a deadline, without blocking; for the workers and the prober. */
#ifndef CONNECT_H
#define CONNECT_H

#include <libpq-fe.h>

#include "base.h"
#include "error.h"

/* Tries the targets of conninfo.h in turn, first the one that worked last (each gets its share of the time that is
 * left), until one accepts. `deadline` is on timestamp_monotonic's clock. The connection is in non-blocking mode; owned
 * by the caller, PQfinish. NULL: *cause says why (AWAY, TIMEOUT, RESOURCES, SHUTDOWN, READ_ONLY: no host takes writes
 * though target_session_attrs asks for one; AWAY also for a wrong password: connect_error tells). */
PGconn *connect_open(int64_t deadline, enum db_cause *cause) MUST_USE;

/* One line about the last connect_open that failed, for the log; no secret in it. */
const char *connect_error(void);

/* Waits until the socket is readable (or writable) or the deadline has come: 1, 0 at the deadline, -1 on error. */
int connect_wait(PGconn *connection, bool for_reading, bool for_writing, int64_t deadline) MUST_USE;

#endif
