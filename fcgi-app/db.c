/*
 * db.c: see db.h and statement.h. libpq is used without blocking, so that every wait ends at the deadline. A connection
 * about which there is any doubt is closed; the next request makes a new one.
 */
#include "db.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "availability.h"
#include "connect.h"
#include "log.h"
#include "metrics.h"
#include "prepare.h"
#include "settings.h"
#include "statement.h"
#include "timestamp.h"

/* libpq's buffers never shrink: behind an exchange of more than this the connection is made anew. */
#define EXCHANGE_LARGE (1024 * 1024)
/* What a request may wait, of each second of REQUEST_TIMEOUT: the rest is for saying that it was in vain. */
#define WAIT_OF_SECOND 970000
/* Abandoned rows up to this many are read to their end; more cost more than a new connection. */
#define ABANDON_ROWS 2

struct db {
    const struct settings *settings;
    PGconn *connection; /* NULL: none */
    int64_t deadline;   /* of this request */
    int64_t waited;
    struct span trace;
    size_t exchanged;                  /* the largest message of this request */
    bool pipeline;                     /* the statement in hand went in a pipeline */
    bool streaming;                    /* rows are outstanding */
    bool rows_seen;                    /* at least one came */
    const struct statement *statement; /* whose rows they are */
    PGresult *ahead;                   /* a row fetched, but not handed over yet */
    enum db_cause cause;
    enum db_cause complained; /* logged already */
    char sqlstate[6];
};

struct db *db_open(const struct settings *settings) {
    struct db *db = calloc(1, sizeof(*db));
    if (db)
        db->settings = settings;
    return db;
}

static void db_drop(struct db *db) {
    PQclear(db->ahead);
    db->ahead = NULL;
    db->streaming = false;
    if (!db->connection)
        return;
    PQfinish(db->connection);
    db->connection = NULL;
    metrics_connected(false);
}

void db_close(struct db *db) {
    if (!db)
        return;
    db_drop(db);
    free(db);
}

enum db_cause db_cause(const struct db *db) {
    return db->cause;
}

const char *db_sqlstate(const struct db *db) {
    return db->sqlstate;
}

int64_t db_waited(const struct db *db) {
    return db->waited;
}

/* ---- connecting ---- */

/* One line when the database goes away, and one when it is back; not one a request. */
static void db_complain(struct db *db, enum db_cause cause) {
    if (cause == db->complained)
        return;
    if (cause == DB_CAUSE_NONE)
        log_line(LOG_INFO, "database: connected again");
    else
        log_line(LOG_WARNING, "database: no connection (%s%s%s)", db_cause_name(cause),
                 db->sqlstate[0] ? ", SQLSTATE " : "", db->sqlstate);
    db->complained = cause;
}

static enum db_cause db_connect_until(struct db *db, int64_t deadline) {
    int64_t started = timestamp_monotonic();
    int64_t latest = started + (int64_t)db->settings->connect_timeout * 1000000;
    enum db_cause cause = DB_CAUSE_AWAY;
    db->sqlstate[0] = '\0';
    db_drop(db);
    db->connection = connect_open(latest < deadline ? latest : deadline, &cause);
    if (db->connection) {
        metrics_connected(true);
        cause = prepare_all(db->connection, db->settings->request_timeout, deadline, db->sqlstate);
        if (cause != DB_CAUSE_NONE)
            db_drop(db);
    }
    db->waited += timestamp_monotonic() - started;
    db_complain(db, cause);
    if (cause == DB_CAUSE_TIMEOUT)
        availability_timed_out();
    else if (cause == DB_CAUSE_AWAY || cause == DB_CAUSE_SHUTDOWN)
        availability_lost();
    return cause;
}

bool db_connect(struct db *db) {
    int64_t deadline = timestamp_monotonic() + (int64_t)db->settings->request_timeout * WAIT_OF_SECOND;
    return db_connect_until(db, deadline) == DB_CAUSE_NONE;
}

/* Between requests the server has nothing to say but good-bye: whatever can be read means that the connection is gone
 * (or that a setting of the server changed, and then a new one does no harm). */
static bool db_alive(const struct db *db) {
    char byte;
    if (PQstatus(db->connection) != CONNECTION_OK)
        return false;
    bool silent = recv(PQsocket(db->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
    return silent && errno == EAGAIN; /* another error: it was reset, or timed out */
}

enum db_cause db_begin(struct db *db, bool writes, struct span trace) {
    (void)writes;
    db->deadline = timestamp_monotonic() + (int64_t)db->settings->request_timeout * WAIT_OF_SECOND;
    db->waited = 0;
    db->exchanged = 0;
    db->trace = trace;
    db->sqlstate[0] = '\0';
    db->cause = DB_CAUSE_NONE;
    if (availability_get() == AVAILABILITY_HANGING && !availability_may_try())
        return db->cause = DB_CAUSE_HANGING;
    if (db->connection && db_alive(db))
        return DB_CAUSE_NONE;
    if (db->connection)
        metrics_reconnected();
    else if (availability_get() == AVAILABILITY_AWAY && !availability_may_try())
        return db->cause = DB_CAUSE_AWAY; /* a database that starts needs its processors for itself */
    return db->cause = db_connect_until(db, db->deadline);
}

void db_end(struct db *db) {
    if (db->streaming || (db->connection && PQtransactionStatus(db->connection) != PQTRANS_IDLE))
        db_drop(db);
    if (db->exchanged > EXCHANGE_LARGE) {
        db_drop(db);
        (void)malloc_trim(0); /* returns whether there was anything to give back */
        (void)db_connect(db); /* if it fails, the next request tries again */
    }
    db->trace = SPAN_ABSENT;
    db->exchanged = 0;
}

/* ---- executing ---- */

/* Remembers why, and leaves the connection only when it is sound. */
static void db_failed(struct db *db, enum db_cause cause) {
    db->cause = cause;
    switch (cause) {
    case DB_CAUSE_TIMEOUT:
        availability_timed_out();
        db_drop(db);
        break;
    case DB_CAUSE_READ_ONLY:
        availability_read_only();
        db_drop(db); /* another host may be writable */
        break;
    case DB_CAUSE_CONFLICT:
        if (strcmp(db->sqlstate, "55P03") == 0)
            availability_timed_out(); /* lock_timeout, which is our own deadline */
        break;
    case DB_CAUSE_AWAY:
    case DB_CAUSE_SHUTDOWN:
        availability_lost();
        db_drop(db);
        break;
    default:
        break;
    }
    if (db->connection && PQstatus(db->connection) != CONNECTION_OK)
        db_drop(db);
}

static void db_failed_result(struct db *db, const struct statement *statement, const PGresult *result) {
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    (void)snprintf(db->sqlstate, sizeof(db->sqlstate), "%s", state ? state : "");
    enum db_cause cause = db_cause_of(state);
    if (cause == DB_CAUSE_BUG) /* never the message: it may quote the client's data */
        log_line(LOG_ERROR, "database: statement %s failed with SQLSTATE %s", statement->name, db->sqlstate);
    db_failed(db, cause);
}

/* Waits until libpq has a whole result; false: *cause says why not. */
static bool db_wait(struct db *db, enum db_cause *cause) {
    int64_t started = 0;
    bool fine = true;
    for (;;) {
        int flushed = PQflush(db->connection);
        if (flushed < 0) { /* what the server said last may lie in the socket still */
            flushed = 0;
        }
        if (flushed == 0 && !PQisBusy(db->connection))
            break;
        if (started == 0)
            started = timestamp_monotonic();
        int ready = connect_wait(db->connection, true, flushed == 1, db->deadline);
        if (ready <= 0) {
            *cause = ready == 0 ? DB_CAUSE_TIMEOUT : DB_CAUSE_AWAY;
            fine = false;
            break;
        }
        if (!PQconsumeInput(db->connection))
            break; /* PQgetResult makes an error of it, with the server's last words */
    }
    if (started != 0)
        db->waited += timestamp_monotonic() - started;
    return fine;
}

/* The next result, or NULL as PQgetResult; false: no answer within the deadline, db_failed was called. */
static bool db_result(struct db *db, PGresult **result) {
    enum db_cause cause = DB_CAUSE_AWAY;
    *result = NULL;
    if (!db_wait(db, &cause)) {
        db->sqlstate[0] = '\0';
        db_failed(db, cause);
        return false;
    }
    *result = PQgetResult(db->connection);
    return true;
}

static bool send_one(struct db *db, const struct statement *statement, const struct params *params) {
    return PQsendQueryPrepared(db->connection, statement->name, params->count, params->values, params->lengths,
                               params->formats, 1) == 1;
}

static bool db_send(struct db *db, const struct statement *first, const struct params *first_params,
                    const struct statement *statement, const struct params *params) {
    size_t bytes = params->bytes;
    if (bytes > db->exchanged)
        db->exchanged = bytes;
    db->pipeline = db->trace.at || first;
    if (!db->pipeline)
        return send_one(db, statement, params);
    if (!PQenterPipelineMode(db->connection))
        return false;
    if (db->trace.at) {
        struct params trace = {0};
        params_span(&trace, db->trace);
        if (!send_one(db, &PREPARE_TRACE, &trace))
            return false;
    }
    if (first && !send_one(db, first, first_params))
        return false;
    return send_one(db, statement, params) && PQpipelineSync(db->connection) == 1;
}

/* Reads the result of a statement that went ahead of the one that matters. */
static bool db_skip(struct db *db, const struct statement *statement) {
    PGresult *result;
    bool fine = true;
    for (;;) {
        if (!db_result(db, &result))
            return false;
        if (!result)
            return fine;
        ExecStatusType status = PQresultStatus(result);
        /* libpq 15 forgets to leave single-row mode when a pipeline's first statement is sent. */
        if (fine && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_SINGLE_TUPLE) {
            db_failed_result(db, statement, result);
            fine = false;
        }
        PQclear(result);
        if (!db->connection)
            return false;
    }
}

/* Behind the statement's result: everything up to the point where the server has committed and is idle. */
static bool db_finish(struct db *db, const struct statement *statement) {
    PGresult *result;
    for (;;) {
        if (!db_result(db, &result))
            return false;
        if (!result && PQstatus(db->connection) != CONNECTION_OK) {
            db->sqlstate[0] = '\0';
            db_failed(db, DB_CAUSE_AWAY);
            return false;
        }
        if (!result && !db->pipeline)
            return true;
        if (!result)
            continue;
        if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) { /* it could not commit */
            db_failed_result(db, statement, result);
            PQclear(result);
            db_drop(db);
            return false;
        }
        PQclear(result);
        if (PQexitPipelineMode(db->connection))
            return true;
        db_failed(db, DB_CAUSE_AWAY);
        return false;
    }
}

static void db_succeeded(enum statement_kind kind) {
    availability_succeeded(kind != STATEMENT_READS || availability_get() != AVAILABILITY_READ_ONLY);
}

/* One attempt. The result is whole and committed, or NULL. */
static PGresult *db_attempt(struct db *db, const struct statement *first, const struct params *first_params,
                            const struct statement *statement, const struct params *params) {
    PGresult *result = NULL;
    if (!db_send(db, first, first_params, statement, params)) {
        db->sqlstate[0] = '\0';
        db_failed(db, DB_CAUSE_AWAY);
        db_drop(db);
        return NULL;
    }
    bool fine = (!(db->pipeline && db->trace.at) || db_skip(db, &PREPARE_TRACE)) && (!first || db_skip(db, first));
    if (!db->connection)
        return NULL;
    if (!db_result(db, &result))
        return NULL;
    ExecStatusType status = PQresultStatus(result);
    if (fine && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        db_failed_result(db, statement, result);
        fine = false;
    }
    if (fine && PQresultMemorySize(result) > db->exchanged)
        db->exchanged = PQresultMemorySize(result);
    if (!db->connection || !db_finish(db, statement))
        fine = false;
    if (!fine) {
        PQclear(result);
        return NULL;
    }
    return result;
}

/* May the statement that has just failed be sent once more? */
static bool db_again(const struct db *db, enum statement_kind kind) {
    if (strcmp(db->sqlstate, "40001") == 0 || strcmp(db->sqlstate, "40P01") == 0)
        return true; /* rolled back */
    if (strcmp(db->sqlstate, "26000") == 0 || strcmp(db->sqlstate, "0A000") == 0)
        return true; /* the prepared statement is gone or out of date: it was not run */
    if (db->cause == DB_CAUSE_AWAY || db->cause == DB_CAUSE_SHUTDOWN)
        return kind != STATEMENT_WRITES;
    return false;
}

/* Whoever won a deadlock must get the locks first: at once we would take them again and meet it again. */
static void db_step_aside(const struct db *db) {
    const struct timespec moment = {.tv_nsec = 250 * 1000 * 1000};
    if (strcmp(db->sqlstate, "40P01") == 0)
        (void)nanosleep(&moment, NULL); /* cut short by a signal is fine */
}

/* Gets ready for the second attempt. */
static bool db_mend(struct db *db) {
    metrics_retried();
    db_step_aside(db);
    if (strcmp(db->sqlstate, "26000") == 0 || strcmp(db->sqlstate, "0A000") == 0)
        db_drop(db);
    if (db->connection)
        return true;
    metrics_reconnected();
    db->cause = db_connect_until(db, db->deadline);
    return db->cause == DB_CAUSE_NONE;
}

PGresult *db_run_both(struct db *db, const struct statement *first, const struct params *first_params,
                      const struct statement *second, const struct params *second_params, enum statement_kind kind) {
    db->cause = DB_CAUSE_NONE;
    db->sqlstate[0] = '\0';
    if (second_params->failed || (first && first_params->failed) || (!db->connection && !db_mend(db))) {
        db->cause = db->cause == DB_CAUSE_NONE ? DB_CAUSE_RESOURCES : db->cause;
        return NULL;
    }
    PGresult *result = db_attempt(db, first, first_params, second, second_params);
    if (!result && db_again(db, kind) && db_mend(db))
        result = db_attempt(db, first, first_params, second, second_params);
    if (result) {
        db->cause = DB_CAUSE_NONE;
        db_succeeded(kind);
    }
    return result;
}

PGresult *db_run(struct db *db, const struct statement *statement, const struct params *params,
                 enum statement_kind kind) {
    return db_run_both(db, NULL, NULL, statement, params, kind);
}

/* ---- row by row ---- */

/* One attempt up to the first row or the end. */
static bool db_stream_attempt(struct db *db, const struct statement *statement, const struct params *params) {
    bool sent = db_send(db, NULL, NULL, statement, params);
    bool fine = sent && (!db->pipeline || db_skip(db, &PREPARE_TRACE));
    if (sent && !fine) {
        if (db->connection)
            db_drop(db);
        return false;
    }
    if (!fine || !PQsetSingleRowMode(db->connection)) {
        db->sqlstate[0] = '\0';
        db_failed(db, DB_CAUSE_AWAY);
        return false;
    }
    db->streaming = true;
    db->statement = statement;
    db->rows_seen = false;
    db->ahead = db_next(db);
    return db->cause == DB_CAUSE_NONE;
}

bool db_stream(struct db *db, const struct statement *statement, const struct params *params) {
    db->cause = DB_CAUSE_NONE;
    db->sqlstate[0] = '\0';
    if (params->failed || (!db->connection && !db_mend(db))) {
        db->cause = db->cause == DB_CAUSE_NONE ? DB_CAUSE_RESOURCES : db->cause;
        return false;
    }
    if (db_stream_attempt(db, statement, params))
        return true;
    if (!db_again(db, STATEMENT_READS) || !db_mend(db))
        return false;
    db->cause = DB_CAUSE_NONE;
    return db_stream_attempt(db, statement, params);
}

PGresult *db_next(struct db *db) {
    PGresult *result = db->ahead;
    if (result || !db->streaming) {
        db->ahead = NULL;
        return result;
    }
    if (db->rows_seen && PQisBusy(db->connection)) /* as long as rows come, the statement is alive */
        db->deadline = timestamp_monotonic() + (int64_t)db->settings->request_timeout * WAIT_OF_SECOND;
    if (!db_result(db, &result))
        return NULL;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_SINGLE_TUPLE) {
        size_t size = PQresultMemorySize(result);
        if (size > db->exchanged)
            db->exchanged = size;
        db->rows_seen = true;
        return result;
    }
    db->streaming = false;
    if (status != PGRES_TUPLES_OK)
        db_failed_result(db, db->statement, result);
    PQclear(result);
    if (db->connection && db_finish(db, db->statement) && db->cause == DB_CAUSE_NONE)
        db_succeeded(STATEMENT_READS);
    return NULL;
}

void db_abandon(struct db *db) {
    for (int i = 0; db->streaming && i < ABANDON_ROWS; i++)
        PQclear(db_next(db));
    if (db->streaming)
        db_drop(db);
}
