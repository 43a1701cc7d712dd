/* api_message.c: messages, one by one and many in one call. */
#include "api.h"
#include "body.h"
#include "json.h"
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_CONFLICT (-1)

static const struct body_field NEW[] = {
    {"message_id", NULL, BODY_MESSAGE_ID, BODY_REQUIRED, offsetof(struct message_new, message_id)},
    {"message", NULL, BODY_MESSAGE, BODY_REQUIRED, offsetof(struct message_new, message)},
    {"redact_message", NULL, BODY_MESSAGE, BODY_NULLABLE, offsetof(struct message_new, redact_message)},
    {"created_at", NULL, BODY_ANY_TIME, BODY_NULLABLE, offsetof(struct message_new, created)},
};

static const struct body_field CHANGE[] = {
    {"message", NULL, BODY_MESSAGE, BODY_NULLABLE, offsetof(struct message_new, message)},
    {"redact_message", NULL, BODY_MESSAGE, BODY_NULLABLE, offsetof(struct message_new, redact_message)},
};

static void create_one(struct call *call, struct span value, bool repeat) {
    struct message_new message = {.message_id = 0};
    uint64_t tag = 0;
    body_object(call, value, "\"body\"", NEW, COUNT_OF(NEW), &message);
    if (!call_judged(call)) {
        return;
    }
    call->message_id = message.message_id;
    call->has_message_id = true;
    enum outcome outcome = store_message_create(call->scope, call->session_id, call->agent_id, &message, repeat,
                                                http_body(call->request), &tag);
    call_object(call, outcome, tag);
}

/* Judges an array's entries, and gathers them as long as all are fine. */
static void gather(struct call *call, struct span array, struct buf *messages) {
    struct json_walk walk = json_walk(array);
    struct span value;
    for (size_t i = 0; json_walk_value(&walk, &value) && call->faults->count < FAULTS_MAX; i++) {
        struct message_new message = {.message_id = 0};
        char loc[32];
        if (snprintf(loc, sizeof loc, "\"body\",%zu", i) > 0) {
            body_object(call, value, loc, NEW, COUNT_OF(NEW), &message);
        }
        if (call->faults->count == 0) {
            buf_append(messages, &message, sizeof message);
        }
    }
    call->faults->json.failed |= messages->failed;
}

static int by_number(const void *a, const void *b) {
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

/* The smallest message_id that stands twice in the array. */
static int32_t find_twin(struct call *call, const struct message_new *messages, size_t count) {
    int32_t *ids = arena_take(call->arena, count * sizeof *ids);
    if (ids == NULL) {
        call->faults->json.failed = true;
        return NO_CONFLICT;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = messages[i].message_id;
    }
    qsort(ids, count, sizeof *ids, by_number);
    for (size_t i = 1; i < count; i++) {
        if (ids[i - 1] == ids[i]) {
            return ids[i];
        }
    }
    return NO_CONFLICT;
}

static void create_many(struct call *call, struct span array, bool repeat) {
    struct buf entries = {.data = NULL};
    gather(call, array, &entries);
    const struct message_new *messages = (const struct message_new *)(const void *)entries.data;
    size_t count = entries.len / sizeof *messages;
    int32_t conflict = call->faults->count > 0 ? NO_CONFLICT : find_twin(call, messages, count);
    if (call_judged(call)) {
        http_status(call->request, 201);
        enum outcome outcome = store_message_create_batch(call->scope, call->session_id, call->agent_id, messages,
                                                          count, repeat, http_writer(call->request), &conflict);
        call->message_id = conflict;
        call->has_message_id = true;
        call_list(call, outcome);
    }
    buf_free(&entries);
}

void api_message_create(struct call *call) {
    struct span value;
    bool repeat = call_repeat(call);
    if (!body_read(call, &value)) {
        call_refuse(call);
    } else if (json_kind(value) == JSON_IS_ARRAY) {
        create_many(call, value, repeat);
    } else {
        create_one(call, value, repeat);
    }
}

void api_message_list(struct call *call) {
    struct page page;
    judge_message_page(call, &page);
    if (call_judged(call)) {
        call_list(call,
                  store_message_list(call->scope, call->session_id, call->agent_id, &page, http_writer(call->request)));
    }
}

void api_message_get(struct call *call) {
    uint64_t tag = 0;
    if (call_judged(call)) {
        enum outcome outcome = store_message_get(call->scope, call->session_id, call->agent_id, call->message_id,
                                                 http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_message_update(struct call *call) {
    struct message_new change = {.message_id = 0};
    uint64_t tag = 0;
    struct match match = call_match(call);
    body_fields(call, CHANGE, COUNT_OF(CHANGE), &change);
    if (call_judged(call)) {
        enum outcome outcome =
            store_message_update(call->scope, call->session_id, call->agent_id, call->message_id, change.message,
                                 change.redact_message, &match, http_body(call->request), &tag);
        call_object(call, outcome, tag);
    }
}

void api_message_delete(struct call *call) {
    struct match match = call_match(call);
    if (call_judged(call)) {
        call_deleted(call,
                     store_message_delete(call->scope, call->session_id, call->agent_id, call->message_id, &match));
    }
}
