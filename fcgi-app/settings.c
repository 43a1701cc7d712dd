/* settings.c: see settings.h */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum type { TYPE_TEXT, TYPE_SECRET, TYPE_INT, TYPE_INT64, TYPE_BOOL, TYPE_FILE, TYPE_DIR, TYPE_LEVEL, TYPE_FORMAT };

struct setting {
    const char *name;
    enum type type;
    size_t offset;        /* into struct settings */
    const char *fallback; /* NULL: none */
    int64_t min, max;     /* numbers: value; directories: length */
    const char *unit;
    const char *help;
    const char *shown; /* what --help says of the default where the fallback does not say it */
};

#define AT(field) offsetof(struct settings, field)

/* A socket below RUN_DIR must fit sockaddr_un.sun_path (unix(7): 108 bytes with the NUL). */
#define RUN_DIR_MAX 90

static const struct setting table[] = {
    {"DATABASE_URL", TYPE_SECRET, AT(database_url), NULL, 0, 0, "",
     "PostgreSQL as postgresql://user:password@host:port/database?...; several hosts with commas; goes before "
     "POSTGRES_*",
     NULL},
    {"POSTGRES_HOST", TYPE_TEXT, AT(postgres_host), NULL, 0, 0, "",
     "host or socket directory; what is unset here, libpq's own PGHOST, PGSSLMODE, ... set", NULL},
    {"POSTGRES_PORT", TYPE_TEXT, AT(postgres_port), NULL, 0, 0, "", "port", NULL},
    {"POSTGRES_DB", TYPE_TEXT, AT(postgres_db), NULL, 0, 0, "", "database", NULL},
    {"POSTGRES_USER", TYPE_TEXT, AT(postgres_user), NULL, 0, 0, "", "role", NULL},
    {"POSTGRES_PASSWORD", TYPE_SECRET, AT(postgres_password), NULL, 0, 0, "", "password", NULL},
    {"PORT", TYPE_INT, AT(port), "8001", 1, 65535, "", "port that lighttpd listens on", NULL},
    {"BIND", TYPE_TEXT, AT(bind), "0.0.0.0", 0, 0, "", "address that lighttpd listens on; :: is IPv4 and IPv6", NULL},
    {"TLS_CERTIFICATE", TYPE_FILE, AT(tls_certificate), NULL, 0, 0, "",
     "PEM file with certificate chain and key: lighttpd then speaks HTTPS on PORT", NULL},
    {"WORKERS", TYPE_INT, AT(workers), NULL, 1, 512, "", "worker processes, each with one connection to PostgreSQL",
     "twice the cores, at least 4"},
    {"MAX_BODY_BYTES", TYPE_INT64, AT(max_body_bytes), "33554432", 1024, 536870912, "bytes",
     "largest request body that is taken", NULL},
    {"REQUEST_TIMEOUT", TYPE_INT, AT(request_timeout), "5", 1, 300, "s",
     "how long a request may wait for PostgreSQL before it is answered 503", NULL},
    {"CONNECT_TIMEOUT", TYPE_INT, AT(connect_timeout), "2", 1, 60, "s", "how long a connection to PostgreSQL may take",
     NULL},
    {"DRAIN_SECONDS", TYPE_INT, AT(drain_seconds), "5", 0, 300, "s",
     "on TERM: how long answers say Connection: close before lighttpd stops listening", NULL},
    {"SHUTDOWN_TIMEOUT", TYPE_INT, AT(shutdown_timeout), "30", 1, 3600, "s",
     "on the end: how long requests in hand may take before they are cut", NULL},
    {"CORS_ORIGINS", TYPE_TEXT, AT(cors_origins), NULL, 0, 0, "",
     "origins that may call from a browser, with commas, or *; unset: no CORS headers", NULL},
    {"AUTH_TOKENS_FILE", TYPE_FILE, AT(auth_tokens_file), NULL, 0, 0, "",
     "file of name:sha256:scope:tenant lines; set: /api needs a bearer token", NULL},
    {"METRICS_TOKEN_REQUIRED", TYPE_BOOL, AT(metrics_token_required), "false", 0, 0, "",
     "/metrics and /health/metrics need a token of the empty tenant", NULL},
    {"LOG_LEVEL", TYPE_LEVEL, AT(log_level), "INFO", 0, 0, "", "DEBUG, INFO, WARNING, ERROR or CRITICAL", NULL},
    {"LOG_FORMAT", TYPE_FORMAT, AT(log_format), "json", 0, 0, "", "json or text", NULL},
    {"SLOW_MS", TYPE_INT, AT(slow_ms), "500", 0, 3600000, "ms", "requests that take longer are logged as slow", NULL},
    {"RUN_DIR", TYPE_DIR, AT(run_dir), "/run/session-backend", 1, RUN_DIR_MAX, "", "directory of the FastCGI sockets",
     NULL},
    {"SPOOL_DIR", TYPE_DIR, AT(spool_dir), NULL, 1, PATH_MAX - 64, "",
     "lighttpd's directory for bodies above 64 KB; emptied at start", "RUN_DIR/spool"},
    {"CONF_DIR", TYPE_DIR, AT(conf_dir), "/etc/session-backend", 1, PATH_MAX - 64, "", "directory of lighttpd.conf",
     NULL},
    {"DOCS_DIR", TYPE_DIR, AT(docs_dir), "/usr/share/session-backend/docs", 1, PATH_MAX - 64, "",
     "directory of the files of /docs and /redoc", NULL},
};

static char fault_text[512];

static bool fail(const char **fault, const char *format, ...) PRINTF_LIKE(2, 3);
static bool fail(const char **fault, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(fault_text, sizeof fault_text, format, args);
    va_end(args);
    *fault = fault_text;
    return false;
}

static bool read_number(const struct setting *row, const char *text, int64_t *out, const char **fault) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno == ERANGE) {
        return fail(fault, "%s: must be a whole number from %lld to %lld", row->name, (long long)row->min,
                    (long long)row->max);
    }
    if (value < row->min || value > row->max) {
        return fail(fault, "%s: must be from %lld to %lld, is %lld", row->name, (long long)row->min,
                    (long long)row->max, value);
    }
    *out = value;
    return true;
}

static bool read_bool(const struct setting *row, const char *text, bool *out, const char **fault) {
    static const char *const yes[] = {"true", "1", "yes", "on"}, *const no[] = {"false", "0", "no", "off"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return fail(fault, "%s: must be true or false", row->name);
}

static bool read_word(const struct setting *row, const char *text, const char *const *words, size_t count, int *out,
                      const char **fault) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return fail(fault, "%s: must be one of %s", row->name, row->help);
}

static bool read_text(const struct setting *row, const char *text, const char **out, const char **fault) {
    if (row->type == TYPE_FILE && access(text, R_OK) != 0) {
        return fail(fault, "%s: cannot read %s: %s", row->name, text, strerror(errno));
    }
    if (row->type == TYPE_DIR && text[0] != '/') {
        return fail(fault, "%s: must be an absolute path", row->name);
    }
    if (row->type == TYPE_DIR && strlen(text) > (size_t)row->max) {
        return fail(fault, "%s: must be at most %lld bytes long", row->name, (long long)row->max);
    }
    *out = text;
    return true;
}

static bool read_one(const struct setting *row, const char *text, void *field, const char **fault) {
    static const char *const levels[] = {
        [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO",         [LOG_WARNING] = "WARNING",
        [LOG_ERROR] = "ERROR", [LOG_CRITICAL] = "CRITICAL",
    };
    static const char *const formats[] = {[LOG_TEXT] = "text", [LOG_JSON] = "json"};
    int64_t number = 0;
    int word = 0;
    switch (row->type) {
    case TYPE_INT:
    case TYPE_INT64:
        if (!read_number(row, text, &number, fault)) {
            return false;
        }
        if (row->type == TYPE_INT) {
            *(int *)field = (int)number;
        } else {
            *(int64_t *)field = number;
        }
        return true;
    case TYPE_BOOL:
        return read_bool(row, text, field, fault);
    case TYPE_LEVEL:
        if (!read_word(row, text, levels, COUNT_OF(levels), &word, fault)) {
            return false;
        }
        *(enum log_level *)field = (enum log_level)word;
        return true;
    case TYPE_FORMAT:
        if (!read_word(row, text, formats, COUNT_OF(formats), &word, fault)) {
            return false;
        }
        *(enum log_format *)field = (enum log_format)word;
        return true;
    case TYPE_TEXT:
    case TYPE_SECRET:
    case TYPE_FILE:
    case TYPE_DIR:
        break;
    }
    return read_text(row, text, field, fault);
}

/* What depends on other settings or on the machine. */
static bool fill_in(struct settings *settings, const char **fault) {
    static char spool[RUN_DIR_MAX + 16];
    if (settings->workers == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        settings->workers = cores > 2 ? (int)(cores > 256 ? 512 : 2 * cores) : 4;
    }
    if (settings->spool_dir == NULL) {
        (void)snprintf(spool, sizeof spool, "%s/spool", settings->run_dir);
        settings->spool_dir = spool;
    }
    if (settings->metrics_token_required && settings->auth_tokens_file == NULL) {
        return fail(fault, "METRICS_TOKEN_REQUIRED: needs AUTH_TOKENS_FILE");
    }
    /* It stands in lighttpd.conf between quotes. */
    if (settings->bind[strspn(settings->bind, "0123456789abcdefABCDEF.:")] != '\0') {
        return fail(fault, "BIND: must be a numeric address");
    }
    return true;
}

bool settings_read(struct settings *settings, const char **fault) {
    memset(settings, 0, sizeof *settings);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct setting *row = &table[i];
        const char *text = getenv(row->name);
        if (text == NULL || text[0] == '\0') {
            text = row->fallback;
        }
        if (text != NULL && !read_one(row, text, (char *)settings + row->offset, fault)) {
            return false;
        }
    }
    return fill_in(settings, fault);
}

void settings_help(void) {
    printf("Settings are environment variables; empty means unset.\n\n");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct setting *row = &table[i];
        const char *value = row->shown != NULL ? row->shown : row->fallback != NULL ? row->fallback : "unset";
        printf("  %-23s %s\n  %-23s default: %s%s%s\n", row->name, row->help, "", value, row->unit[0] ? " " : "",
               row->unit);
    }
}
