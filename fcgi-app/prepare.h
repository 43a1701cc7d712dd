/* prepare.h: makes a new connection ours: session settings, a look at the schema, and every statement, in one round
 * trip. */
#ifndef PREPARE_H
#define PREPARE_H

#include <libpq-fe.h>

#include "error.h"
#include "statement.h"

/* Puts a traceparent into application_name until the end of the transaction. */
extern const struct statement PREPARE_TRACE;

/* `deadline` on timestamp_monotonic's clock, `timeout` in seconds. On failure sqlstate holds five letters or "". */
enum db_cause prepare_all(PGconn *connection, int timeout, int64_t deadline, char sqlstate[6]) MUST_USE;

#endif
