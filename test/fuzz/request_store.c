/*
 * request_store.c: stands in for the database and the store. Looks whether what handlers hand down was judged, and
 * answers with the outcome that the input asks for, where the real function could have it.
 */
#include "db.h"
#include "fuzz.h"
#include "ident.h"
#include "json.h"
#include "request.h"

#define BIT(outcome) (1u << (outcome))
#define ALWAYS (BIT(OUTCOME_FAILED))
#define LIST_ENDS (ALWAYS | BIT(OUTCOME_BROKEN))
#define TAG UINT64_C(0x0123456789abcdef)

/* ---- the database ---- */

struct db *db_open(const struct settings *settings) {
    (void)settings;
    return (struct db *)&fake;
}

void db_close(struct db *db) {
    (void)db;
}

bool db_connect(struct db *db) {
    return db != NULL;
}

enum db_cause db_begin(struct db *db, bool writes, struct span trace) {
    HOLDS(db != NULL && !fake.began && (trace.at == NULL || trace.len == 55));
    (void)writes;
    fake.began = true;
    return fake.begin_cause;
}

void db_end(struct db *db) {
    HOLDS(db != NULL && fake.began && fake.ended);
    fake.began = false;
}

enum db_cause db_cause(const struct db *db) {
    HOLDS(db != NULL && fake.asked);
    return fake.cause;
}

const char *db_sqlstate(const struct db *db) {
    HOLDS(db != NULL);
    return "";
}

int64_t db_waited(const struct db *db) {
    HOLDS(db != NULL);
    return 0;
}

/* ---- what everything is judged by ---- */

static enum outcome pick(struct scope scope, unsigned possible) {
    HOLDS(scope.db != NULL && fake.began && fake.begin_cause == DB_CAUSE_NONE && !fake.asked);
    HOLDS(scope.tenant.len == 0 || fuzz_same(scope.tenant, SPAN_OF(REQUEST_TENANT)));
    fake.asked = true;
    if ((possible & BIT(fake.outcome)) != 0)
        return fake.outcome;
    return (possible & BIT(OUTCOME_CREATED)) != 0 ? OUTCOME_CREATED : OUTCOME_DONE;
}

static void check_id(struct span id) {
    const char *rule;

    HOLDS(id.at != NULL && ident_check(id, &rule) == IDENT_FINE);
}

/* The client's own bytes: within the body as it came, and an object. */
static void check_object(struct span value, bool may_be_absent) {
    size_t place;

    if (may_be_absent && value.at == NULL)
        return;
    HOLDS(value.at != NULL && json_check(value, &place) && json_kind(value) == JSON_IS_OBJECT);
    HOLDS(fuzz_same(value, SPAN_OF("{}")) || memmem(fake.body.at, fake.body.len, value.at, value.len) != NULL);
}

static void check_message(struct span value, bool may_be_absent) {
    check_object(value, may_be_absent);
    if (value.at == NULL)
        return;
    struct span role = json_member(value, "role");
    HOLDS(role.at != NULL && json_kind(role) == JSON_IS_STRING && json_member(value, "content").at != NULL);
}

static void check_time(struct sent_time time) {
    HOLDS(!time.given || (time.micros >= INT64_C(-62135596800000000) && time.micros < INT64_C(253402300800000000)));
}

static void check_match(const struct match *match) {
    HOLDS(match->given || (!match->any && match->count == 0));
    for (size_t i = 0; i < match->count; i++)
        HOLDS(match->tags[i] != 1); /* reads it, so that the sanitizer sees memory that is not there */
}

static void check_page(const struct page *page) {
    switch (page->kind) {
    case PAGE_NUMBERED:
        HOLDS(page->page >= 1 && page->page_size >= 1 && page->page_size <= 1000);
        break;
    case PAGE_SLICE:
        HOLDS(page->offset >= 0 && page->limit >= -1);
        break;
    case PAGE_CURSOR:
        HOLDS(page->limit >= 1 && page->limit <= 1000);
        if (page->after)
            check_id(page->after_id);
        break;
    }
}

/* One object. */
static enum outcome give(enum outcome outcome, struct buf *out, uint64_t *tag) {
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_CREATED || outcome == OUTCOME_REPLAYED) {
        buf_text(out, "{\"stored\":true}");
        *tag = TAG;
    }
    return outcome;
}

/* A list; when it fails, something of it is in the buffer already, or has been sent. */
static enum outcome list(enum outcome outcome, struct writer *writer) {
    writer->replayed = outcome == OUTCOME_REPLAYED;
    buf_text(writer->buf, "{\"list\":[");
    if (outcome == OUTCOME_BROKEN) {
        for (size_t i = 0; i <= WRITER_LIMIT / 1024; i++)
            buf_format(writer->buf, "%1024s", "");
        (void)writer_row(writer);
        return outcome;
    }
    if (!writer_row(writer))
        return OUTCOME_BROKEN;
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_CREATED || outcome == OUTCOME_REPLAYED)
        buf_text(writer->buf, "]}");
    return outcome;
}

#define SESSION_CHILD (ALWAYS | BIT(OUTCOME_NO_SESSION))
#define AGENT_CHILD (SESSION_CHILD | BIT(OUTCOME_NO_AGENT))
#define MADE (BIT(OUTCOME_CREATED) | BIT(OUTCOME_EXISTS))
#define CHANGED (BIT(OUTCOME_DONE) | BIT(OUTCOME_PRECONDITION))

static unsigned made(bool repeat) {
    return MADE | (repeat ? BIT(OUTCOME_REPLAYED) : 0);
}

/* ---- sessions ---- */

enum outcome store_session_create(struct scope scope, const struct session_new *session, bool repeat, struct buf *out,
                                  uint64_t *tag) {
    check_id(session->session_id);
    check_object(session->multi_agent_state, true);
    check_time(session->created);
    return give(pick(scope, ALWAYS | made(repeat)), out, tag);
}

enum outcome store_session_get(struct scope scope, struct span session_id, struct buf *out, uint64_t *tag) {
    check_id(session_id);
    return give(pick(scope, SESSION_CHILD | BIT(OUTCOME_DONE)), out, tag);
}

enum outcome store_session_update(struct scope scope, struct span session_id, struct span multi_agent_state,
                                  const struct match *match, struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_object(multi_agent_state, true);
    check_match(match);
    return give(pick(scope, SESSION_CHILD | CHANGED), out, tag);
}

enum outcome store_session_delete(struct scope scope, struct span session_id, bool storage, const struct match *match) {
    (void)storage;
    check_id(session_id);
    check_match(match);
    return pick(scope, SESSION_CHILD | CHANGED);
}

enum outcome store_session_list(struct scope scope, const struct session_filter *filter, const struct page *page,
                                struct writer *writer) {
    HOLDS(filter->prefix.at == NULL || ident_prefix_fault(filter->prefix) == NULL);
    HOLDS(page->kind != PAGE_SLICE);
    check_time(filter->created_after);
    check_time(filter->created_before);
    check_page(page);
    return list(pick(scope, LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

enum outcome store_session_fork(struct scope scope, struct span session_id, struct span new_id,
                                const struct until *until, size_t untils, struct buf *out, uint64_t *tag,
                                size_t *missing_agent) {
    unsigned lost = untils > 0 ? BIT(OUTCOME_NO_AGENT) | BIT(OUTCOME_DROPPED) : 0;

    check_id(session_id);
    check_id(new_id);
    for (size_t i = 0; i < untils; i++) {
        check_id(until[i].agent_id);
        HOLDS(until[i].message_id >= 0);
        for (size_t k = 0; k < i && i < 50; k++)
            HOLDS(!fuzz_same(until[i].agent_id, until[k].agent_id)); /* of duplicate names one is left */
    }
    *missing_agent = untils > 0 ? untils - 1 : 0;
    return give(pick(scope, SESSION_CHILD | MADE | lost), out, tag);
}

/* ---- agents ---- */

enum outcome store_agent_create(struct scope scope, struct span session_id, const struct agent_new *agent, bool repeat,
                                struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(agent->agent_id);
    check_object(agent->state, false);
    check_object(agent->conversation_manager_state, false);
    check_object(agent->internal_state, false);
    check_time(agent->created);
    HOLDS(agent->removed_count == json_removed_count(agent->conversation_manager_state));
    return give(pick(scope, SESSION_CHILD | made(repeat)), out, tag);
}

enum outcome store_agent_get(struct scope scope, struct span session_id, struct span agent_id, struct buf *out,
                             uint64_t *tag) {
    check_id(session_id);
    check_id(agent_id);
    return give(pick(scope, AGENT_CHILD | BIT(OUTCOME_DONE)), out, tag);
}

enum outcome store_agent_update(struct scope scope, struct span session_id, struct span agent_id,
                                const struct agent_change *change, const struct match *match, struct buf *out,
                                uint64_t *tag) {
    check_id(session_id);
    check_id(agent_id);
    check_object(change->state, true);
    check_object(change->conversation_manager_state, true);
    check_object(change->internal_state, true);
    check_match(match);
    return give(pick(scope, AGENT_CHILD | CHANGED), out, tag);
}

enum outcome store_agent_delete(struct scope scope, struct span session_id, struct span agent_id,
                                const struct match *match) {
    check_id(session_id);
    check_id(agent_id);
    check_match(match);
    return pick(scope, AGENT_CHILD | CHANGED);
}

enum outcome store_agent_list(struct scope scope, struct span session_id, const struct page *page,
                              struct writer *writer) {
    check_id(session_id);
    HOLDS(page->kind == PAGE_NUMBERED);
    check_page(page);
    return list(pick(scope, SESSION_CHILD | LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

enum outcome store_restore(struct scope scope, struct span session_id, struct span agent_id, int64_t offset,
                           struct writer *writer) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(offset >= -1);
    return list(pick(scope, AGENT_CHILD | LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

/* ---- messages ---- */

static void check_new_message(const struct message_new *message) {
    HOLDS(message->message_id >= 0);
    check_message(message->message, false);
    check_message(message->redact_message, true);
    check_time(message->created);
}

enum outcome store_message_create(struct scope scope, struct span session_id, struct span agent_id,
                                  const struct message_new *message, bool repeat, struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(agent_id);
    check_new_message(message);
    return give(pick(scope, AGENT_CHILD | made(repeat)), out, tag);
}

enum outcome store_message_create_batch(struct scope scope, struct span session_id, struct span agent_id,
                                        const struct message_new *messages, size_t count, bool repeat,
                                        struct writer *writer, int32_t *conflict) {
    bool twins = false;

    check_id(session_id);
    check_id(agent_id);
    for (size_t i = 0; i < count; i++) {
        check_new_message(&messages[i]);
        for (size_t k = 0; k < i && i < 50; k++)
            twins = twins || messages[i].message_id == messages[k].message_id;
    }
    HOLDS(!twins || *conflict >= 0);
    unsigned possible = AGENT_CHILD | LIST_ENDS | (*conflict >= 0 ? BIT(OUTCOME_EXISTS) : made(repeat));
    enum outcome outcome = pick(scope, possible);
    if (*conflict >= 0 && outcome == OUTCOME_DONE)
        outcome = OUTCOME_EXISTS;
    if (outcome == OUTCOME_EXISTS && *conflict < 0)
        *conflict = count > 0 ? messages[0].message_id : 0;
    return list(outcome, writer);
}

enum outcome store_message_get(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                               struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(message_id >= 0);
    return give(pick(scope, AGENT_CHILD | BIT(OUTCOME_NO_MESSAGE) | BIT(OUTCOME_DONE)), out, tag);
}

enum outcome store_message_update(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  struct span message, struct span redact_message, const struct match *match,
                                  struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(message_id >= 0);
    check_message(message, true);
    check_message(redact_message, true);
    check_match(match);
    return give(pick(scope, AGENT_CHILD | BIT(OUTCOME_NO_MESSAGE) | CHANGED), out, tag);
}

enum outcome store_message_delete(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  const struct match *match) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(message_id >= 0);
    check_match(match);
    return pick(scope, AGENT_CHILD | BIT(OUTCOME_NO_MESSAGE) | CHANGED);
}

enum outcome store_message_list(struct scope scope, struct span session_id, struct span agent_id,
                                const struct page *page, struct writer *writer) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(page->kind != PAGE_CURSOR);
    check_page(page);
    return list(pick(scope, AGENT_CHILD | LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

enum outcome store_message_truncate(struct scope scope, struct span session_id, struct span agent_id, int32_t from,
                                    int64_t *deleted) {
    check_id(session_id);
    check_id(agent_id);
    HOLDS(from >= 0);
    *deleted = 7;
    return pick(scope, AGENT_CHILD | BIT(OUTCOME_DROPPED) | BIT(OUTCOME_DONE));
}

/* ---- multi-agent states ---- */

enum outcome store_multi_agent_create(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, struct sent_time created, bool repeat, struct buf *out,
                                      uint64_t *tag) {
    check_id(session_id);
    check_id(multi_agent_id);
    check_object(state, false);
    check_time(created);
    return give(pick(scope, SESSION_CHILD | made(repeat)), out, tag);
}

enum outcome store_multi_agent_get(struct scope scope, struct span session_id, struct span multi_agent_id,
                                   struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(multi_agent_id);
    return give(pick(scope, SESSION_CHILD | BIT(OUTCOME_NO_MULTI_AGENT) | BIT(OUTCOME_DONE)), out, tag);
}

enum outcome store_multi_agent_update(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, const struct match *match, struct buf *out, uint64_t *tag) {
    check_id(session_id);
    check_id(multi_agent_id);
    check_object(state, true);
    check_match(match);
    return give(pick(scope, SESSION_CHILD | BIT(OUTCOME_NO_MULTI_AGENT) | CHANGED), out, tag);
}

enum outcome store_multi_agent_delete(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      const struct match *match) {
    check_id(session_id);
    check_id(multi_agent_id);
    check_match(match);
    return pick(scope, SESSION_CHILD | BIT(OUTCOME_NO_MULTI_AGENT) | CHANGED);
}

enum outcome store_multi_agent_list(struct scope scope, struct span session_id, const struct page *page,
                                    struct writer *writer) {
    check_id(session_id);
    HOLDS(page->kind == PAGE_NUMBERED);
    check_page(page);
    return list(pick(scope, SESSION_CHILD | LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

/* ---- stored objects ---- */

enum outcome store_object_put(struct scope scope, struct span key, struct span content_type, struct span bytes,
                              const struct match *match, bool none_match, uint64_t *tag) {
    (void)none_match;
    HOLDS(ident_key_fault(key) == NULL && content_type.len > 0 && content_type.len <= 255); /* any bytes are kept */
    HOLDS(fuzz_same(bytes, fake.body));
    check_match(match);
    *tag = TAG;
    return pick(scope, ALWAYS | BIT(OUTCOME_CREATED) | CHANGED);
}

enum outcome store_object_get(struct scope scope, struct span key, bool (*head)(void *to, const struct object_head *),
                              void *to, struct writer *writer) {
    const struct object_head found = {.tag = TAG, .size = 5, .content_type = SPAN_OF("text/plain")};
    enum outcome outcome = pick(scope, LIST_ENDS | BIT(OUTCOME_NO_OBJECT) | BIT(OUTCOME_DONE));

    HOLDS(ident_key_fault(key) == NULL);
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_BROKEN)
        return outcome;
    if (!head(to, &found))
        return OUTCOME_DONE;
    buf_text(writer->buf, outcome == OUTCOME_BROKEN ? "by" : "bytes");
    if (outcome == OUTCOME_BROKEN)
        writer->broken = true;
    return outcome;
}

enum outcome store_object_delete(struct scope scope, struct span key, const struct match *match, bool none_match) {
    (void)none_match;
    HOLDS(ident_key_fault(key) == NULL);
    check_match(match);
    return pick(scope, ALWAYS | CHANGED);
}

enum outcome store_object_list(struct scope scope, struct span prefix, struct span start_after, int64_t limit,
                               struct writer *writer) {
    HOLDS(prefix.at == NULL || ident_prefix_fault(prefix) == NULL);
    HOLDS(start_after.at == NULL || ident_prefix_fault(start_after) == NULL);
    HOLDS(limit >= -1);
    return list(pick(scope, LIST_ENDS | BIT(OUTCOME_DONE)), writer);
}

enum outcome store_object_delete_prefix(struct scope scope, struct span prefix, int64_t *deleted) {
    HOLDS(prefix.at != NULL && prefix.len > 0 && ident_prefix_fault(prefix) == NULL);
    *deleted = 3;
    return pick(scope, ALWAYS | BIT(OUTCOME_DONE));
}
