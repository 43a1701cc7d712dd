/* worker.c: accept, judge, dispatch, finish. Owns the request's memory and the connection to the database. */
#include "worker.h"

#include "access.h"
#include "call.h"
#include "cors.h"
#include "db.h"
#include "judge.h"
#include "log.h"
#include "metrics.h"
#include "settings.h"
#include "timestamp.h"
#include "trace.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define KEEP_TEXT (16u * 1024)
#define ACCEPT_SECONDS 1
#define MAPPED_FROM (256 * 1024)

static volatile sig_atomic_t told_to_end;

/* What outlives a request. */
struct state {
    const struct worker *worker;
    struct access access;
    struct db *db; /* NULL in the health worker */
    struct http *http;
    struct request request;
    struct faults faults;
    struct arena arena;
    struct buf text;
};

static void on_term(int signal_number) {
    (void)signal_number;
    told_to_end = 1;
    http_shut();
}

/* ---- what comes before a handler, in the order of contract 1.3; what is no HTTP lighttpd has answered already ---- */

/* "GET, HEAD, POST" */
static void allow_text(unsigned allowed, char *text, size_t size) {
    text[0] = '\0';
    for (enum method method = 0; method < METHOD_OTHER; method++) {
        size_t used = strlen(text);
        if ((allowed & METHOD_BIT(method)) != 0 &&
            snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", method_name(method)) < 0) {
            return;
        }
    }
}

/* OPTIONS, and methods that the path has not. */
static void answer_method(struct call *call, const struct route_match *match) {
    struct request *request = call->request;
    char allow[64];
    allow_text(match->allowed, allow, sizeof allow);
    if (cors_preflight(call->settings->cors_origins, request, allow)) {
        call_empty(call, 204);
        return;
    }
    http_set_header(request, "Allow: ", (struct span){allow, strlen(allow)});
    http_keep_headers(request);
    call_error(call, ERROR_METHOD, "");
}

/* Reads the body where the route takes one. False: the answer has been given. */
static bool take_body(struct call *call) {
    struct request *request = call->request;
    if ((call->route->flags & (ROUTE_JSON | ROUTE_BYTES)) == 0) {
        return true;
    }
    switch (http_read_body(request, (uint64_t)call->settings->max_body_bytes)) {
    case ERROR_NONE:
        break;
    case ERROR_TOO_LARGE:
        call_error(call, ERROR_TOO_LARGE, "The body is larger than this service takes");
        return false;
    case ERROR_BAD_REQUEST:
        call_error(call, ERROR_BAD_REQUEST, "The body is shorter than it was announced");
        return false;
    default:
        call_error(call, ERROR_INTERNAL, "Out of memory");
        return false;
    }
    struct span encoding = http_header(request, HEADER_CONTENT_ENCODING);
    if ((call->route->flags & ROUTE_JSON) != 0 && encoding.at != NULL && call->faults->count == 0) {
        call_error(call, ERROR_ENCODING, "A Content-Encoding is not supported");
        return false;
    }
    return true;
}

static void answer(struct state *state, struct call *call) {
    struct request *request = call->request;
    struct route_match match;
    if (http_content_length(request) > (uint64_t)call->settings->max_body_bytes) {
        call_error(call, ERROR_TOO_LARGE, "The body is larger than this service takes");
        return;
    }
    route_find(request->method, request->path, &match);
    call->route = match.any;
    if (match.any == NULL) {
        call_error(call, ERROR_NO_PATH, "");
        return;
    }
    if (match.route == NULL) {
        answer_method(call, &match);
        return;
    }
    call->route = match.route;
    enum error refused =
        access_judge(&state->access, match.route, http_header(request, HEADER_AUTHORIZATION), &call->scope.tenant);
    if (refused != ERROR_NONE) {
        call_error(call, refused,
                   refused == ERROR_UNAUTHORIZED ? "A valid bearer token is needed" : "The token does not allow this");
        return;
    }
    judge_path(call, &match);
    if (take_body(call)) {
        match.route->handler(call);
    }
}

/* ---- one request ---- */

static void set_common_headers(struct state *state) {
    cors_apply(state->worker->settings->cors_origins, &state->request);
    if (told_to_end || state->worker->leaving()) {
        http_set_header(&state->request, "Connection: ", SPAN_OF("close"));
    }
    http_keep_headers(&state->request);
}

/* Counts and logs, once the answer is on its way. */
static void account(struct state *state, const struct call *call, struct span trace, int64_t micros) {
    const struct http_facts facts = http_facts(&state->request);
    int64_t waited = call->has_database ? db_waited(state->db) : 0;
    const struct route *route = call->route;
    const struct metrics_request counted = {
        .route = route == NULL ? route_count() : (size_t)(route - route_at(0)),
        .method = state->request.method,
        .status = facts.status,
        .micros = micros,
        .db_micros = waited,
        .bytes_in = facts.bytes_in,
        .bytes_out = facts.bytes_out,
        .cause = call->cause,
    };
    metrics_count(&counted);
    const struct log_request line = {
        .request_id = state->request.request_id,
        .method = method_name(state->request.method),
        .route = route == NULL ? "-" : route->pattern,
        .tenant = call->scope.tenant,
        .trace = trace,
        .status = facts.status,
        .micros = micros,
        .db_micros = waited,
        .bytes_in = facts.bytes_in,
        .bytes_out = facts.bytes_out,
        .cause = call->cause != DB_CAUSE_NONE ? db_cause_name(call->cause)
                 : facts.broken               ? "cut"
                                              : NULL,
        .sqlstate = call->has_database && call->cause != DB_CAUSE_NONE ? db_sqlstate(state->db) : NULL,
        .slow = micros >= (int64_t)state->worker->settings->slow_ms * 1000,
    };
    log_request(&line);
}

static void serve(struct state *state) {
    int64_t started = timestamp_monotonic();
    bool sampled;
    struct span trace = trace_parent(http_header(&state->request, HEADER_TRACEPARENT), &sampled);
    if (trace.at != NULL) { /* for the log: the header's own bytes are gone when the answer was broken off */
        trace = arena_copy(&state->arena, trace);
    }
    struct call call = {
        .request = &state->request,
        .settings = state->worker->settings,
        .scope = {.db = state->db, .tenant = SPAN_OF("")},
        .faults = &state->faults,
        .arena = &state->arena,
        .text = &state->text,
        .trace = sampled ? trace : SPAN_ABSENT,
    };
    metrics_busy(true);
    set_common_headers(state);
    answer(state, &call);
    if (!http_facts(&state->request).finished) {
        http_break(&state->request); /* a handler that forgot to answer: let the client see it */
    }
    account(state, &call, trace, timestamp_monotonic() - started);
    http_end(&state->request);
    if (call.has_database) {
        db_end(state->db);
    }
    state->faults.count = 0;
    buf_shrink(&state->faults.json, KEEP_TEXT);
    buf_shrink(&state->text, KEEP_TEXT);
    arena_clear(&state->arena);
    metrics_busy(false);
}

/* ---- the loop ---- */

/*
 * SA_RESTART, so that TERM does not cut the reading of a request. signal(7): accept on a socket with SO_RCVTIMEO is not
 * restarted all the same, so a worker that waits sees TERM at once; should it arrive just before accept, the time-out
 * or the supervisor's next TERM ends the wait.
 */
static bool install_handlers(int listen_fd) {
    struct sigaction term = {.sa_handler = on_term, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct timeval patience = {.tv_sec = ACCEPT_SECONDS};
    if (sigaction(SIGTERM, &term, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0) {
        log_line(LOG_CRITICAL, "sigaction: %s", strerror(errno));
        return false;
    }
    if (setsockopt(listen_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
        log_line(LOG_CRITICAL, "setsockopt SO_RCVTIMEO: %s", strerror(errno));
        return false;
    }
    return true;
}

/* Large memory is mapped, so that it is given back when it is freed; left alone, glibc moves its limit up to 32 MiB. */
static void keep_small(void) {
    if (mallopt(M_MMAP_THRESHOLD, MAPPED_FROM) != 1) { /* as AddressSanitizer's allocator does, and others may */
        log_line(LOG_DEBUG, "mallopt refuses M_MMAP_THRESHOLD: large memory may be given back late");
    }
}

static void loop(struct state *state) {
    while (!told_to_end) {
        if (http_accept(state->http, &state->request)) {
            serve(state);
            continue;
        }
        log_flush();
        if (getppid() != state->worker->parent) {
            log_line(LOG_ERROR, "the supervisor is gone");
            return;
        }
    }
}

static void close_all(struct state *state) {
    if (state->db != NULL) {
        db_close(state->db);
    }
    if (state->http != NULL) {
        http_close(state->http);
    }
    buf_free(&state->request.body_memory);
    buf_free(&state->faults.json);
    buf_free(&state->text);
    arena_free(&state->arena);
    log_flush();
}

int worker_main(const struct worker *worker) {
    static struct state state;
    int status = 1;
    state.worker = worker;
    state.access = (struct access){worker->tokens, worker->settings->metrics_token_required};
    keep_small();
    if (!install_handlers(worker->listen_fd)) {
        goto end;
    }
    state.http = http_open(worker->listen_fd);
    if (state.http == NULL) {
        log_line(LOG_CRITICAL, "FastCGI cannot be set up on descriptor %d", worker->listen_fd);
        goto end;
    }
    if (!worker->health) {
        state.db = db_open(worker->settings);
        if (state.db == NULL) {
            log_line(LOG_CRITICAL, "out of memory");
            goto end;
        }
        if (!db_connect(state.db)) {
            log_line(LOG_WARNING, "starting without the database");
        }
    }
    worker->ready();
    loop(&state);
    status = 0;
end:
    close_all(&state);
    return status;
}
