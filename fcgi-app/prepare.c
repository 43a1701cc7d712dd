/* prepare.c: see prepare.h. */
#include "prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "log.h"
#include "schema.h"
#include "version.h"

const struct statement PREPARE_TRACE = {"trace", "SELECT set_config('application_name', $1::text, true)"};

/*
 * Every statement is meant to be an index scan whatever the statistics say, also right after a large import: so plans
 * are made once (generic), without what could only be chosen by mistake. jit is off as its start costs more than any
 * statement of ours. A lock is waited for a little shorter than the request's deadline, so that the server tells us
 * that nothing was written; idle transactions cannot occur and are ended all the same. What is acknowledged must be on
 * disk, also where the role or the server has synchronous_commit off.
 */
#define SESSION_SETTINGS                                                                                               \
    "SELECT set_config('client_encoding', 'UTF8', false),"                                                             \
    " set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false),"  \
    " set_config('default_transaction_isolation', 'read committed', false), set_config('jit', 'off', false),"          \
    " set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),"         \
    " set_config('enable_bitmapscan', 'off', false), set_config('enable_hashjoin', 'off', false),"                     \
    " set_config('enable_mergejoin', 'off', false), set_config('max_parallel_workers_per_gather', '0', false),"        \
    " set_config('lock_timeout', '%d', false), set_config('idle_in_transaction_session_timeout', '%d', false)"

/* From version 14 on the server looks whether the client of a running statement is still there. */
#define CHECK_CLIENT ", set_config('client_connection_check_interval', '1000', false)"

static void no_notices(void *unused, const char *message) {
    (void)unused;
    (void)message; /* could quote data */
}

static bool send_text(PGconn *connection, const char *sql) {
    return PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool send_all(PGconn *connection, int timeout) {
    char sql[2048];
    int lock = timeout * 900;
    int len = snprintf(sql, sizeof(sql), SESSION_SETTINGS "%s", lock, 2 * timeout * 1000,
                       PQserverVersion(connection) >= 140000 ? CHECK_CLIENT : "");
    if (len < 0 || (size_t)len >= sizeof(sql) || !PQenterPipelineMode(connection) || !send_text(connection, sql))
        return false;
    len = snprintf(sql, sizeof(sql), SCHEMA_QUERY, version_number);
    if (len < 0 || (size_t)len >= sizeof(sql) || !send_text(connection, sql))
        return false;
    if (!PQsendPrepare(connection, PREPARE_TRACE.name, PREPARE_TRACE.sql, 0, NULL))
        return false;
    const struct statement *statement;
    for (size_t i = 0; (statement = statement_at(i)) != NULL; i++) {
        if (!PQsendPrepare(connection, statement->name, statement->sql, 0, NULL))
            return false;
    }
    return PQpipelineSync(connection) == 1;
}

/* One line when it changes, not one a request. */
static void schema_complain(enum schema_state state) {
    static enum schema_state known = SCHEMA_FINE;
    if (state != known)
        log_line(state == SCHEMA_FINE ? LOG_INFO : LOG_ERROR, "database: %s", schema_sentence(state));
    known = state;
}

static enum schema_state schema_judge(const PGresult *row) {
    if (PQntuples(row) != 1 || PQnfields(row) != 2)
        return SCHEMA_MISSING;
    long number = strtol(PQgetvalue(row, 0, 0), NULL, 10);
    if (number == 0)
        return SCHEMA_MISSING;
    if (number < SCHEMA_NUMBER)
        return SCHEMA_OLD;
    return strcmp(PQgetvalue(row, 0, 1), "t") == 0 ? SCHEMA_FINE : SCHEMA_NEW;
}

/* Remembers the first failure; those behind it are only consequences. */
static void note_failure(const PGresult *result, enum db_cause *cause, char sqlstate[6]) {
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || *cause != DB_CAUSE_NONE)
        return;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    (void)snprintf(sqlstate, 6, "%s", state ? state : "");
    *cause = db_cause_of(state);
    if (schema_is_missing(sqlstate)) {
        schema_complain(SCHEMA_MISSING);
        *cause = DB_CAUSE_AWAY;
    }
}

/* Waits for the next result. False: broken or too late. */
static bool wait_result(PGconn *connection, int64_t deadline, enum db_cause *cause) {
    for (;;) {
        int flushed = PQflush(connection);
        if (flushed <= 0 && !PQisBusy(connection))
            return true;
        int ready = connect_wait(connection, true, flushed == 1, deadline);
        if (ready <= 0) {
            *cause = ready == 0 ? DB_CAUSE_TIMEOUT : DB_CAUSE_AWAY;
            return false;
        }
        if (!PQconsumeInput(connection))
            return true; /* the next result says so */
    }
}

enum db_cause prepare_all(PGconn *connection, int timeout, int64_t deadline, char sqlstate[6]) {
    enum db_cause cause = DB_CAUSE_NONE;
    int statements = 0;
    (void)PQsetNoticeProcessor(connection, no_notices, NULL); /* returns the one before */
    if (!send_all(connection, timeout))
        return DB_CAUSE_AWAY;
    for (;;) {
        if (!wait_result(connection, deadline, &cause))
            return cause;
        PGresult *result = PQgetResult(connection);
        if (!result) {
            if (PQstatus(connection) != CONNECTION_OK)
                return DB_CAUSE_AWAY;
            statements++;
            continue;
        }
        bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (!synced)
            note_failure(result, &cause, sqlstate);
        if (statements == 1 && PQresultStatus(result) == PGRES_TUPLES_OK) {
            schema_complain(schema_judge(result));
            cause = schema_judge(result) == SCHEMA_FINE ? cause : DB_CAUSE_AWAY;
        }
        PQclear(result);
        if (synced)
            return cause != DB_CAUSE_NONE || PQexitPipelineMode(connection) ? cause : DB_CAUSE_AWAY;
        if (PQstatus(connection) != CONNECTION_OK)
            return cause != DB_CAUSE_NONE ? cause : DB_CAUSE_AWAY;
    }
}
