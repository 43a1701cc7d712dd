/*
 * settings.h: the one table of settings: environment variable, type, default, range, unit, help. Empty means unset.
 * --help, the README's table, conf/session-backend.env.sample and the chart are checked against it.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base.h"
#include "log.h"

struct settings {
    /* database: see conninfo.h for how these become connection parameters */
    const char *database_url, *postgres_host, *postgres_port, *postgres_db, *postgres_user, *postgres_password;
    /* lighttpd */
    int port;                    /* PORT; 8001 */
    const char *bind;            /* BIND: address to listen on; 0.0.0.0 */
    const char *tls_certificate; /* TLS_CERTIFICATE: PEM with key; NULL = plain HTTP */
    /* pool */
    int workers;           /* WORKERS; twice the cores, at least 4 */
    int drain_seconds;     /* DRAIN_SECONDS: how long answers say Connection: close before the end; 5 */
    int shutdown_timeout;  /* SHUTDOWN_TIMEOUT: what requests in hand get to finish, seconds; 30 */
    const char *run_dir;   /* RUN_DIR: sockets and the drain file */
    const char *spool_dir; /* SPOOL_DIR: lighttpd's private spool; RUN_DIR/spool */
    const char *conf_dir;  /* CONF_DIR: lighttpd.conf and what it includes */
    const char *docs_dir;  /* DOCS_DIR: swagger-ui and redoc files */
    /* requests */
    int64_t max_body_bytes;       /* MAX_BODY_BYTES; 33554432 */
    int request_timeout;          /* REQUEST_TIMEOUT, seconds; 5 */
    int connect_timeout;          /* CONNECT_TIMEOUT, seconds; 2 */
    const char *cors_origins;     /* CORS_ORIGINS */
    const char *auth_tokens_file; /* AUTH_TOKENS_FILE */
    bool metrics_token_required;  /* METRICS_TOKEN_REQUIRED */
    /* log */
    int slow_ms;                /* SLOW_MS; 500 */
    enum log_level log_level;   /* LOG_LEVEL */
    enum log_format log_format; /* LOG_FORMAT */
};

/* Reads and checks the environment; strings belong to the environment or are static; unset ones are NULL where there
 * is no default. False: *fault (static storage) is one line that names the variable and holds no secret. */
bool settings_read(struct settings *settings, const char **fault) MUST_USE;
/* Prints the table for --help. */
void settings_help(void);

#endif
