/*
 * db.h: the worker's one connection to PostgreSQL: connect, prepare, execute, mend. The only file beside params.h and
 * store_*.c that knows libpq. Every wait ends at the request's deadline.
 */
#ifndef DB_H
#define DB_H

#include "base.h"
#include "error.h"

struct db;
struct settings;

/* Does not connect yet (the first db_begin does). NULL when memory runs out. The settings must outlive it. */
struct db *db_open(const struct settings *settings) MUST_USE;
void db_close(struct db *db);

/* Connects and prepares, ahead of the first request. False when the database is away (not fatal). */
bool db_connect(struct db *db);

/* Starts a request's use of the connection: sets the deadline (REQUEST_TIMEOUT from now), mends a dead connection.
 * DB_CAUSE_NONE, or why the request should be answered 503 at once. `writes` makes no difference: a database that was
 * read-only may take writes by now, and says so at once when it does not. `trace` (absent, or a traceparent whose
 * sampled flag is set) goes into application_name within the same round trip. */
enum db_cause db_begin(struct db *db, bool writes, struct span trace) MUST_USE;

/* Ends it, after the answer has been sent: whatever happened, the connection is idle and small again, or closed. */
void db_end(struct db *db);

/* About the last store call that returned OUTCOME_FAILED. */
enum db_cause db_cause(const struct db *db);
const char *db_sqlstate(const struct db *db); /* five letters, or "" */

/* Microseconds this request waited for PostgreSQL so far. */
int64_t db_waited(const struct db *db);

#endif
