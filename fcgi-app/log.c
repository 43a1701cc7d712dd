/* log.c: see log.h */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ident.h"
#include "timestamp.h"

/* Writes of up to PIPE_BUF bytes into a pipe are not mixed with other processes' (pipe(7)), so no line is torn. */
#define GATHERED_MAX 4096
#define LINE_MAX_BYTES 2048

static struct {
    enum log_level level;
    enum log_format format;
    char process[32];
    char gathered[GATHERED_MAX];
    size_t used;
    int64_t flushed; /* timestamp_monotonic */
    time_t second;   /* what second_text says */
    char second_text[24];
} state = {.level = LOG_INFO, .format = LOG_TEXT, .process = "session-backend"};

static const char *const level_names[] = {
    [LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO",         [LOG_WARNING] = "WARNING",
    [LOG_ERROR] = "ERROR", [LOG_CRITICAL] = "CRITICAL",
};

/* One line in the making; what does not fit is left out. */
struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

static void put(struct line *line, const char *text, size_t len) {
    if (len <= sizeof line->text - 8 - line->len) {
        memcpy(line->text + line->len, text, len);
        line->len += len;
    }
}

static void put_text(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

static void put_number(struct line *line, uint64_t value, int width) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        width--;
    } while (value > 0 || width > 0);
    put(line, digits + at, sizeof digits - at);
}

/* The inside of a JSON string, or plain text; either way without control characters, so a line stays a line. */
static void put_escaped(struct line *line, struct span text) {
    bool json = state.format == LOG_JSON;
    bool utf8 = ident_utf8(text, NULL);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (line->len > sizeof line->text - 64) {
            put_text(line, "...");
            return;
        }
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
            put_text(line, c == '\n' ? " " : "?");
        } else if (json && (c == '"' || c == '\\')) {
            put(line, (const char[]){'\\', (char)c}, 2);
        } else {
            put(line, &text.at[i], 1);
        }
    }
}

static void put_time(struct line *line) {
    int64_t now = timestamp_now();
    time_t second = (time_t)(now / 1000000);
    if (second != state.second) {
        struct tm parts;
        if (gmtime_r(&second, &parts) == NULL ||
            strftime(state.second_text, sizeof state.second_text, "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
            state.second_text[0] = '\0';
        }
        state.second = second;
    }
    put_text(line, state.second_text);
    put(line, ".", 1);
    put_number(line, (uint64_t)(now % 1000000), 6);
    put_text(line, "+00:00");
}

static void put_head(struct line *line, enum log_level level) {
    bool json = state.format == LOG_JSON;
    line->len = 0;
    put_text(line, json ? "{\"time\":\"" : "");
    put_time(line);
    put_text(line, json ? "\",\"level\":\"" : " ");
    put_text(line, level_names[level]);
    put_text(line, json ? "\",\"process\":\"" : " ");
    put_text(line, state.process);
    put_text(line, json ? "\"" : "");
}

static void put_member(struct line *line, const char *name, struct span value) {
    if (state.format == LOG_JSON) {
        put_text(line, ",\"");
        put_text(line, name);
        put_text(line, "\":\"");
        put_escaped(line, value);
        put_text(line, "\"");
    } else {
        put_text(line, " ");
        put_text(line, name);
        put_text(line, "=");
        put_escaped(line, value);
    }
}

static void put_name(struct line *line, const char *name) {
    bool json = state.format == LOG_JSON;
    put_text(line, json ? ",\"" : " ");
    put_text(line, name);
    put_text(line, json ? "\":" : "=");
}

static void put_count(struct line *line, const char *name, uint64_t value) {
    put_name(line, name);
    put_number(line, value, 1);
}

static void put_milliseconds(struct line *line, const char *name, int64_t micros) {
    uint64_t value = micros > 0 ? (uint64_t)micros : 0;
    put_name(line, name);
    put_number(line, value / 1000, 1);
    put(line, ".", 1);
    put_number(line, value % 1000, 3);
}

static void finish(struct line *line) {
    const char *end = state.format == LOG_JSON ? "}\n" : "\n";
    size_t len = strlen(end);
    memcpy(line->text + line->len, end, len); /* put() keeps room for it */
    line->len += len;
}

/* A log that nobody can take must not stop the service: what cannot be written is lost. */
static void write_out(const char *text, size_t len) {
    while (len > 0) {
        ssize_t done = write(STDERR_FILENO, text, len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return;
        }
        text += done;
        len -= (size_t)done;
    }
}

void log_flush(void) {
    if (state.used > 0) {
        write_out(state.gathered, state.used);
        state.used = 0;
    }
}

static void gather(const struct line *line, bool at_once) {
    if (state.used + line->len > sizeof state.gathered) {
        log_flush();
    }
    memcpy(state.gathered + state.used, line->text, line->len);
    state.used += line->len;
    int64_t now = timestamp_monotonic();
    if (at_once || now - state.flushed > LOG_FLUSH_MS * 1000) {
        log_flush();
        state.flushed = now;
    }
}

void log_setup(enum log_level level, enum log_format format, const char *process) {
    log_flush();
    state.level = level;
    state.format = format;
    (void)snprintf(state.process, sizeof state.process, "%s", process);
}

bool log_wanted(enum log_level level) {
    return level >= state.level;
}

void log_line(enum log_level level, const char *format, ...) {
    if (!log_wanted(level)) {
        return;
    }
    char message[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct span text = {message, len < 0 ? 0 : (size_t)len < sizeof message ? (size_t)len : sizeof message - 1};
    struct line line;
    put_head(&line, level);
    if (state.format == LOG_JSON) {
        put_member(&line, "message", text);
    } else {
        put_text(&line, " ");
        put_escaped(&line, text);
    }
    finish(&line);
    gather(&line, true);
}

static enum log_level level_of(const struct log_request *request) {
    if (request->status == 500) {
        return LOG_ERROR;
    }
    if (request->status == 503 || request->slow) {
        return LOG_WARNING;
    }
    bool probe = request->status < 300 && strncmp(request->route, "/health", 7) == 0;
    return probe ? LOG_DEBUG : LOG_INFO;
}

static struct span span_of(const char *text) {
    return (struct span){text, strlen(text)};
}

void log_request(const struct log_request *request) {
    enum log_level level = level_of(request);
    if (!log_wanted(level)) {
        return;
    }
    struct line line;
    put_head(&line, level);
    put_member(&line, "request_id", span_of(request->request_id));
    put_member(&line, "tenant", request->tenant);
    put_member(&line, "method", span_of(request->method));
    put_member(&line, "route", span_of(request->route));
    put_count(&line, "status", (uint64_t)request->status);
    put_milliseconds(&line, "ms", request->micros);
    put_milliseconds(&line, "db_ms", request->db_micros);
    put_count(&line, "bytes_in", request->bytes_in);
    put_count(&line, "bytes_out", request->bytes_out);
    if (request->cause != NULL) {
        put_member(&line, "cause", span_of(request->cause));
    }
    if (request->sqlstate != NULL && request->sqlstate[0] != '\0') {
        put_member(&line, "sqlstate", span_of(request->sqlstate));
    }
    if (request->trace.at != NULL) {
        put_member(&line, "traceparent", request->trace);
    }
    if (request->slow) {
        put_name(&line, "slow");
        put_text(&line, "true");
    }
    finish(&line);
    gather(&line, level >= LOG_WARNING);
}
