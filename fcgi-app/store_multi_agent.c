/* store_multi_agent.c: states of graphs and swarms (contract 2.4). $1 tenant, $2 session_id, $3 multi_agent_id. */
#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define MULTI_AGENT_KEY SESSION_KEY " AND multi_agent_id = $3::text"

/* How much of the path is there, when the thing is not (or was not changed). */
#define FOUND_PATH                                                                                                     \
    "CASE WHEN EXISTS (SELECT FROM session_backend.multi_agents WHERE " MULTI_AGENT_KEY ") THEN 2"                     \
    " WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END"

/* $4 state, $5 created_at or NULL, $6 tag. */
static const struct statement MULTI_AGENT_CREATE = {
    "multi_agent_create",
    "WITH parent AS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY " FOR KEY SHARE),"
    " added AS (INSERT INTO session_backend.multi_agents (tenant, session_id, multi_agent_id, state, created_at,"
    "   updated_at, tag)"
    "  SELECT $1::text, $2::text, $3::text, $4::json, coalesce($5::timestamptz, now()), now(), $6::bigint FROM parent"
    "  ON CONFLICT DO NOTHING RETURNING created_at, updated_at)"
    " SELECT added.created_at, added.updated_at, EXISTS (SELECT FROM parent)"
    " FROM (SELECT) AS one LEFT JOIN added ON true"};

static const struct statement MULTI_AGENT_GET = {
    "multi_agent_get", "SELECT m.created_at, m.updated_at, m.tag, m.state, CASE WHEN m.tag IS NULL THEN " FOUND_PATH
                       " END FROM (SELECT) AS one LEFT JOIN session_backend.multi_agents AS m ON " MULTI_AGENT_KEY};

/* $4 state or NULL, $5 new tag, $6 tags or NULL. The state comes back only when it was not sent. */
static const struct statement MULTI_AGENT_UPDATE = {
    "multi_agent_update",
    "WITH changed AS (UPDATE session_backend.multi_agents SET state = coalesce($4::json, state),"
    "  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'), tag = $5::bigint"
    "  WHERE " MULTI_AGENT_KEY " AND ($6::bigint[] IS NULL OR tag = ANY ($6::bigint[]))"
    "  RETURNING created_at, updated_at, CASE WHEN $4::json IS NULL THEN state END AS state)"
    " SELECT changed.created_at, changed.updated_at, changed.state,"
    "  CASE WHEN changed.created_at IS NULL THEN " FOUND_PATH " END FROM (SELECT) AS one LEFT JOIN changed ON true"};

/* $4 tags or NULL. 3: deleted. */
static const struct statement MULTI_AGENT_DELETE = {
    "multi_agent_delete", "WITH gone AS (DELETE FROM session_backend.multi_agents WHERE " MULTI_AGENT_KEY
                          "  AND ($4::bigint[] IS NULL OR tag = ANY ($4::bigint[])) RETURNING 1)"
                          " SELECT CASE WHEN EXISTS (SELECT FROM gone) THEN 3 ELSE " FOUND_PATH " END"};

/* $3 limit, $4 offset, $5 count? */
static const struct statement MULTI_AGENT_LIST = {
    "multi_agent_list",
    "SELECT page.*, NULL::integer AS found, NULL::bigint AS total FROM (SELECT multi_agent_id, created_at, updated_at,"
    "  state FROM session_backend.multi_agents WHERE " SESSION_KEY
    "  ORDER BY created_at, ordinal LIMIT $3::bigint OFFSET $4::bigint) AS page"
    " UNION ALL SELECT NULL, NULL, NULL, NULL,"
    "  CASE WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END,"
    "  CASE WHEN $5::boolean THEN (SELECT count(*) FROM session_backend.multi_agents WHERE " SESSION_KEY
    ") ELSE 0 END"};

const struct statement *const STORE_MULTI_AGENT_STATEMENTS[] = {
    &MULTI_AGENT_CREATE, &MULTI_AGENT_GET, &MULTI_AGENT_UPDATE, &MULTI_AGENT_DELETE, &MULTI_AGENT_LIST, NULL};

static const enum outcome MISSING[] = {OUTCOME_NO_SESSION, OUTCOME_NO_MULTI_AGENT, OUTCOME_NO_MULTI_AGENT};

static enum outcome multi_agent_read(struct scope scope, struct span session_id, struct span multi_agent_id,
                                     PGresult **result) {
    struct params params = {0};
    store_key(&params, scope, session_id, multi_agent_id);
    *result = db_run(scope.db, &MULTI_AGENT_GET, &params, STATEMENT_READS);
    if (!*result)
        return OUTCOME_FAILED;
    return result_null(*result, 0, 2) ? MISSING[result_int4(*result, 0, 4)] : OUTCOME_DONE;
}

enum outcome store_multi_agent_get(struct scope scope, struct span session_id, struct span multi_agent_id,
                                   struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = multi_agent_read(scope, session_id, multi_agent_id, &result);
    if (outcome == OUTCOME_DONE) {
        render_multi_agent(out, multi_agent_id, result_span(result, 0, 3), store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, outcome);
    }
    PQclear(result);
    return outcome;
}

/* It exists: is it what the client wants to create? */
static enum outcome multi_agent_replay(struct scope scope, struct span session_id, struct span multi_agent_id,
                                       struct span state, struct sent_time created, struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = multi_agent_read(scope, session_id, multi_agent_id, &result);
    if (outcome == OUTCOME_DONE && store_equal(result_span(result, 0, 3), state) &&
        store_same_time(created, result_time(result, 0, 0))) {
        render_multi_agent(out, multi_agent_id, state, store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, OUTCOME_REPLAYED);
    } else if (outcome == OUTCOME_DONE || outcome == OUTCOME_NO_MULTI_AGENT) {
        outcome = OUTCOME_EXISTS; /* or existed a moment ago */
    }
    PQclear(result);
    return outcome;
}

enum outcome store_multi_agent_create(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, struct sent_time created, bool repeat, struct buf *out,
                                      uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, multi_agent_id);
    params_span(&params, state);
    params_time(&params, created);
    params_tag(&params, *tag);
    PGresult *result = db_run(scope.db, &MULTI_AGENT_CREATE, &params, repeat ? STATEMENT_REPEATABLE : STATEMENT_WRITES);
    if (result && !result_bool(result, 0, 2)) {
        outcome = OUTCOME_NO_SESSION;
    } else if (result && !result_null(result, 0, 0)) {
        render_multi_agent(out, multi_agent_id, state, store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_CREATED);
    } else if (result) {
        outcome =
            repeat ? multi_agent_replay(scope, session_id, multi_agent_id, state, created, out, tag) : OUTCOME_EXISTS;
    }
    PQclear(result);
    return outcome;
}

enum outcome store_multi_agent_update(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      struct span state, const struct match *match, struct buf *out, uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, multi_agent_id);
    params_span(&params, state);
    params_tag(&params, *tag);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &MULTI_AGENT_UPDATE, &params, STATEMENT_WRITES);
    if (result && !result_null(result, 0, 0)) {
        render_multi_agent(out, multi_agent_id, state.at ? state : result_span(result, 0, 2),
                           store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_DONE);
    } else if (result) {
        int found = result_int4(result, 0, 3);
        outcome = store_unmatched(match, found == FOUND_CHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_multi_agent_delete(struct scope scope, struct span session_id, struct span multi_agent_id,
                                      const struct match *match) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, session_id, multi_agent_id);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &MULTI_AGENT_DELETE, &params, STATEMENT_WRITES);
    if (result) {
        int found = result_int4(result, 0, 0);
        outcome = found > FOUND_CHILD ? OUTCOME_DONE : store_unmatched(match, found == FOUND_CHILD, MISSING[found]);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

static void multi_agent_item(struct buf *out, const PGresult *row) {
    render_multi_agent(out, result_span(row, 0, 0), result_span(row, 0, 3), store_times(row, 0, 1));
}

enum outcome store_multi_agent_list(struct scope scope, struct span session_id, const struct page *page,
                                    struct writer *writer) {
    static const struct list list = {&MULTI_AGENT_LIST, "{\"multi_agents\":[", multi_agent_item, 4, 5,
                                     FOUND_SESSION,     {OUTCOME_NO_SESSION}};
    struct params params = {0};
    store_key(&params, scope, session_id, SPAN_ABSENT);
    params_int8(&params, page->page_size);
    params_int8(&params, store_offset(page));
    params_bool(&params, page->total);
    return store_list(scope, &list, &params, page, writer);
}
