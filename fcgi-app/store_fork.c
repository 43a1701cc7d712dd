/* store_fork.c: fork and rewind (contract 2.9), one statement each. $1 tenant, $2 session_id. */
#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define AGENT_KEY SESSION_KEY " AND agent_id = $3::text"

/*
 * $3 new session_id, $4 agent_ids and $5 message_ids of `until`, $6 tag of the new session, $7 bits that make new tags
 * of the old ones. Nothing is written when the source or an agent of `until` is missing, too little would be left of
 * one, or the new id is taken. (OFFSET 0: the planner shall not read all of the session's messages for each agent.)
 */
static const struct statement SESSION_FORK = {
    "session_fork",
    "WITH source AS MATERIALIZED (SELECT multi_agent_state FROM session_backend.sessions WHERE " SESSION_KEY "),"
    " until AS MATERIALIZED (SELECT u.place, u.agent_id, u.message_id, a.removed_count,"
    "   CASE WHEN a.removed_count > 0 THEN (SELECT count(*) FROM session_backend.messages AS m"
    "    WHERE m.tenant = $1::text AND m.session_id = $2::text AND m.agent_id = a.agent_id"
    "    AND m.message_id <= u.message_id) ELSE 0 END AS kept"
    "  FROM unnest($4::text[], $5::integer[]) WITH ORDINALITY AS u (agent_id, message_id, place)"
    "  LEFT JOIN LATERAL (SELECT agent_id, removed_count FROM session_backend.agents WHERE " SESSION_KEY
    "   AND agent_id = u.agent_id COLLATE \"C\" OFFSET 0) AS a ON true),"
    " fault AS MATERIALIZED (SELECT min(place) FILTER (WHERE removed_count IS NULL) AS missing,"
    "   min(place) FILTER (WHERE kept < removed_count) AS dropped FROM until),"
    " made AS (INSERT INTO session_backend.sessions (tenant, session_id, multi_agent_state, created_at, updated_at, "
    "tag)"
    "  SELECT $1::text, $3::text, source.multi_agent_state, now(), now(), $6::bigint FROM source, fault"
    "   WHERE fault.missing IS NULL AND fault.dropped IS NULL"
    "  ON CONFLICT DO NOTHING RETURNING created_at, updated_at, multi_agent_state),"
    " agents AS (INSERT INTO session_backend.agents (tenant, session_id, agent_id, state, conversation_manager_state,"
    "   internal_state, removed_count, created_at, updated_at, tag)"
    "  SELECT a.tenant, $3::text, a.agent_id, a.state, a.conversation_manager_state, a.internal_state, a.removed_count,"
    "   a.created_at, a.updated_at, a.tag # $7::bigint FROM made, session_backend.agents AS a"
    "   WHERE a.tenant = $1::text AND a.session_id = $2::text ORDER BY a.created_at, a.ordinal),"
    " multi_agents AS (INSERT INTO session_backend.multi_agents (tenant, session_id, multi_agent_id, state, created_at,"
    "   updated_at, tag)"
    "  SELECT m.tenant, $3::text, m.multi_agent_id, m.state, m.created_at, m.updated_at, m.tag # $7::bigint"
    "   FROM made, session_backend.multi_agents AS m WHERE m.tenant = $1::text AND m.session_id = $2::text"
    "   ORDER BY m.created_at, m.ordinal),"
    " messages AS (INSERT INTO session_backend.messages (tenant, session_id, agent_id, message_id, message,"
    "   redact_message, created_at, updated_at, tag)"
    "  SELECT m.tenant, $3::text, m.agent_id, m.message_id, m.message, m.redact_message, m.created_at, m.updated_at,"
    "   m.tag # $7::bigint FROM made, (SELECT a.agent_id, coalesce(u.message_id, 2147483647) AS last"
    "    FROM session_backend.agents AS a LEFT JOIN until AS u ON u.agent_id = a.agent_id COLLATE \"C\""
    "    WHERE a.tenant = $1::text AND a.session_id = $2::text) AS a,"
    "   LATERAL (SELECT * FROM session_backend.messages AS m WHERE m.tenant = $1::text AND m.session_id = $2::text"
    "    AND m.agent_id = a.agent_id AND m.message_id <= a.last OFFSET 0) AS m)"
    " SELECT EXISTS (SELECT FROM source), fault.missing, fault.dropped, made.created_at, made.updated_at,"
    "  made.multi_agent_state,"
    "  EXISTS (SELECT FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $3::text)"
    " FROM fault LEFT JOIN made ON true"};

/* $3 agent_id, $4 from. The agent stays locked, so that its removed_count is the one that was compared. */
static const struct statement MESSAGE_TRUNCATE = {
    "message_truncate",
    "WITH parent AS MATERIALIZED (SELECT removed_count FROM session_backend.agents WHERE " AGENT_KEY
    "  FOR NO KEY UPDATE),"
    " judged AS MATERIALIZED (SELECT removed_count = 0 OR removed_count <= (SELECT count(*)"
    "   FROM session_backend.messages WHERE " AGENT_KEY " AND message_id < $4::integer) AS fine FROM parent),"
    " gone AS (DELETE FROM session_backend.messages WHERE " AGENT_KEY " AND message_id >= $4::integer"
    "  AND (SELECT fine FROM judged) RETURNING 1)"
    " SELECT CASE WHEN EXISTS (SELECT FROM parent) THEN 2"
    "  WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END,"
    " (SELECT fine FROM judged), (SELECT count(*) FROM gone)"};

const struct statement *const STORE_FORK_STATEMENTS[] = {&SESSION_FORK, &MESSAGE_TRUNCATE, NULL};

/* The result's columns: source there, missing, dropped (places in `until` from 1), times, state, taken. */
static enum outcome fork_outcome(const PGresult *result, struct span new_id, struct buf *out, size_t *missing_agent) {
    if (!result_bool(result, 0, 0))
        return OUTCOME_NO_SESSION;
    if (!result_null(result, 0, 1)) {
        *missing_agent = (size_t)result_int8(result, 0, 1) - 1;
        return OUTCOME_NO_AGENT;
    }
    if (!result_null(result, 0, 3)) {
        render_session(out, new_id, result_span(result, 0, 5), store_times(result, 0, 3));
        return store_written(out, OUTCOME_CREATED);
    }
    if (result_bool(result, 0, 6) || result_null(result, 0, 2))
        return OUTCOME_EXISTS;
    *missing_agent = (size_t)result_int8(result, 0, 2) - 1;
    return OUTCOME_DROPPED;
}

enum outcome store_session_fork(struct scope scope, struct span session_id, struct span new_id,
                                const struct until *until, size_t untils, struct buf *out, uint64_t *tag,
                                size_t *missing_agent) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, new_id);
    params_array(&params, PARAMS_TEXT, untils);
    for (size_t i = 0; i < untils; i++)
        params_array_span(&params, until[i].agent_id);
    params_array_end(&params);
    params_array(&params, PARAMS_INT4, untils);
    for (size_t i = 0; i < untils; i++)
        params_array_int4(&params, until[i].message_id);
    params_array_end(&params);
    params_tag(&params, *tag);
    params_tag(&params, random_bits());
    PGresult *result = db_run(scope.db, &SESSION_FORK, &params, STATEMENT_WRITES);
    if (result)
        outcome = fork_outcome(result, new_id, out, missing_agent);
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_message_truncate(struct scope scope, struct span session_id, struct span agent_id, int32_t from,
                                    int64_t *deleted) {
    static const enum outcome missing[] = {OUTCOME_NO_SESSION, OUTCOME_NO_AGENT};
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, session_id, agent_id);
    params_int4(&params, from);
    PGresult *result = db_run(scope.db, &MESSAGE_TRUNCATE, &params, STATEMENT_WRITES);
    if (result) {
        int found = result_int4(result, 0, 0);
        *deleted = result_int8(result, 0, 2);
        outcome = found < FOUND_CHILD ? missing[found] : result_bool(result, 0, 1) ? OUTCOME_DONE : OUTCOME_DROPPED;
    }
    PQclear(result);
    return outcome;
}
