/* api_fork.c: copying a session, and taking an agent's messages back to an earlier one (contract 2.9). */
#include "api.h"
#include "body.h"
#include "json.h"
#include "judge.h"

#include <stdlib.h>
#include <string.h>

static const char UNTIL[] = "\"body\",\"until\"";

struct fork {
    struct span session_id;
    struct span until;
};

static const struct body_field FORK[] = {
    {"session_id", NULL, BODY_ID, BODY_REQUIRED, offsetof(struct fork, session_id)},
    {"until", NULL, BODY_OBJECT, BODY_NULLABLE, offsetof(struct fork, until)},
};

struct entry {
    struct span agent_id;
    struct span value;
};

/* By name; of the same name in the order of the text, to which the values' addresses point. */
static int by_name(const void *a, const void *b) {
    const struct entry *left = a, *right = b;
    size_t shorter = left->agent_id.len < right->agent_id.len ? left->agent_id.len : right->agent_id.len;
    int order = memcmp(left->agent_id.at, right->agent_id.at, shorter);
    if (order == 0) {
        order = (left->agent_id.len > right->agent_id.len) - (left->agent_id.len < right->agent_id.len);
    }
    return order != 0 ? order : (left->value.at > right->value.at) - (left->value.at < right->value.at);
}

static bool same_name(const struct entry *a, const struct entry *b) {
    return a->agent_id.len == b->agent_id.len && memcmp(a->agent_id.at, b->agent_id.at, a->agent_id.len) == 0;
}

/* The members as entries. A name that is no identifier is a fault and left out. */
static void gather(struct call *call, struct span object, struct buf *entries) {
    struct json_walk walk = json_walk(object);
    struct span name, value;
    while (call->faults->count < FAULTS_MAX && json_walk_member(&walk, &name, &value)) {
        struct entry entry = {body_text(call, (struct span){name.at - 1, name.len + 2}), value};
        size_t before = call->faults->count;
        if (entry.agent_id.at == NULL) {
            faults_add(call->faults, "value_error", UNTIL, "A name holds a lone surrogate");
        } else {
            judge_id(call, UNTIL, entry.agent_id);
        }
        if (call->faults->count == before) {
            buf_append(entries, &entry, sizeof entry);
        }
    }
    call->faults->json.failed |= entries->failed;
}

/* Of duplicate names the last counts. The result is in the request's memory. */
static struct until *read_until(struct call *call, struct span object, size_t *count) {
    struct buf gathered = {.data = NULL};
    gather(call, object, &gathered);
    struct entry *entries = (struct entry *)(void *)gathered.data;
    size_t have = gathered.len / sizeof *entries;
    struct until *until = arena_take(call->arena, (have + 1) * sizeof *until);
    *count = 0;
    if (until == NULL) {
        call->faults->json.failed = true;
        have = 0;
    }
    if (have > 0) {
        qsort(entries, have, sizeof *entries, by_name);
    }
    for (size_t i = 0; i < have; i++) {
        bool last = i + 1 == have || !same_name(&entries[i], &entries[i + 1]);
        if (last && body_message_id(call, entries[i].value, UNTIL, &until[*count].message_id)) {
            until[(*count)++].agent_id = entries[i].agent_id;
        }
    }
    buf_free(&gathered);
    return until;
}

void api_session_fork(struct call *call) {
    struct fork fork = {.session_id = SPAN_ABSENT};
    struct until *until = NULL;
    size_t untils = 0, which = 0;
    uint64_t tag = 0;
    body_fields(call, FORK, COUNT_OF(FORK), &fork);
    if (fork.until.at != NULL) {
        until = read_until(call, fork.until, &untils);
    }
    if (!call_judged(call)) {
        return;
    }
    enum outcome outcome = store_session_fork(call->scope, call->session_id, fork.session_id, until, untils,
                                              http_body(call->request), &tag, &which);
    if (outcome == OUTCOME_EXISTS) {
        call->session_id = fork.session_id;
    } else if ((outcome == OUTCOME_NO_AGENT || outcome == OUTCOME_DROPPED) && which < untils) {
        call->agent_id = until[which].agent_id;
    }
    call_object(call, outcome, tag);
}

void api_message_truncate(struct call *call) {
    int64_t deleted = 0;
    int32_t from = 0;
    if (!judge_sent(call, "from")) {
        faults_add(call->faults, "missing", "\"query\",\"from\"", "Field required");
    } else {
        from = (int32_t)judge_integer(call, "from", 0, INT32_MAX, 0);
    }
    if (!call_judged(call)) {
        return;
    }
    enum outcome outcome = store_message_truncate(call->scope, call->session_id, call->agent_id, from, &deleted);
    if (outcome != OUTCOME_DONE) {
        call_failed(call, outcome);
        return;
    }
    buf_text(http_body(call->request), "{\"deleted\":");
    buf_integer(http_body(call->request), deleted);
    buf_byte(http_body(call->request), '}');
    call_json(call, 200);
}
