/* store_session.c: sessions. Parameters: $1 tenant, $2 session_id, then as each statement says. */
#include <stdio.h>

#include "cursor.h"
#include "store_common.h"

/* $3 multi_agent_state, $4 created_at or NULL, $5 tag. No row: it exists. */
static const struct statement SESSION_CREATE = {
    "session_create",
    "INSERT INTO session_backend.sessions (tenant, session_id, multi_agent_state, created_at, updated_at, tag)"
    " VALUES ($1::text, $2::text, $3::json, coalesce($4::timestamptz, now()), now(), $5::bigint)"
    " ON CONFLICT DO NOTHING RETURNING created_at, updated_at"};

static const struct statement SESSION_GET = {
    "session_get", "SELECT created_at, updated_at, tag, multi_agent_state"
                   " FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text"};

/* $3 multi_agent_state or NULL, $4 new tag, $5 tags or NULL. The state comes back only when it was not sent. */
static const struct statement SESSION_UPDATE = {
    "session_update",
    "WITH changed AS (UPDATE session_backend.sessions SET multi_agent_state = coalesce($3::json, multi_agent_state),"
    "  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond'), tag = $4::bigint"
    "  WHERE tenant = $1::text AND session_id = $2::text AND ($5::bigint[] IS NULL OR tag = ANY ($5::bigint[]))"
    "  RETURNING created_at, updated_at, CASE WHEN $3::json IS NULL THEN multi_agent_state END AS state)"
    " SELECT changed.created_at, changed.updated_at, changed.state, CASE WHEN changed.created_at IS NULL THEN"
    "  EXISTS (SELECT FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text) END"
    " FROM (SELECT) AS one LEFT JOIN changed ON true"};

/* $3 tags or NULL. How many were deleted, and whether it was there. Agents, messages and multi-agents go by cascade. */
static const struct statement SESSION_DELETE = {
    "session_delete",
    "WITH gone AS (DELETE FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text"
    "  AND ($3::bigint[] IS NULL OR tag = ANY ($3::bigint[])) RETURNING 1)"
    " SELECT (SELECT count(*) FROM gone), 0::bigint,"
    "  EXISTS (SELECT FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text)"};

/* The same with the keys under session/ID/ and context/ID/; '0' is the byte behind '/'. With tags ($3, or $4: any) the
 * keys go only when the session does. */
static const struct statement SESSION_DELETE_STORAGE = {
    "session_delete_storage",
    "WITH gone AS (DELETE FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text"
    "  AND ($3::bigint[] IS NULL OR tag = ANY ($3::bigint[])) RETURNING 1),"
    " snapshots AS (DELETE FROM session_backend.objects WHERE tenant = $1::text"
    "  AND key >= 'session/' || $2::text || '/' AND key < 'session/' || $2::text || '0'"
    "  AND (NOT $4::boolean OR EXISTS (SELECT FROM gone)) RETURNING 1),"
    " contexts AS (DELETE FROM session_backend.objects WHERE tenant = $1::text"
    "  AND key >= 'context/' || $2::text || '/' AND key < 'context/' || $2::text || '0'"
    "  AND (NOT $4::boolean OR EXISTS (SELECT FROM gone)) RETURNING 1)"
    " SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM snapshots) + (SELECT count(*) FROM contexts),"
    "  EXISTS (SELECT FROM session_backend.sessions WHERE tenant = $1::text AND session_id = $2::text)"};

/* $2 created after; ($3, $4) the place behind which to begin, $3 alone being created_at's upper bound; $5 limit,
 * $6 offset, $7 count? */
#define LISTED                                                                                                         \
    "session_backend.sessions WHERE tenant = $1::text AND created_at > $2::timestamptz"                                \
    " AND (created_at, session_id) < ($3::timestamptz, $4::text)"
#define NEWEST_FIRST " ORDER BY created_at DESC, session_id DESC LIMIT $5::bigint OFFSET $6::bigint"
static const struct statement SESSION_LIST = {
    "session_list", "SELECT page.*, NULL::bigint AS total FROM (SELECT session_id, created_at, updated_at, "
                    "multi_agent_state FROM " LISTED NEWEST_FIRST ") AS page"
                    " UNION ALL SELECT NULL, NULL, NULL, NULL, CASE WHEN $7::boolean THEN (SELECT count(*) FROM " LISTED
                    ") ELSE 0 END"};

/* The same for ids from $8 to $9 that begin with $8. Few of them are fetched by their ids and sorted; many are met soon
 * on the way along the times. (OFFSET 0: each by its key, also when the plan was made on an empty table.) */
#define PREFIXED " AND session_id >= $8::text AND session_id <= $9::text AND starts_with(session_id, $8::text)"
#define FEW "1000"
static const struct statement SESSION_LIST_PREFIX = {
    "session_list_prefix",
    "WITH few AS MATERIALIZED (SELECT session_id FROM session_backend.sessions WHERE tenant = $1::text" PREFIXED
    "  LIMIT " FEW " + 1),"
    " size AS MATERIALIZED (SELECT count(*) <= " FEW " AS small FROM few)"
    " SELECT page.*, NULL::bigint AS total FROM (SELECT s.session_id, s.created_at, s.updated_at, s.multi_agent_state"
    "  FROM few, LATERAL (SELECT * FROM " LISTED " AND session_id = few.session_id OFFSET 0) AS s"
    "  WHERE (SELECT small FROM size)" NEWEST_FIRST ") AS page"
    " UNION ALL SELECT page.*, NULL FROM (SELECT session_id, created_at, updated_at, multi_agent_state FROM " LISTED
        PREFIXED " AND NOT (SELECT small FROM size)" NEWEST_FIRST ") AS page"
    " UNION ALL SELECT NULL, NULL, NULL, NULL, CASE WHEN NOT $7::boolean THEN 0 WHEN (SELECT small FROM size) THEN"
    "  (SELECT count(*) FROM (SELECT created_at, session_id FROM session_backend.sessions WHERE tenant = "
    "$1::text" PREFIXED
    "   OFFSET 0) AS s WHERE created_at > $2::timestamptz AND (created_at, session_id) < ($3::timestamptz, $4::text))"
    "  ELSE (SELECT count(*) FROM " LISTED PREFIXED ") END"};

const struct statement *const STORE_SESSION_STATEMENTS[] = {
    &SESSION_CREATE,         &SESSION_GET,  &SESSION_UPDATE,      &SESSION_DELETE,
    &SESSION_DELETE_STORAGE, &SESSION_LIST, &SESSION_LIST_PREFIX, NULL};

static enum outcome session_read(struct scope scope, struct span session_id, PGresult **result) {
    struct params params = {0};
    store_key(&params, scope, session_id, SPAN_ABSENT);
    *result = db_run(scope.db, &SESSION_GET, &params, STATEMENT_READS);
    if (!*result)
        return OUTCOME_FAILED;
    return PQntuples(*result) == 1 ? OUTCOME_DONE : OUTCOME_NO_SESSION;
}

enum outcome store_session_get(struct scope scope, struct span session_id, struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = session_read(scope, session_id, &result);
    if (outcome == OUTCOME_DONE) {
        render_session(out, session_id, result_span(result, 0, 3), store_times(result, 0, 0));
        *tag = result_tag(result, 0, 2);
        outcome = store_written(out, outcome);
    }
    PQclear(result);
    return outcome;
}

/* It exists: is it what the client wants to create? */
static enum outcome session_replay(struct scope scope, const struct session_new *new, struct buf *out, uint64_t *tag) {
    PGresult *result;
    enum outcome outcome = session_read(scope, new->session_id, &result);
    if (outcome == OUTCOME_DONE) {
        struct times times = store_times(result, 0, 0);
        outcome = OUTCOME_EXISTS;
        if (store_equal(result_span(result, 0, 3), new->multi_agent_state) &&
            store_same_time(new->created, times.created)) {
            render_session(out, new->session_id, new->multi_agent_state, times);
            *tag = result_tag(result, 0, 2);
            outcome = store_written(out, OUTCOME_REPLAYED);
        }
    } else if (outcome == OUTCOME_NO_SESSION) {
        outcome = OUTCOME_EXISTS; /* it existed a moment ago */
    }
    PQclear(result);
    return outcome;
}

enum outcome store_session_create(struct scope scope, const struct session_new *new, bool repeat, struct buf *out,
                                  uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, new->session_id, SPAN_ABSENT);
    params_span(&params, new->multi_agent_state);
    params_time(&params, new->created);
    params_tag(&params, *tag);
    PGresult *result = db_run(scope.db, &SESSION_CREATE, &params, repeat ? STATEMENT_REPEATABLE : STATEMENT_WRITES);
    if (result && PQntuples(result) == 1) {
        render_session(out, new->session_id, new->multi_agent_state, store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_CREATED);
    } else if (result) {
        outcome = repeat ? session_replay(scope, new, out, tag) : OUTCOME_EXISTS;
    }
    PQclear(result);
    return outcome;
}

enum outcome store_session_update(struct scope scope, struct span session_id, struct span multi_agent_state,
                                  const struct match *match, struct buf *out, uint64_t *tag) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    *tag = random_bits();
    store_key(&params, scope, session_id, SPAN_ABSENT);
    params_span(&params, multi_agent_state);
    params_tag(&params, *tag);
    params_match(&params, match);
    PGresult *result = db_run(scope.db, &SESSION_UPDATE, &params, STATEMENT_WRITES);
    if (result && !result_null(result, 0, 0)) {
        render_session(out, session_id, multi_agent_state.at ? multi_agent_state : result_span(result, 0, 2),
                       store_times(result, 0, 0));
        outcome = store_written(out, OUTCOME_DONE);
    } else if (result) {
        outcome = store_unmatched(match, result_bool(result, 0, 3), OUTCOME_NO_SESSION);
    }
    PQclear(result);
    params_free(&params);
    return outcome;
}

enum outcome store_session_delete(struct scope scope, struct span session_id, bool storage, const struct match *match) {
    struct params params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    store_key(&params, scope, session_id, SPAN_ABSENT);
    params_match(&params, match);
    if (storage)
        params_bool(&params, match && match->given);
    PGresult *result = db_run(scope.db, storage ? &SESSION_DELETE_STORAGE : &SESSION_DELETE, &params, STATEMENT_WRITES);
    if (result && (result_int8(result, 0, 0) > 0 || result_int8(result, 0, 1) > 0))
        outcome = OUTCOME_DONE;
    else if (result)
        outcome = store_unmatched(match, result_bool(result, 0, 2), OUTCOME_NO_SESSION);
    PQclear(result);
    params_free(&params);
    return outcome;
}

static void session_item(struct buf *out, const PGresult *row) {
    render_session(out, result_span(row, 0, 0), result_span(row, 0, 3), store_times(row, 0, 1));
}

/* Streams up to page->limit sessions and says where the next page begins. */
static enum outcome session_walk(struct scope scope, const struct statement *statement, const struct params *params,
                                 const struct page *page, struct writer *writer) {
    size_t began = writer->buf->len;
    struct buf cursor = {0};
    PGresult *row;
    if (!db_stream(scope.db, statement, params))
        return OUTCOME_FAILED;
    buf_text(writer->buf, "{\"sessions\":[");
    int64_t count = 0;
    while ((row = db_next(scope.db)) != NULL) {
        bool item = !result_null(row, 0, 0);
        if (item && count++ < page->limit) {
            buf_text(writer->buf, count > 1 ? "," : "");
            session_item(writer->buf, row);
            buf_clear(&cursor);
            cursor_append(&cursor, result_time(row, 0, 1), result_span(row, 0, 0));
        }
        PQclear(row);
        if (!writer_row(writer))
            break;
    }
    buf_text(writer->buf, "],\"next_cursor\":");
    if (count > page->limit)
        buf_json_string(writer->buf, (struct span){cursor.data, cursor.len});
    else
        buf_text(writer->buf, "null");
    buf_byte(writer->buf, '}');
    bool fine = !writer->broken && !cursor.failed && db_cause(scope.db) == DB_CAUSE_NONE;
    buf_free(&cursor);
    return fine ? OUTCOME_DONE : store_cut(scope.db, writer, began);
}

/* Of the two upper bounds the lower one: `created_before`, and the place behind which to begin. */
static void session_place(struct params *params, const struct session_filter *filter, const struct page *page) {
    struct sent_time before = filter->created_before;
    if (page->kind == PAGE_CURSOR && page->after && (!before.given || page->after_created < before.micros)) {
        params_time(params, (struct sent_time){true, page->after_created});
        params_span(params, page->after_id);
    } else {
        params_time_or_infinity(params, before, true);
        params_span(params, SPAN_OF(""));
    }
}

enum outcome store_session_list(struct scope scope, const struct session_filter *filter, const struct page *page,
                                struct writer *writer) {
    enum { LONGEST_ID = 4 * 255 };
    struct params params = {0};
    struct buf bound = {0};
    bool prefixed = filter->prefix.at && filter->prefix.len > 0;
    bool walk = page->kind == PAGE_CURSOR;
    store_key(&params, scope, SPAN_ABSENT, SPAN_ABSENT);
    params_time_or_infinity(&params, filter->created_after, false);
    session_place(&params, filter, page);
    params_int8(&params, walk ? page->limit + 1 : page->page_size);
    params_int8(&params, store_offset(page));
    params_bool(&params, !walk && page->total);
    if (prefixed) {
        params_span(&params, filter->prefix);
        store_bound(&bound, filter->prefix, LONGEST_ID);
        params_span(&params, (struct span){bound.data, bound.len});
    }
    params.failed |= bound.failed;
    const struct statement *statement = prefixed ? &SESSION_LIST_PREFIX : &SESSION_LIST;
    const struct list list = {statement, "{\"sessions\":[", session_item, -1, 4, 0, {OUTCOME_FAILED}};
    enum outcome outcome =
        walk ? session_walk(scope, statement, &params, page, writer) : store_list(scope, &list, &params, page, writer);
    buf_free(&bound);
    return outcome;
}
