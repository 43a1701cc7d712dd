/* api_session.c: sessions. */
#include "api.h"
#include "body.h"
#include "judge.h"

static const struct body_field NEW[] = {
    {"session_id", NULL, BODY_ID, BODY_REQUIRED, offsetof(struct session_new, session_id)},
    {"session_type", NULL, BODY_SESSION_TYPE, BODY_OPTIONAL, 0},
    {"created_at", NULL, BODY_TIME, BODY_NULLABLE, offsetof(struct session_new, created)},
    {"updated_at", NULL, BODY_TEXT, BODY_NULLABLE, 0},
    {"multi_agent_state", NULL, BODY_OBJECT, BODY_NULLABLE, offsetof(struct session_new, multi_agent_state)},
};

struct change {
    struct span multi_agent_state;
};

static const struct body_field CHANGE[] = {
    {"session_type", NULL, BODY_SESSION_TYPE, BODY_NULLABLE, 0},
    {"multi_agent_state", NULL, BODY_OBJECT, BODY_NULLABLE, offsetof(struct change, multi_agent_state)},
};

void api_session_create(struct call *call) {
    struct session_new session = {.session_id = SPAN_ABSENT};
    uint64_t tag = 0;
    bool repeat = call_repeat(call);
    body_fields(call, NEW, COUNT_OF(NEW), &session);
    if (!call_judged(call)) {
        return;
    }
    call->session_id = session.session_id;
    enum outcome outcome = store_session_create(call->scope, &session, repeat, http_body(call->request), &tag);
    call_object(call, outcome, tag);
}

void api_session_list(struct call *call) {
    struct page page;
    struct session_filter filter;
    judge_session_page(call, &page, &filter);
    if (call_judged(call)) {
        call_list(call, store_session_list(call->scope, &filter, &page, http_writer(call->request)));
    }
}

void api_session_get(struct call *call) {
    uint64_t tag = 0;
    if (call_judged(call)) {
        enum outcome outcome = store_session_get(call->scope, call->session_id, http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_session_update(struct call *call) {
    struct change change = {SPAN_ABSENT};
    uint64_t tag = 0;
    struct match match = call_match(call);
    body_fields(call, CHANGE, COUNT_OF(CHANGE), &change);
    if (call_judged(call)) {
        enum outcome outcome = store_session_update(call->scope, call->session_id, change.multi_agent_state, &match,
                                                    http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_session_delete(struct call *call) {
    bool storage = judge_flag(call, "storage", false);
    struct match match = call_match(call);
    if (call_judged(call)) {
        call_deleted(call, store_session_delete(call->scope, call->session_id, storage, &match));
    }
}
