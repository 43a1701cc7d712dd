/*
 * statement.h: what store_*.c runs on the worker's connection. Statements are prepared once a connection, take and give
 * binary values, and are named as they are listed by `session-backend --sql`.
 */
#ifndef STATEMENT_H
#define STATEMENT_H

#include <libpq-fe.h>

#include "base.h"
#include "db.h"
#include "params.h"

struct statement {
    const char *name;
    const char *sql;
};

/* All there are; NULL behind the last. */
const struct statement *statement_at(size_t index);
/* Prints every statement: "-- name" on a line, then its text and a semicolon. */
void statement_print_all(void);

/* What may be done when the connection breaks and nobody knows whether the statement took effect. */
enum statement_kind {
    STATEMENT_READS,
    STATEMENT_WRITES,    /* not sent again */
    STATEMENT_REPEATABLE /* a write that may be sent twice */
};

/* Runs one statement, within the request's deadline. NULL: it failed, see db_cause. PQclear the result. */
PGresult *db_run(struct db *db, const struct statement *statement, const struct params *params,
                 enum statement_kind kind) MUST_USE;

/* Two statements in one round trip and one transaction; the result is the second one's. */
PGresult *db_run_both(struct db *db, const struct statement *first, const struct params *first_params,
                      const struct statement *second, const struct params *second_params,
                      enum statement_kind kind) MUST_USE;

/* Runs a reading statement whose rows are then fetched one by one; rows that wait do not take memory here. */
bool db_stream(struct db *db, const struct statement *statement, const struct params *params) MUST_USE;
/* The next row, as a result of one row (PQclear it); NULL behind the last, and when it failed (db_cause then). */
PGresult *db_next(struct db *db) MUST_USE;
/* Ends reading before the last row: the rest is thrown away. */
void db_abandon(struct db *db);

#endif
