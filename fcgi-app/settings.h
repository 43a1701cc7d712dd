/*
 * settings.h: the one table of settings: environment variable, type, default, range, unit, help. Empty means unset.
 * --help, the README's table, conf/session-backend.env.sample and the chart are checked against it.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base.h"
#include "log.h"

struct settings {
    /* database: see conninfo.h for how these become a connection string */
    const char *database_url, *postgres_host, *postgres_port, *postgres_db, *postgres_user, *postgres_password;
    /* service */
    int port;                  /* PORT, lighttpd's; 8001 */
    int workers;               /* WORKERS; twice the cores, at least 4 */
    int64_t max_body_bytes;    /* MAX_BODY_BYTES; 33554432 */
    int request_timeout;       /* REQUEST_TIMEOUT, seconds; 5 */
    int connect_timeout;       /* CONNECT_TIMEOUT, seconds; 2 */
    int slow_ms;               /* SLOW_MS; 500 */
    const char *cors_origins;  /* CORS_ORIGINS */
    const char *auth_tokens_file; /* AUTH_TOKENS_FILE */
    bool metrics_token_required;  /* METRICS_TOKEN_REQUIRED */
    const char *docs_dir;      /* DOCS_DIR: swagger-ui and redoc files */
    const char *run_dir;       /* RUN_DIR: sockets, spool, pid file */
    const char *tls_certificate; /* TLS_CERTIFICATE: PEM with key, for lighttpd; unset = plain HTTP */
    enum log_level log_level;  /* LOG_LEVEL */
    enum log_format log_format; /* LOG_FORMAT */
};

/* Reads and checks the environment. False: *fault (static storage) is one line that names the variable. */
bool settings_read(struct settings *settings, const char **fault) MUST_USE;
/* Prints the table for --help. */
void settings_help(void);

#endif
