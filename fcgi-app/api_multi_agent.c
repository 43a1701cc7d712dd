/* api_multi_agent.c: the states of graphs and swarms. */
#include "api.h"
#include "body.h"
#include "judge.h"

struct multi_agent {
    struct span multi_agent_id, state;
    struct sent_time created;
};

static const struct body_field NEW[] = {
    {"multi_agent_id", NULL, BODY_ID, BODY_REQUIRED, offsetof(struct multi_agent, multi_agent_id)},
    {"state", NULL, BODY_OBJECT, BODY_REQUIRED, offsetof(struct multi_agent, state)},
    {"created_at", NULL, BODY_ANY_TIME, BODY_NULLABLE, offsetof(struct multi_agent, created)},
};

static const struct body_field CHANGE[] = {
    {"state", NULL, BODY_OBJECT, BODY_NULLABLE, offsetof(struct multi_agent, state)},
};

void api_multi_agent_create(struct call *call) {
    struct multi_agent multi = {.state = SPAN_ABSENT};
    uint64_t tag = 0;
    bool repeat = call_repeat(call);
    body_fields(call, NEW, COUNT_OF(NEW), &multi);
    if (!call_judged(call)) {
        return;
    }
    call->multi_agent_id = multi.multi_agent_id;
    enum outcome outcome = store_multi_agent_create(call->scope, call->session_id, multi.multi_agent_id, multi.state,
                                                    multi.created, repeat, http_body(call->request), &tag);
    call_object(call, outcome, tag);
}

void api_multi_agent_list(struct call *call) {
    struct page page;
    judge_pages(call, &page);
    if (call_judged(call)) {
        call_list(call, store_multi_agent_list(call->scope, call->session_id, &page, http_writer(call->request)));
    }
}

void api_multi_agent_get(struct call *call) {
    uint64_t tag = 0;
    if (call_judged(call)) {
        enum outcome outcome =
            store_multi_agent_get(call->scope, call->session_id, call->multi_agent_id, http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_multi_agent_update(struct call *call) {
    struct multi_agent multi = {.state = SPAN_ABSENT};
    uint64_t tag = 0;
    struct match match = call_match(call);
    body_fields(call, CHANGE, COUNT_OF(CHANGE), &multi);
    if (call_judged(call)) {
        enum outcome outcome = store_multi_agent_update(call->scope, call->session_id, call->multi_agent_id,
                                                        multi.state, &match, http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_multi_agent_delete(struct call *call) {
    struct match match = call_match(call);
    if (call_judged(call)) {
        call_deleted(call, store_multi_agent_delete(call->scope, call->session_id, call->multi_agent_id, &match));
    }
}
