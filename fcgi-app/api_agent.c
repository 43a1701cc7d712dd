/* api_agent.c: agents, and the one-call restore of one. */
#include "api.h"
#include "body.h"
#include "json.h"
#include "judge.h"

#include <string.h>

static const struct body_field NEW[] = {
    {"agent_id", NULL, BODY_ID, BODY_REQUIRED, offsetof(struct agent_new, agent_id)},
    {"state", NULL, BODY_OBJECT, BODY_REQUIRED, offsetof(struct agent_new, state)},
    {"conversation_manager_state", NULL, BODY_OBJECT, BODY_REQUIRED,
     offsetof(struct agent_new, conversation_manager_state)},
    {"internal_state", "_internal_state", BODY_OBJECT, BODY_OPTIONAL, offsetof(struct agent_new, internal_state)},
    {"created_at", NULL, BODY_ANY_TIME, BODY_NULLABLE, offsetof(struct agent_new, created)},
};

static const struct body_field CHANGE[] = {
    {"state", NULL, BODY_OBJECT, BODY_NULLABLE, offsetof(struct agent_change, state)},
    {"conversation_manager_state", NULL, BODY_OBJECT, BODY_NULLABLE,
     offsetof(struct agent_change, conversation_manager_state)},
    {"internal_state", "_internal_state", BODY_OBJECT, BODY_NULLABLE, offsetof(struct agent_change, internal_state)},
};

void api_agent_create(struct call *call) {
    struct agent_new agent = {.internal_state = SPAN_OF("{}")};
    uint64_t tag = 0;
    bool repeat = call_repeat(call);
    body_fields(call, NEW, COUNT_OF(NEW), &agent);
    if (!call_judged(call)) {
        return;
    }
    agent.removed_count = json_removed_count(agent.conversation_manager_state);
    call->agent_id = agent.agent_id;
    enum outcome outcome =
        store_agent_create(call->scope, call->session_id, &agent, repeat, http_body(call->request), &tag);
    call_object(call, outcome, tag);
}

void api_agent_list(struct call *call) {
    struct page page;
    judge_pages(call, &page);
    if (call_judged(call)) {
        call_list(call, store_agent_list(call->scope, call->session_id, &page, http_writer(call->request)));
    }
}

void api_agent_get(struct call *call) {
    uint64_t tag = 0;
    if (call_judged(call)) {
        enum outcome outcome =
            store_agent_get(call->scope, call->session_id, call->agent_id, http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_agent_update(struct call *call) {
    struct agent_change change = {.state = SPAN_ABSENT};
    uint64_t tag = 0;
    struct match match = call_match(call);
    body_fields(call, CHANGE, COUNT_OF(CHANGE), &change);
    if (!call_judged(call)) {
        return;
    }
    if (change.conversation_manager_state.at != NULL) {
        change.removed_count = json_removed_count(change.conversation_manager_state);
    }
    enum outcome outcome = store_agent_update(call->scope, call->session_id, call->agent_id, &change, &match,
                                              http_body(call->request), &tag);
    call_object(call, outcome, tag);
}

void api_agent_delete(struct call *call) {
    struct match match = call_match(call);
    if (call_judged(call)) {
        call_deleted(call, store_agent_delete(call->scope, call->session_id, call->agent_id, &match));
    }
}

void api_agent_restore(struct call *call) {
    struct span text = judge_text(call, "offset");
    bool removed = text.at != NULL && text.len == 7 && memcmp(text.at, "removed", 7) == 0;
    int64_t offset = removed ? -1 : text.at == NULL ? 0 : judge_integer(call, "offset", 0, INT64_MAX, 0);
    if (call_judged(call)) {
        call_list(call,
                  store_restore(call->scope, call->session_id, call->agent_id, offset, http_writer(call->request)));
    }
}
