/*
 * http.h: one request and its answer over FastCGI. Only http.c knows FCGX.
 */
#ifndef HTTP_H
#define HTTP_H

#include "base.h"
#include "buf.h"
#include "error.h"
#include "writer.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
    METHOD_COUNT
};
#define METHOD_BIT(method) (1u << (method))
const char *method_name(enum method method);

/* What is looked at of a request; everything else is ignored. */
enum header {
    HEADER_METHOD, /* REQUEST_METHOD */
    HEADER_TARGET, /* REQUEST_URI: raw; PATH_INFO would be decoded and folded */
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_ENCODING,
    HEADER_REQUEST_ID,
    HEADER_AUTHORIZATION,
    HEADER_IF_MATCH,
    HEADER_IF_NONE_MATCH,
    HEADER_IDEMPOTENCY_KEY,
    HEADER_ORIGIN,
    HEADER_CORS_METHOD, /* Access-Control-Request-Method */
    HEADER_TRACEPARENT,
    HEADER_COUNT
};

struct http;

struct request {
    struct http *http;
    enum method method;
    struct span target; /* REQUEST_URI, raw */
    struct span path;   /* raw, without the query */
    struct span query;  /* raw; absent without '?' */
    char request_id[129];
    struct span body; /* filled by http_read_body */
    struct buf body_memory;
};

/* The value as it was sent; absent when it was not. Lives until http_end or http_break. */
struct span http_header(const struct request *request, enum header header);

/* The declared length of the body in bytes; 0 when there is none. */
uint64_t http_content_length(const struct request *request);

/* ERROR_NONE, ERROR_TOO_LARGE, ERROR_BAD_REQUEST (cut short) or ERROR_INTERNAL (no memory). limit in bytes. */
enum error http_read_body(struct request *request, uint64_t limit) MUST_USE;

/* ---- the answer: status and headers, then the body, then exactly one of the finishing calls ---- */

void http_status(struct request *request, int status); /* 200 unless set */
/* `name` with its colon and blank: "ETag: "; the value without control characters. */
void http_set_header(struct request *request, const char *name, struct span value);
void http_tag(struct request *request, uint64_t tag); /* ETag */
/* What the writer's body will be: application/json of unknown length (-1) unless set. `type` must outlive the answer.
 */
void http_content(struct request *request, struct span type, int64_t length);

struct buf *http_body(struct request *request);      /* gather the body here */
struct writer *http_writer(struct request *request); /* the same buffer, for bodies that may stream */
/* Forgets status, headers and body that were gathered; not possible once the writer is streaming. */
void http_reset(struct request *request);
/* The headers set so far outlive http_reset. */
void http_keep_headers(struct request *request);

/* Sends what was gathered with its Content-Length (content_type NULL: no body, 204 or 304). */
void http_finish(struct request *request, const char *content_type);
/* Ends a body that went through the writer: with Content-Length when it never streamed. Breaks the answer when the
 * writer is broken or the length is not the announced one. */
void http_finish_writer(struct request *request);
/* Closes without END_REQUEST: the client sees a cut answer. Nothing of the request (headers, path) is there any more.
 */
void http_break(struct request *request);

/* ---- for worker.c ---- */

/* Takes requests from a listening socket whose accept gives up after a while. NULL when memory runs out. */
struct http *http_open(int listen_fd) MUST_USE;
void http_close(struct http *http);
/* False when no request came for a while, or after http_shut. */
bool http_accept(struct http *http, struct request *request) MUST_USE;
/* After the answer: hands over what is left of it and gives large memory back. */
void http_end(struct request *request);
/* From a signal handler: no further request is accepted. */
void http_shut(void);

struct http_facts {
    int status;
    bool finished; /* one of the finishing calls was made */
    bool broken;
    uint64_t bytes_in, bytes_out; /* of bodies */
};
struct http_facts http_facts(const struct request *request);

#endif
