/*
 * http.h: one request and its answer over FastCGI. Only http.c and worker.c know FCGX.
 */
#ifndef HTTP_H
#define HTTP_H

#include "base.h"
#include "buf.h"
#include "error.h"
#include "writer.h"

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OPTIONS, METHOD_OTHER, METHOD_COUNT };
#define METHOD_BIT(method) (1u << (method))
const char *method_name(enum method method);

struct http; /* FCGX's request and streams */

struct request {
    struct http *http;
    enum method method;
    struct span target; /* REQUEST_URI, raw */
    struct span path;   /* raw, without the query */
    struct span query;  /* raw; absent without '?' */
    char request_id[129];
    struct span body;   /* filled by http_read_body */
    struct buf body_memory;
};

/* A request header by its FastCGI name ("HTTP_IF_MATCH", "CONTENT_TYPE"); absent when it was not sent. */
struct span http_header(const struct request *request, const char *name);

/* ERROR_NONE, ERROR_TOO_LARGE, ERROR_BAD_REQUEST (cut short) or ERROR_INTERNAL (no memory). limit in bytes. */
enum error http_read_body(struct request *request, uint64_t limit) MUST_USE;

/* The answer. Headers first, then exactly one of the finishing calls. */
void http_status(struct request *request, int status);
void http_set_header(struct request *request, const char *name, struct span value); /* value without control characters */
void http_tag(struct request *request, uint64_t tag); /* ETag */

struct buf *http_body(struct request *request);      /* gather the body here */
struct writer *http_writer(struct request *request); /* the same buffer, for bodies that may stream */
/* Sends what was gathered with its Content-Length (content_type NULL: no body, 204 or 304). */
void http_finish(struct request *request, const char *content_type);
/* Ends a body that went through the writer: with Content-Length when it never streamed. */
void http_finish_writer(struct request *request, const char *content_type);
/* Closes without END_REQUEST: the client sees a cut answer. */
void http_break(struct request *request);

#endif
