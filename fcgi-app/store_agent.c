/* store_agent.c: agents. Parameters: $1 tenant, $2 session_id, $3 agent_id, then as each statement says. */
#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define AGENT_KEY SESSION_KEY " AND agent_id = $3::text"

/* How much of the path is there, when the agent is not (or was not changed). */
#define FOUND_PATH                                                                                                     \
    "CASE WHEN EXISTS (SELECT FROM session_backend.agents WHERE " AGENT_KEY ") THEN 2"                                 \
    " WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END"

/* $4 state, $5 conversation_manager_state, $6 internal_state, $7 removed_count, $8 created_at or NULL, $9 tag. */
static const struct statement AGENT_CREATE = {
    "agent_create",
    "WITH parent AS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY " FOR KEY SHARE),"
    " added AS (INSERT INTO session_backend.agents (tenant, session_id, agent_id, state, conversation_manager_state,"
    "   internal_state, removed_count, created_at, updated_at, tag)"
    "  SELECT $1::text, $2::text, $3::text, $4::json, $5::json, $6::json, $7::integer,"
    "   coalesce($8::timestamptz, now()), now(), $9::bigint FROM parent"
    "  ON CONFLICT DO NOTHING RETURNING created_at, updated_at)"
    " SELECT added.created_at, added.updated_at, EXISTS (SELECT FROM parent)"
    " FROM (SELECT) AS one LEFT JOIN added ON true"};

static const struct statement AGENT_GET = {
    "agent_get", "SELECT a.created_at, a.updated_at, a.tag, a.state, a.conversation_manager_state, a.internal_state,"
                 " CASE WHEN a.tag IS NULL THEN " FOUND_PATH " END"
                 " FROM (SELECT) AS one LEFT JOIN session_backend.agents AS a ON " AGENT_KEY};

/* $4 to $6 as above or NULL, $7 removed_count, $8 new tag, $9 tags or NULL. What was not sent comes back. */
static const struct statement AGENT_UPDATE = {
    "agent_update",
    "WITH changed AS (UPDATE session_backend.agents SET state = coalesce($4::json, state),"
    "  conversation_manager_state = coalesce($5::json, conversation_manager_state),"
    "  internal_state = coalesce($6::json, internal_state),"
    "  removed_count = CASE WHEN $5::json IS NULL THEN removed_count ELSE $7::integer END,"
    "  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'), tag = $8::bigint"
    "  WHERE " AGENT_KEY " AND ($9::bigint[] IS NULL OR tag = ANY ($9::bigint[]))"
    "  RETURNING created_at, updated_at, CASE WHEN $4::json IS NULL THEN state END AS state,"
    "  CASE WHEN $5::json IS NULL THEN conversation_manager_state END AS conversation_manager_state,"
    "  CASE WHEN $6::json IS NULL THEN internal_state END AS internal_state)"
    " SELECT changed.created_at, changed.updated_at, changed.state, changed.conversation_manager_state,"
    "  changed.internal_state, CASE WHEN changed.created_at IS NULL THEN " FOUND_PATH " END"
    " FROM (SELECT) AS one LEFT JOIN changed ON true"};

/* $4 tags or NULL. 3: deleted. */
static const struct statement AGENT_DELETE = {
    "agent_delete", "WITH gone AS (DELETE FROM session_backend.agents WHERE " AGENT_KEY
                    "  AND ($4::bigint[] IS NULL OR tag = ANY ($4::bigint[])) RETURNING 1)"
                    " SELECT CASE WHEN EXISTS (SELECT FROM gone) THEN 3 ELSE " FOUND_PATH " END"};

/* $3 limit, $4 offset, $5 count? */
static const struct statement AGENT_LIST = {
    "agent_list",
    "SELECT page.*, NULL::integer AS found, NULL::bigint AS total FROM (SELECT agent_id, created_at, updated_at, state,"
    "  conversation_manager_state, internal_state FROM session_backend.agents WHERE " SESSION_KEY
    "  ORDER BY created_at, ordinal LIMIT $3::bigint OFFSET $4::bigint) AS page"
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL,"
    "  CASE WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END,"
    "  CASE WHEN $5::boolean THEN (SELECT count(*) FROM session_backend.agents WHERE " SESSION_KEY ") ELSE 0 END"};

const struct statement *const STORE_AGENT_STATEMENTS[] = {&AGENT_CREATE, &AGENT_GET,  &AGENT_UPDATE,
                                                          &AGENT_DELETE, &AGENT_LIST, NULL};

static const enum outcome MISSING[] = {OUTCOME_NO_SESSION, OUTCOME_NO_AGENT, OUTCOME_NO_AGENT};

static enum outcome agent_read(struct scope scope, struct span session_id, struct span agent_id, PGresult **result) {
    struct params params = {0};
    store_key(&params, scope, session_id, agent_id);
    *result = db_run(scope.db, &AGENT_GET, &params, STATEMENT_READS);
    if (!*result)
        return OUTCOME_FAILED;
    return result_null(*result, 0, 2) ? MISSING[result_int4(*result, 0, 6)] : OUTCOME_DONE;
}

enum outcome store_agent_get(struct scope scope, struct span session_id, struct span agent_id, struct buf *out,
                             uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = agent_read(scope, session_id, agent_id, &result);
    if (outcome == OUTCOME_DONE) {
        render_agent(out, agent_id, result_span(result, 0, 3), result_span(result, 0, 4), result_span(result, 0, 5),
                     store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, outcome);
    }
    PQclear(result);
    return outcome;
}

static bool agent_equal(const PGresult *result, const struct agent_new *new) {
    return store_equal(result_span(result, 0, 3), new->state) &&
           store_equal(result_span(result, 0, 4), new->conversation_manager_state) &&
           store_equal(result_span(result, 0, 5), new->internal_state) &&
           store_same_time(new->created, result_time(result, 0, 0));
}

static void agent_render_new(struct buf *out, const struct agent_new *new, struct times times) {
    render_agent(out, new->agent_id, new->state, new->conversation_manager_state, new->internal_state, times);
}

/* It exists: is it what the client wants to create? */
static enum outcome agent_replay(struct scope scope, struct span session_id, const struct agent_new *new,
                                 struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = agent_read(scope, session_id, new->agent_id, &result);
    if (outcome == OUTCOME_DONE && agent_equal(result, new)) {
        agent_render_new(out, new, store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, OUTCOME_REPLAYED);
    } else if (outcome == OUTCOME_DONE || outcome == OUTCOME_NO_AGENT) {
        outcome = OUTCOME_EXISTS; /* or existed a moment ago */
    }
    PQclear(result);
    return outcome;
}

enum outcome store_agent_create(struct scope scope, struct span session_id, const struct agent_new *new, bool repeat,
                                struct buf *out, uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, new->agent_id);
    params_span(&params, new->state);
    params_span(&params, new->conversation_manager_state);
    params_span(&params, new->internal_state);
    params_int4(&params, new->removed_count);
    params_time(&params, new->created);
    params_tag(&params, *tag);
    PGresult *result = db_run(scope.db, &AGENT_CREATE, &params, repeat ? STATEMENT_REPEATABLE : STATEMENT_WRITES);
    if (result && !result_bool(result, 0, 2)) {
        outcome = OUTCOME_NO_SESSION;
    } else if (result && !result_null(result, 0, 0)) {
        agent_render_new(out, new, store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_CREATED);
    } else if (result) {
        outcome = repeat ? agent_replay(scope, session_id, new, out, tag) : OUTCOME_EXISTS;
    }
    PQclear(result);
    return outcome;
}

static struct span sent_or_stored(struct span sent, const PGresult *result, int column) {
    return sent.at ? sent : result_span(result, 0, column);
}

enum outcome store_agent_update(struct scope scope, struct span session_id, struct span agent_id,
                                const struct agent_change *change, const struct match *match, struct buf *out,
                                uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, agent_id);
    params_span(&params, change->state);
    params_span(&params, change->conversation_manager_state);
    params_span(&params, change->internal_state);
    params_int4(&params, change->removed_count);
    params_tag(&params, *tag);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &AGENT_UPDATE, &params, STATEMENT_WRITES);
    if (result && !result_null(result, 0, 0)) {
        render_agent(out, agent_id, sent_or_stored(change->state, result, 2),
                     sent_or_stored(change->conversation_manager_state, result, 3),
                     sent_or_stored(change->internal_state, result, 4), store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_DONE);
    } else if (result) {
        int found = result_int4(result, 0, 5);
        outcome = store_unmatched(match, found == FOUND_CHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_agent_delete(struct scope scope, struct span session_id, struct span agent_id,
                                const struct match *match) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, session_id, agent_id);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &AGENT_DELETE, &params, STATEMENT_WRITES);
    if (result) {
        int found = result_int4(result, 0, 0);
        outcome = found > FOUND_CHILD ? OUTCOME_DONE : store_unmatched(match, found == FOUND_CHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

static void agent_item(struct buf *out, const PGresult *row) {
    render_agent(out, result_span(row, 0, 0), result_span(row, 0, 3), result_span(row, 0, 4), result_span(row, 0, 5),
                 store_times(row, 0, 1));
}

enum outcome store_agent_list(struct scope scope, struct span session_id, const struct page *page,
                              struct writer *writer) {
    static const struct list list = {&AGENT_LIST, "{\"agents\":[", agent_item,          6,
                                     7,           FOUND_SESSION,   {OUTCOME_NO_SESSION}};
    struct params params = {0};
    store_key(&params, scope, session_id, SPAN_ABSENT);
    params_int8(&params, page->page_size);
    params_int8(&params, store_offset(page));
    params_bool(&params, page->total);
    return store_list(scope, &list, &params, page, writer);
}
