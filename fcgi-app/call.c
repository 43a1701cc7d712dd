/* call.c: what handlers have in common: the end of judging, and answers by outcome. */
#include "call.h"

#include "db.h"
#include "etag.h"
#include "route.h"

#include <inttypes.h>
#include <string.h>

#define KEY_MAX 255
#define TEXT(span) (int)(span).len, (span).at

/* ---- judging ---- */

bool call_repeat(struct call *call) {
    static const char LOC[] = "\"header\",\"idempotency-key\"";
    struct span key = http_header(call->request, HEADER_IDEMPOTENCY_KEY);
    if (key.at == NULL) {
        return false;
    }
    if (key.len == 0) {
        faults_add(call->faults, "string_too_short", LOC, "Idempotency-Key should have at least 1 byte");
    } else if (key.len > KEY_MAX) {
        faults_add(call->faults, "string_too_long", LOC, "Idempotency-Key should have at most 255 bytes");
    }
    return true;
}

struct match call_match(struct call *call) {
    struct span field = http_header(call->request, HEADER_IF_MATCH);
    struct match match = {.given = field.at != NULL};
    if (!match.given) {
        return match;
    }
    match.any = etag_is_any(field);
    size_t count = etag_strong(field, NULL, 0);
    uint64_t *tags = arena_take(call->arena, (count + 1) * sizeof *tags);
    if (tags == NULL) {
        call->faults->json.failed = true;
        return match;
    }
    match.count = etag_strong(field, tags, count);
    match.tags = tags;
    return match;
}

bool call_none_match(const struct call *call) {
    struct span field = http_header(call->request, HEADER_IF_NONE_MATCH);
    return field.at != NULL && etag_is_any(field);
}

void call_refuse(struct call *call) {
    struct buf *out = http_body(call->request);
    if (call->faults->json.failed) {
        call_error(call, ERROR_INTERNAL, "Out of memory");
        return;
    }
    http_reset(call->request);
    buf_text(out, "{\"detail\":[");
    buf_append(out, call->faults->json.data, call->faults->json.len);
    buf_text(out, "]}");
    call_json(call, error_status(ERROR_INVALID));
}

bool call_judged(struct call *call) {
    if (call->faults->json.failed || call->faults->count > 0) {
        call_refuse(call);
        return false;
    }
    if ((call->route->flags & ROUTE_DATABASE) == 0) {
        return true;
    }
    if (call->scope.db == NULL) {
        call->cause = DB_CAUSE_AWAY;
    } else {
        call->has_database = true;
        call->cause = db_begin(call->scope.db, (call->route->flags & ROUTE_WRITES) != 0, call->trace);
    }
    if (call->cause != DB_CAUSE_NONE) {
        call_failed(call, OUTCOME_FAILED);
        return false;
    }
    return true;
}

/* ---- answering ---- */

void call_json(struct call *call, int status) {
    http_status(call->request, status);
    http_finish(call->request, "application/json");
}

void call_empty(struct call *call, int status) {
    http_status(call->request, status);
    http_finish(call->request, NULL);
}

void call_error(struct call *call, enum error error, const char *message) {
    http_reset(call->request);
    if (error == ERROR_UNAVAILABLE) {
        http_set_header(call->request, "Retry-After: ", SPAN_OF("1"));
    }
    if (error == ERROR_UNAUTHORIZED) {
        http_set_header(call->request, "WWW-Authenticate: ", SPAN_OF("Bearer"));
    }
    error_body(http_body(call->request), error, message, call->request->request_id);
    call_json(call, error_status(error));
}

/* The messages of contract 1.3. Ids hold no NUL, so that the text is a string of C. */
static void say_missing(struct call *call, enum outcome outcome) {
    struct buf *text = call->text;
    switch (outcome) {
    case OUTCOME_NO_SESSION:
        buf_format(text, "Session '%.*s' not found", TEXT(call->session_id));
        break;
    case OUTCOME_NO_AGENT:
        buf_format(text, "Agent '%.*s' not found in session '%.*s'", TEXT(call->agent_id), TEXT(call->session_id));
        break;
    case OUTCOME_NO_MULTI_AGENT:
        buf_format(text, "Multi-agent '%.*s' not found in session '%.*s'", TEXT(call->multi_agent_id),
                   TEXT(call->session_id));
        break;
    case OUTCOME_NO_MESSAGE:
        buf_format(text, "Message %" PRId32 " not found for agent '%.*s' in session '%.*s'", call->message_id,
                   TEXT(call->agent_id), TEXT(call->session_id));
        break;
    default:
        buf_format(text, "Storage key '%.*s' not found", TEXT(call->key));
        break;
    }
}

static void say_exists(struct call *call) {
    struct buf *text = call->text;
    if (call->has_message_id) {
        buf_format(text, "Message %" PRId32 " already exists for agent '%.*s' in session '%.*s'", call->message_id,
                   TEXT(call->agent_id), TEXT(call->session_id));
    } else if (call->agent_id.at != NULL) {
        buf_format(text, "Agent '%.*s' already exists in session '%.*s'", TEXT(call->agent_id), TEXT(call->session_id));
    } else if (call->multi_agent_id.at != NULL) {
        buf_format(text, "Multi-agent '%.*s' already exists in session '%.*s'", TEXT(call->multi_agent_id),
                   TEXT(call->session_id));
    } else {
        buf_format(text, "Session with ID '%.*s' already exists", TEXT(call->session_id));
    }
}

static void say(struct call *call, enum error error) {
    buf_byte(call->text, '\0');
    call_error(call, error, call->text->failed ? error_name(error) : call->text->data);
}

static void fail_database(struct call *call) {
    if (call->cause == DB_CAUSE_NONE) {
        call->cause = db_cause(call->scope.db);
    }
    switch (call->cause) {
    case DB_CAUSE_NONE:
    case DB_CAUSE_BUG:
        call_error(call, ERROR_INTERNAL, "Internal server error");
        break;
    case DB_CAUSE_TIMEOUT:
        call_error(call, ERROR_UNAVAILABLE, "The database did not answer in time");
        break;
    case DB_CAUSE_READ_ONLY:
        call_error(call, ERROR_UNAVAILABLE, "The database takes no writes at the moment");
        break;
    default:
        call_error(call, ERROR_UNAVAILABLE, "The database is not available at the moment");
        break;
    }
}

void call_failed(struct call *call, enum outcome outcome) {
    buf_clear(call->text);
    if (outcome == OUTCOME_BROKEN || http_writer(call->request)->streaming) {
        http_break(call->request);
        return;
    }
    switch (outcome) {
    case OUTCOME_NO_SESSION:
    case OUTCOME_NO_AGENT:
    case OUTCOME_NO_MULTI_AGENT:
    case OUTCOME_NO_MESSAGE:
    case OUTCOME_NO_OBJECT:
        say_missing(call, outcome);
        say(call, ERROR_NOT_FOUND);
        break;
    case OUTCOME_EXISTS:
        say_exists(call);
        say(call, ERROR_CONFLICT);
        break;
    case OUTCOME_DROPPED:
        buf_format(call->text,
                   "Agent '%.*s' in session '%.*s' would keep fewer messages than its conversation manager has dropped",
                   TEXT(call->agent_id), TEXT(call->session_id));
        say(call, ERROR_CONFLICT);
        break;
    case OUTCOME_PRECONDITION:
        call_error(call, ERROR_PRECONDITION, "The precondition does not hold: the object is not as it was");
        break;
    default:
        fail_database(call);
        break;
    }
}

void call_object(struct call *call, enum outcome outcome, uint64_t tag) {
    struct request *request = call->request;
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_CREATED && outcome != OUTCOME_REPLAYED) {
        call_failed(call, outcome);
        return;
    }
    http_tag(request, tag);
    bool reads = request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (reads && etag_matches(http_header(request, HEADER_IF_NONE_MATCH), tag)) {
        call_empty(call, 304);
        return;
    }
    http_writer(request)->replayed = outcome == OUTCOME_REPLAYED;
    call_json(call, outcome == OUTCOME_DONE ? 200 : 201);
}

void call_list(struct call *call, enum outcome outcome) {
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_CREATED && outcome != OUTCOME_REPLAYED) {
        call_failed(call, outcome);
        return;
    }
    http_writer(call->request)->replayed = outcome == OUTCOME_REPLAYED;
    http_finish_writer(call->request);
}

void call_deleted(struct call *call, enum outcome outcome) {
    if (outcome == OUTCOME_DONE) {
        call_empty(call, 204);
    } else {
        call_failed(call, outcome);
    }
}
