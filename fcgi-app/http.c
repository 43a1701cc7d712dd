/* http.c: FCGX's parameters and streams as a request and an answer. */
#include "http.h"

#include "ident.h"
#include "random.h"
#include "record.h"
#include "uri.h"

#include <assert.h>
#include <fcgiapp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DIRECT_FROM (16u * 1024) /* so much goes around libfcgi's buffer */
#define KEEP_BODY (64u * 1024)
#define KEEP_ANSWER WRITER_LIMIT /* what is not streamed: its pages are not fetched from the kernel for each answer */
#define KEEP_HEAD (4u * 1024)

struct http {
    FCGX_Request fcgx;
    struct span headers[HEADER_COUNT];
    struct buf head;  /* the lines that handlers set */
    struct buf lines; /* the whole head, as it is sent */
    size_t kept;      /* so much of `head` outlives http_reset */
    struct buf body;
    struct writer writer;
    struct span type;
    int64_t length; /* announced for the writer's body; -1: unknown */
    int status;
    bool finished, broken;
    uint64_t bytes_in, bytes_out;
};

static const char *const METHODS[] = {
    [METHOD_GET] = "GET",       [METHOD_HEAD] = "HEAD",       [METHOD_POST] = "POST",   [METHOD_PUT] = "PUT",
    [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = "OTHER",
};
static_assert(COUNT_OF(METHODS) == METHOD_COUNT, "a name for each method");

const char *method_name(enum method method) {
    return METHODS[method];
}

#define NAME(text)                                                                                                     \
    { (text), sizeof(text) - 1 }
static const struct span HEADERS[] = {
    [HEADER_METHOD] = NAME("REQUEST_METHOD"),
    [HEADER_TARGET] = NAME("REQUEST_URI"),
    [HEADER_CONTENT_LENGTH] = NAME("CONTENT_LENGTH"),
    [HEADER_CONTENT_TYPE] = NAME("CONTENT_TYPE"),
    [HEADER_CONTENT_ENCODING] = NAME("HTTP_CONTENT_ENCODING"),
    [HEADER_REQUEST_ID] = NAME("HTTP_X_REQUEST_ID"),
    [HEADER_AUTHORIZATION] = NAME("HTTP_AUTHORIZATION"),
    [HEADER_IF_MATCH] = NAME("HTTP_IF_MATCH"),
    [HEADER_IF_NONE_MATCH] = NAME("HTTP_IF_NONE_MATCH"),
    [HEADER_IDEMPOTENCY_KEY] = NAME("HTTP_IDEMPOTENCY_KEY"),
    [HEADER_ORIGIN] = NAME("HTTP_ORIGIN"),
    [HEADER_CORS_METHOD] = NAME("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
    [HEADER_TRACEPARENT] = NAME("HTTP_TRACEPARENT"),
};
static_assert(COUNT_OF(HEADERS) == HEADER_COUNT, "a name for each header");

/* ---- taking a request ---- */

static bool span_equals(struct span a, struct span b) {
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* One pass over the parameters; what is asked for later is an array look-up. */
static void find_headers(struct http *http) {
    memset(http->headers, 0, sizeof http->headers);
    for (char **param = http->fcgx.envp; *param != NULL; param++) {
        const char *equals = strchr(*param, '=');
        if (equals == NULL) {
            continue;
        }
        struct span name = {*param, (size_t)(equals - *param)};
        for (size_t i = 0; i < HEADER_COUNT; i++) {
            if (span_equals(name, HEADERS[i])) {
                http->headers[i] = (struct span){equals + 1, strlen(equals + 1)};
                break;
            }
        }
    }
}

static enum method method_of(struct span name) {
    for (enum method method = 0; method < METHOD_OTHER; method++) {
        if (name.at != NULL && span_equals(name, (struct span){METHODS[method], strlen(METHODS[method])})) {
            return method;
        }
    }
    return METHOD_OTHER;
}

static void take_request_id(struct request *request) {
    struct span id = http_header(request, HEADER_REQUEST_ID);
    if (id.at != NULL && ident_is_request_id(id)) {
        memcpy(request->request_id, id.at, id.len);
        request->request_id[id.len] = '\0';
    } else {
        random_uuid(request->request_id);
    }
}

bool http_accept(struct http *http, struct request *request) {
    if (FCGX_Accept_r(&http->fcgx) != 0) {
        return false;
    }
    find_headers(http);
    request->http = http;
    request->method = method_of(http_header(request, HEADER_METHOD));
    request->target = http_header(request, HEADER_TARGET);
    if (request->target.at == NULL) {
        request->target = SPAN_OF("");
    }
    uri_split(request->target, &request->path, &request->query);
    take_request_id(request);
    request->body = SPAN_OF("");
    http->bytes_in = http->bytes_out = 0;
    http->finished = http->broken = false;
    http->writer.streaming = http->writer.broken = false;
    http->kept = 0;
    buf_clear(&http->head);
    http_reset(request);
    return true;
}

struct span http_header(const struct request *request, enum header header) {
    return request->http->headers[header];
}

uint64_t http_content_length(const struct request *request) {
    struct span text = http_header(request, HEADER_CONTENT_LENGTH);
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || length > (UINT64_MAX - 9) / 10) {
            return UINT64_MAX; /* lighttpd lets no such thing through; should it, the body is too large */
        }
        length = length * 10 + (uint64_t)(text.at[i] - '0');
    }
    return length;
}

enum error http_read_body(struct request *request, uint64_t limit) {
    struct http *http = request->http;
    uint64_t length = http_content_length(request);
    if (length > limit || length > INT_MAX) {
        return ERROR_TOO_LARGE;
    }
    buf_clear(&request->body_memory);
    if (length == 0) {
        return ERROR_NONE;
    }
    char *at = buf_room(&request->body_memory, (size_t)length);
    if (at == NULL) {
        return ERROR_INTERNAL;
    }
    int got = FCGX_GetStr(at, (int)length, http->fcgx.in);
    if (got > 0) {
        buf_grown(&request->body_memory, (size_t)got);
        http->bytes_in += (uint64_t)got;
    }
    request->body = (struct span){request->body_memory.data, request->body_memory.len};
    return request->body.len == length ? ERROR_NONE : ERROR_BAD_REQUEST;
}

/*
 * A body that nobody wanted, and the record that ends it: a Unix socket that is closed while bytes are unread resets
 * the connection, and lighttpd then throws away what it has not yet read of the answer.
 */
static void drain(struct http *http) {
    char bytes[8192];
    int got;
    while ((got = FCGX_GetStr(bytes, sizeof bytes, http->fcgx.in)) > 0) {
        http->bytes_in += (uint64_t)got;
    }
}

/* ---- answering ---- */

void http_reset(struct request *request) {
    struct http *http = request->http;
    http->status = 200;
    http->type = SPAN_OF("application/json");
    http->length = -1;
    http->writer.replayed = false;
    http->head.len = http->kept;
    buf_clear(&http->body);
}

void http_keep_headers(struct request *request) {
    request->http->kept = request->http->head.len;
}

void http_status(struct request *request, int status) {
    request->http->status = status;
}

void http_set_header(struct request *request, const char *name, struct span value) {
    struct buf *head = &request->http->head;
    buf_text(head, name);
    buf_span(head, value);
    buf_span(head, SPAN_OF("\r\n"));
}

void http_tag(struct request *request, uint64_t tag) {
    char text[18];
    text[0] = text[17] = '"';
    for (size_t i = 0; i < 16; i++) {
        text[1 + i] = "0123456789abcdef"[tag >> (60 - 4 * i) & 15];
    }
    http_set_header(request, "ETag: ", (struct span){text, sizeof text});
}

void http_content(struct request *request, struct span type, int64_t length) {
    request->http->type = type;
    request->http->length = length;
}

struct buf *http_body(struct request *request) {
    return &request->http->body;
}

struct writer *http_writer(struct request *request) {
    struct writer *writer = &request->http->writer;
    writer->to = request;
    return writer;
}

static bool put(struct http *http, const char *data, size_t len) {
    if (len >= DIRECT_FROM) {
        return FCGX_FFlush(http->fcgx.out) == 0 && record_send(http->fcgx.ipcFd, http->fcgx.requestId, data, len);
    }
    while (len > 0) {
        int part = len > INT_MAX ? INT_MAX : (int)len;
        if (FCGX_PutStr(data, part, http->fcgx.out) != part) {
            return false;
        }
        data += part;
        len -= (size_t)part;
    }
    return true;
}

/* type.at NULL: an answer without body. length -1: unknown. */
static bool send_head(struct request *request, struct span type, int64_t length) {
    struct http *http = request->http;
    struct buf *lines = &http->lines;
    buf_clear(lines);
    buf_span(lines, SPAN_OF("Status: "));
    buf_integer(lines, http->status);
    if (type.at != NULL) {
        buf_span(lines, SPAN_OF("\r\nContent-Type: "));
        buf_span(lines, type);
    }
    if (length >= 0 && http->status != 204 && http->status != 304) { /* 201 without a body has one, too: 0 */
        buf_span(lines, SPAN_OF("\r\nContent-Length: "));
        buf_integer(lines, length);
    }
    buf_span(lines, SPAN_OF("\r\nX-Request-ID: "));
    buf_text(lines, request->request_id);
    buf_span(lines, SPAN_OF("\r\n"));
    if (http->writer.replayed) {
        buf_span(lines, SPAN_OF("Idempotency-Replayed: true\r\n"));
    }
    buf_append(lines, http->head.data, http->head.len);
    buf_span(lines, SPAN_OF("\r\n"));
    return !lines->failed && !http->head.failed && put(http, lines->data, lines->len);
}

static bool send_body(struct request *request, const char *data, size_t len) {
    request->http->bytes_out += len;
    return request->method == METHOD_HEAD || put(request->http, data, len);
}

/* The writer's. Its first call sends the head: `streaming` was set just before, so count what has left. */
static bool send_part(void *to, const char *data, size_t len) {
    struct request *request = to;
    struct http *http = request->http;
    if (http->bytes_out == 0 && !send_head(request, http->type, http->length)) {
        return false;
    }
    return send_body(request, data, len);
}

void http_finish(struct request *request, const char *content_type) {
    struct http *http = request->http;
    struct span type = content_type == NULL ? SPAN_ABSENT : (struct span){content_type, strlen(content_type)};
    if (http->body.failed) {
        http_break(request);
        return;
    }
    drain(http);
    http->finished = true;
    http->broken = !send_head(request, type, (int64_t)http->body.len) ||
                   (type.at != NULL && !send_body(request, http->body.data, http->body.len));
}

void http_finish_writer(struct request *request) {
    struct http *http = request->http;
    int64_t total = (int64_t)(http->bytes_out + http->body.len);
    if (request->method == METHOD_HEAD && http->length >= 0) {
        total = http->length; /* nobody fetched what is not sent */
    }
    bool whole = !http->writer.broken && !http->body.failed && (http->length < 0 || http->length == total);
    if (!whole) {
        http_break(request);
        return;
    }
    drain(http);
    http->finished = true;
    http->broken = (!http->writer.streaming && !send_head(request, http->type, total)) ||
                   !send_body(request, http->body.data, http->body.len);
}

void http_break(struct request *request) {
    struct http *http = request->http;
    http->finished = http->broken = true;
    FCGX_Free(&http->fcgx, 1);
}

/* ---- the worker's part ---- */

struct http *http_open(int listen_fd) {
    /* After the answer FCGX waits for lighttpd to close first, two seconds unless told: nobody gains from that. */
    if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1) != 0 || FCGX_Init() != 0) {
        return NULL;
    }
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return NULL;
    }
    if (FCGX_InitRequest(&http->fcgx, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        free(http);
        return NULL;
    }
    http->writer = (struct writer){.buf = &http->body, .send = send_part};
    return http;
}

void http_close(struct http *http) {
    FCGX_Free(&http->fcgx, 1);
    buf_free(&http->head);
    buf_free(&http->lines);
    buf_free(&http->body);
    free(http);
}

void http_end(struct request *request) {
    struct http *http = request->http;
    FCGX_Finish_r(&http->fcgx);
    buf_shrink(&http->head, KEEP_HEAD);
    buf_shrink(&http->lines, KEEP_HEAD);
    buf_shrink(&http->body, KEEP_ANSWER);
    buf_shrink(&request->body_memory, KEEP_BODY);
}

void http_shut(void) {
    FCGX_ShutdownPending();
}

struct http_facts http_facts(const struct request *request) {
    const struct http *http = request->http;
    return (struct http_facts){http->status, http->finished, http->broken, http->bytes_in, http->bytes_out};
}
