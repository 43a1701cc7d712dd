/* store_message.c: messages, one at a time and in lists. $1 tenant, $2 session_id, $3 agent_id, then as it says. */
#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define AGENT_KEY SESSION_KEY " AND agent_id = $3::text"
#define MESSAGE_KEY AGENT_KEY " AND message_id = $4::integer"

#define FOUND_PARENTS                                                                                                  \
    "WHEN EXISTS (SELECT FROM session_backend.agents WHERE " AGENT_KEY ") THEN 2"                                      \
    " WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END"
/* How much of the path is there, when the message is not (or was not changed). */
#define FOUND_PATH "CASE WHEN EXISTS (SELECT FROM session_backend.messages WHERE " MESSAGE_KEY ") THEN 3 " FOUND_PARENTS

/* $4 message_id, $5 message, $6 redact_message or NULL, $7 created_at or NULL, $8 tag. */
static const struct statement MESSAGE_CREATE = {
    "message_create",
    "WITH parent AS (SELECT FROM session_backend.agents WHERE " AGENT_KEY " FOR KEY SHARE),"
    " added AS (INSERT INTO session_backend.messages (tenant, session_id, agent_id, message_id, message,"
    "   redact_message, created_at, updated_at, tag)"
    "  SELECT $1::text, $2::text, $3::text, $4::integer, $5::json, $6::json, coalesce($7::timestamptz, now()), now(),"
    "   $8::bigint FROM parent"
    "  ON CONFLICT DO NOTHING RETURNING created_at, updated_at)"
    " SELECT added.created_at, added.updated_at, CASE WHEN EXISTS (SELECT FROM parent) THEN 2"
    "  WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END"
    " FROM (SELECT) AS one LEFT JOIN added ON true"};

static const struct statement MESSAGE_GET = {
    "message_get", "SELECT m.created_at, m.updated_at, m.tag, m.message, m.redact_message,"
                   " CASE WHEN m.tag IS NULL THEN " FOUND_PATH " END"
                   " FROM (SELECT) AS one LEFT JOIN session_backend.messages AS m ON " MESSAGE_KEY};

/* $5 message or NULL, $6 redact_message or NULL, $7 new tag, $8 tags or NULL. What was not sent comes back. */
static const struct statement MESSAGE_UPDATE = {
    "message_update",
    "WITH changed AS (UPDATE session_backend.messages SET message = coalesce($5::json, message),"
    "  redact_message = coalesce($6::json, redact_message),"
    "  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'), tag = $7::bigint"
    "  WHERE " MESSAGE_KEY " AND ($8::bigint[] IS NULL OR tag = ANY ($8::bigint[]))"
    "  RETURNING created_at, updated_at, CASE WHEN $5::json IS NULL THEN message END AS message,"
    "  CASE WHEN $6::json IS NULL THEN redact_message END AS redact_message)"
    " SELECT changed.created_at, changed.updated_at, changed.message, changed.redact_message,"
    "  CASE WHEN changed.created_at IS NULL THEN " FOUND_PATH " END FROM (SELECT) AS one LEFT JOIN changed ON true"};

/* $5 tags or NULL. 4: deleted. */
static const struct statement MESSAGE_DELETE = {
    "message_delete", "WITH gone AS (DELETE FROM session_backend.messages WHERE " MESSAGE_KEY
                      "  AND ($5::bigint[] IS NULL OR tag = ANY ($5::bigint[])) RETURNING 1)"
                      " SELECT CASE WHEN EXISTS (SELECT FROM gone) THEN 4 ELSE " FOUND_PATH " END"};

/* $4 limit or NULL, $5 offset, $6 count? Rows are skipped in the index alone, up to the id where the page begins. */
#define MESSAGE_LIST_SQL(order, beyond, first)                                                                         \
    "SELECT page.*, NULL::integer AS found, NULL::bigint AS total FROM (SELECT message_id, created_at, updated_at,"    \
    "  message, redact_message FROM session_backend.messages WHERE " AGENT_KEY " AND message_id " beyond               \
    "  CASE WHEN $5::bigint = 0 THEN " first " ELSE (SELECT message_id FROM session_backend.messages WHERE " AGENT_KEY \
    "   ORDER BY message_id" order " LIMIT 1 OFFSET $5::bigint) END"                                                   \
    "  ORDER BY message_id" order " LIMIT $4::bigint) AS page"                                                         \
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, CASE " FOUND_PARENTS ","                                          \
    "  CASE WHEN $6::boolean THEN (SELECT count(*) FROM session_backend.messages WHERE " AGENT_KEY ") ELSE 0 END"
static const struct statement MESSAGE_LIST = {"message_list", MESSAGE_LIST_SQL("", ">=", "0")};
static const struct statement MESSAGE_LIST_DOWN = {"message_list_down", MESSAGE_LIST_SQL(" DESC", "<=", "2147483647")};

const struct statement *const STORE_MESSAGE_STATEMENTS[] = {
    &MESSAGE_CREATE, &MESSAGE_GET, &MESSAGE_UPDATE, &MESSAGE_DELETE, &MESSAGE_LIST, &MESSAGE_LIST_DOWN, NULL};

static const enum outcome MISSING[] = {OUTCOME_NO_SESSION, OUTCOME_NO_AGENT, OUTCOME_NO_MESSAGE, OUTCOME_NO_MESSAGE};

static void message_key(struct params *params, struct scope scope, struct span session_id, struct span agent_id,
                        int32_t message_id) {
    store_key(params, scope, session_id, agent_id);
    params_int4(params, message_id);
}

static enum outcome message_read(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                                 PGresult **result) {
    struct params params = {0};
    message_key(&params, scope, session_id, agent_id, message_id);
    *result = db_run(scope.db, &MESSAGE_GET, &params, STATEMENT_READS);
    if (!*result)
        return OUTCOME_FAILED;
    return result_null(*result, 0, 2) ? MISSING[result_int4(*result, 0, 5)] : OUTCOME_DONE;
}

enum outcome store_message_get(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                               struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = message_read(scope, session_id, agent_id, message_id, &result);
    if (outcome == OUTCOME_DONE) {
        render_message(out, message_id, result_span(result, 0, 3), result_span(result, 0, 4),
                       store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, outcome);
    }
    PQclear(result);
    return outcome;
}

/* It exists: is it what the client wants to create? */
static enum outcome message_replay(struct scope scope, struct span session_id, struct span agent_id,
                                   const struct message_new *new, struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = message_read(scope, session_id, agent_id, new->message_id, &result);
    if (outcome == OUTCOME_DONE && store_equal(result_span(result, 0, 3), new->message) &&
        store_equal(result_span(result, 0, 4), new->redact_message) &&
        store_same_time(new->created, result_time(result, 0, 0))) {
        render_message(out, new->message_id, new->message, new->redact_message, store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, OUTCOME_REPLAYED);
    } else if (outcome == OUTCOME_DONE || outcome == OUTCOME_NO_MESSAGE) {
        outcome = OUTCOME_EXISTS; /* or existed a moment ago */
    }
    PQclear(result);
    return outcome;
}

enum outcome store_message_create(struct scope scope, struct span session_id, struct span agent_id,
                                  const struct message_new *new, bool repeat, struct buf *out, uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    message_key(&params, scope, session_id, agent_id, new->message_id);
    params_span(&params, new->message);
    params_span(&params, new->redact_message);
    params_time(&params, new->created);
    params_tag(&params, *tag);
    PGresult *result = db_run(scope.db, &MESSAGE_CREATE, &params, repeat ? STATEMENT_REPEATABLE : STATEMENT_WRITES);
    if (result && result_int4(result, 0, 2) < FOUND_CHILD) {
        outcome = MISSING[result_int4(result, 0, 2)];
    } else if (result && !result_null(result, 0, 0)) {
        render_message(out, new->message_id, new->message, new->redact_message, store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_CREATED);
    } else if (result) {
        outcome = repeat ? message_replay(scope, session_id, agent_id, new, out, tag) : OUTCOME_EXISTS;
    }
    PQclear(result);
    return outcome;
}

enum outcome store_message_update(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  struct span message, struct span redact_message, const struct match *match,
                                  struct buf *out, uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    message_key(&params, scope, session_id, agent_id, message_id);
    params_span(&params, message);
    params_span(&params, redact_message);
    params_tag(&params, *tag);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &MESSAGE_UPDATE, &params, STATEMENT_WRITES);
    if (result && !result_null(result, 0, 0)) {
        render_message(out, message_id, message.at ? message : result_span(result, 0, 2),
                       redact_message.at ? redact_message : result_span(result, 0, 3), store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_DONE);
    } else if (result) {
        int found = result_int4(result, 0, 4);
        outcome = store_unmatched(match, found == FOUND_GRANDCHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_message_delete(struct scope scope, struct span session_id, struct span agent_id, int32_t message_id,
                                  const struct match *match) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    message_key(&params, scope, session_id, agent_id, message_id);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &MESSAGE_DELETE, &params, STATEMENT_WRITES);
    if (result) {
        int found = result_int4(result, 0, 0);
        outcome =
            found > FOUND_GRANDCHILD ? OUTCOME_DONE : store_unmatched(match, found == FOUND_GRANDCHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

static void message_item(struct buf *out, const PGresult *row) {
    render_message(out, result_int4(row, 0, 0), result_span(row, 0, 3), result_span(row, 0, 4), store_times(row, 0, 1));
}

enum outcome store_message_list(struct scope scope, struct span session_id, struct span agent_id,
                                const struct page *page, struct writer *writer) {
    const struct list list = {page->descending ? &MESSAGE_LIST_DOWN : &MESSAGE_LIST,
                              "{\"messages\":[",
                              message_item,
                              5,
                              6,
                              FOUND_CHILD,
                              {OUTCOME_NO_SESSION, OUTCOME_NO_AGENT}};
    struct params params = {0};
    int64_t limit = page->kind == PAGE_NUMBERED ? page->page_size : page->limit;
    store_key(&params, scope, session_id, agent_id);
    if (limit < 0)
        params_span(&params, SPAN_ABSENT);
    else
        params_int8(&params, limit);
    params_int8(&params, store_offset(page));
    params_bool(&params, page->total && !store_is_whole(page));
    return store_list(scope, &list, &params, page, writer);
}
