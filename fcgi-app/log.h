/*
 * log.h: levelled lines on stderr, JSON or text, prefixed with process and request. Never a body, never an SQL
 * parameter, never a token. Lines about single requests are gathered for LOG_FLUSH_MS while the worker is busy (a write
 * a request would cost 5 % of its CPU); an idle worker calls log_flush. Warnings, errors and all other lines are
 * written at once. No line is torn by another process's, nor longer than 2 KB.
 */
#ifndef LOG_H
#define LOG_H

#include "base.h"

#define LOG_FLUSH_MS 100

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_CRITICAL };
enum log_format { LOG_TEXT, LOG_JSON };

void log_setup(enum log_level level, enum log_format format, const char *process); /* "supervisor", "worker-3", ... */
bool log_wanted(enum log_level level);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

struct log_request {
    const char *request_id;
    const char *method;
    const char *route; /* the pattern, not the path */
    struct span tenant;
    struct span trace; /* traceparent, or absent */
    int status;
    int64_t micros; /* from taking the request to having handed over the answer */
    int64_t db_micros;
    uint64_t bytes_in, bytes_out;
    const char *cause;    /* NULL, or why it failed: a db_cause name */
    const char *sqlstate; /* NULL or "" when there is none */
    bool slow;
};
/* INFO; WARNING when slow; WARNING for 503, ERROR for 500. Health probes answered 2xx are DEBUG. */
void log_request(const struct log_request *request);
void log_flush(void);

#endif
