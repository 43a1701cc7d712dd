/*
 * error.h: every way to fail. One enum, one table (HTTP status, name), the error body, and the one mapping from
 * PostgreSQL's SQLSTATE. Codes are never used for something else later.
 */
#ifndef ERROR_H
#define ERROR_H

#include "base.h"
#include "buf.h"

enum error {
    ERROR_NONE = 0,
    ERROR_BAD_REQUEST,       /* 400 */
    ERROR_UNAUTHORIZED,      /* 401 */
    ERROR_FORBIDDEN,         /* 403 */
    ERROR_NOT_FOUND,         /* 404: no such thing */
    ERROR_NO_PATH,           /* 404: no such path */
    ERROR_METHOD,            /* 405 */
    ERROR_CONFLICT,          /* 409 */
    ERROR_LENGTH_REQUIRED,   /* 411 */
    ERROR_PRECONDITION,      /* 412 */
    ERROR_TOO_LARGE,         /* 413 */
    ERROR_ENCODING,          /* 415 */
    ERROR_INVALID,           /* 422 */
    ERROR_HEADERS_TOO_LARGE, /* 431 */
    ERROR_INTERNAL,          /* 500 */
    ERROR_NOT_IMPLEMENTED,   /* 501 */
    ERROR_UNAVAILABLE,       /* 503 */
    ERROR_VERSION,           /* 505 */
    ERROR_COUNT
};

int error_status(enum error error);
const char *error_name(enum error error); /* "NotFoundError", ... */

/* Appends the body of contract 1.3: an object under "detail", or plain text there for 404 of paths and 405. */
void error_body(struct buf *out, enum error error, const char *message, const char *request_id);

/* Why the database did not do what was asked; also the label of the 503s in the metrics. */
enum db_cause {
    DB_CAUSE_NONE = 0,
    DB_CAUSE_AWAY,      /* no connection, or it broke */
    DB_CAUSE_HANGING,   /* known to hang: not tried */
    DB_CAUSE_TIMEOUT,   /* this statement's deadline */
    DB_CAUSE_READ_ONLY, /* SQLSTATE 25006 */
    DB_CAUSE_CONFLICT,  /* deadlock, serialization failure, lock timeout: 40001, 40P01, 55P03 */
    DB_CAUSE_RESOURCES, /* class 53: disk full, out of memory, too many connections */
    DB_CAUSE_SHUTDOWN,  /* class 57: admin shutdown, crash, cannot connect now */
    DB_CAUSE_BUG,       /* anything else: 500 */
    DB_CAUSE_COUNT
};
const char *db_cause_name(enum db_cause cause);
enum db_cause db_cause_of(const char *sqlstate); /* NULL: AWAY */

#endif
