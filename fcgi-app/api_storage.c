/* api_storage.c: stored objects: opaque bytes under keys (contract 2.5). */
#include "api.h"
#include "body.h"
#include "etag.h"
#include "judge.h"

#define DEFAULT_TYPE SPAN_OF("application/octet-stream")

void api_storage_list(struct call *call) {
    struct span prefix = judge_prefix(call, "prefix");
    struct span start_after = judge_prefix(call, "start_after");
    int64_t limit = judge_integer(call, "limit", 0, INT64_MAX, -1);
    if (call_judged(call)) {
        call_list(call, store_object_list(call->scope, prefix, start_after, limit, http_writer(call->request)));
    }
}

void api_storage_clear(struct call *call) {
    struct span prefix = judge_prefix(call, "prefix");
    int64_t deleted = 0;
    if (!judge_sent(call, "prefix")) {
        faults_add(call->faults, "missing", "\"query\",\"prefix\"", "Field required");
    } else if (prefix.at != NULL && prefix.len == 0) {
        faults_add(call->faults, "string_too_short", "\"query\",\"prefix\"",
                   "String should have at least 1 character: everything is not deleted by one call");
    }
    if (!call_judged(call)) {
        return;
    }
    enum outcome outcome = store_object_delete_prefix(call->scope, prefix, &deleted);
    if (outcome != OUTCOME_DONE) {
        call_failed(call, outcome);
        return;
    }
    buf_text(http_body(call->request), "{\"deleted\":");
    buf_integer(http_body(call->request), deleted);
    buf_byte(http_body(call->request), '}');
    call_json(call, 200);
}

/* The head of the answer, before any of the object's bytes. */
static bool begin(void *to, const struct object_head *head) {
    struct call *call = to;
    struct request *request = call->request;
    struct span type = arena_copy(call->arena, head->content_type);
    http_tag(request, head->tag);
    if (etag_matches(http_header(request, HEADER_IF_NONE_MATCH), head->tag)) {
        http_status(request, 304);
        return false;
    }
    http_content(request, type.at == NULL ? DEFAULT_TYPE : type, head->size);
    http_set_header(request, "X-Content-Type-Options: ", SPAN_OF("nosniff"));
    return request->method != METHOD_HEAD;
}

void api_storage_get(struct call *call) {
    if (!call_judged(call)) {
        return;
    }
    enum outcome outcome = store_object_get(call->scope, call->key, begin, call, http_writer(call->request));
    if (outcome == OUTCOME_DONE && http_facts(call->request).status == 304) {
        call_empty(call, 304);
    } else {
        call_list(call, outcome);
    }
}

/* What is kept and sent again, as it is: lighttpd lets no control character into a header, and bounds their length. */
static struct span content_type(const struct call *call) {
    struct span type = http_header(call->request, HEADER_CONTENT_TYPE);
    return type.at != NULL && type.len > 0 ? type : DEFAULT_TYPE;
}

void api_storage_put(struct call *call) {
    uint64_t tag = 0;
    struct match match = call_match(call);
    if (!call_judged(call)) {
        return;
    }
    enum outcome outcome = store_object_put(call->scope, call->key, content_type(call), call->request->body, &match,
                                            call_none_match(call), &tag);
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_CREATED) {
        call_failed(call, outcome);
        return;
    }
    http_tag(call->request, tag);
    call_empty(call, outcome == OUTCOME_CREATED ? 201 : 204);
}

void api_storage_delete(struct call *call) {
    struct match match = call_match(call);
    if (call_judged(call)) {
        call_deleted(call, store_object_delete(call->scope, call->key, &match, call_none_match(call)));
    }
}
