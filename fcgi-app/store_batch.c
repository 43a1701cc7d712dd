/* store_batch.c: many messages in one call (contract 2.2). $1 tenant, $2 session_id, $3 agent_id. */
#include <stdlib.h>

#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define AGENT_KEY SESSION_KEY " AND agent_id = $3::text"

/*
 * Goes ahead of the next one in the same transaction and keeps others from adding messages to the agent, so that the
 * next one's snapshot shows every message there can be, and batches that overlap wait for each other here.
 */
static const struct statement BATCH_LOCK = {"batch_lock",
                                            "SELECT FROM session_backend.agents WHERE " AGENT_KEY " FOR UPDATE"};

/* OFFSET 0 below has each message looked up by its whole key: with the statistics of an empty table the planner would
 * rather read all the agent's messages, for each of the array's. */

/* $4 to $8 arrays: message_id, message, redact_message, created_at or NULL, tag; $9 an id that stands twice, or NULL.
 * Adds all, or none when one is there already or stands twice. */
static const struct statement BATCH_CREATE = {
    "batch_create",
    "WITH input AS MATERIALIZED (SELECT * FROM unnest($4::integer[], $5::json[], $6::json[], $7::timestamptz[],"
    "   $8::bigint[]) AS i (message_id, message, redact_message, created_at, tag)),"
    " parent AS MATERIALIZED (SELECT FROM session_backend.agents WHERE " AGENT_KEY "),"
    " clash AS MATERIALIZED (SELECT least(min(m.message_id), $9::integer) AS message_id FROM input, LATERAL (SELECT"
    "   message_id FROM session_backend.messages WHERE " AGENT_KEY " AND message_id = input.message_id OFFSET 0) AS m),"
    " added AS (INSERT INTO session_backend.messages (tenant, session_id, agent_id, message_id, message,"
    "   redact_message, created_at, updated_at, tag)"
    "  SELECT $1::text, $2::text, $3::text, input.message_id, input.message, input.redact_message,"
    "   coalesce(input.created_at, now()), now(), input.tag FROM parent, clash, input WHERE clash.message_id IS NULL"
    "  ORDER BY input.message_id RETURNING 1)"
    " SELECT CASE WHEN EXISTS (SELECT FROM parent) THEN 2"
    "   WHEN EXISTS (SELECT FROM session_backend.sessions WHERE " SESSION_KEY ") THEN 1 ELSE 0 END,"
    "  clash.message_id, now(), (SELECT count(*) FROM added) FROM clash"};

/* $4 message_ids. What is stored under them, in their order. */
static const struct statement BATCH_STORED = {
    "batch_stored",
    "SELECT i.place, m.created_at, m.updated_at, m.message, m.redact_message"
    " FROM unnest($4::integer[]) WITH ORDINALITY AS i (message_id, place), LATERAL (SELECT * FROM"
    "  session_backend.messages WHERE " AGENT_KEY " AND message_id = i.message_id OFFSET 0) AS m ORDER BY i.place"};

const struct statement *const STORE_BATCH_STATEMENTS[] = {&BATCH_LOCK, &BATCH_CREATE, &BATCH_STORED, NULL};

static bool batch_write(struct writer *writer, const struct message_new *new, size_t count, const struct times *times) {
    buf_text(writer->buf, "{\"messages\":[");
    for (size_t i = 0; i < count; i++) {
        buf_text(writer->buf, i > 0 ? "," : "");
        render_message(writer->buf, new[i].message_id, new[i].message, new[i].redact_message, times[i]);
        if (!writer_row(writer))
            return false;
    }
    buf_text(writer->buf, "]}");
    return writer_row(writer);
}

static void batch_ids(struct params *params, const struct message_new *new, size_t count) {
    params_array(params, PARAMS_INT4, count);
    for (size_t i = 0; i < count; i++)
        params_array_int4(params, new[i].message_id);
    params_array_end(params);
}

static void batch_params(struct params *params, const struct message_new *new, size_t count, int32_t twin) {
    batch_ids(params, new, count);
    params_array(params, PARAMS_JSON, count);
    for (size_t i = 0; i < count; i++)
        params_array_span(params, new[i].message);
    params_array_end(params);
    params_array(params, PARAMS_JSON, count);
    for (size_t i = 0; i < count; i++)
        params_array_span(params, new[i].redact_message);
    params_array_end(params);
    params_array(params, PARAMS_TIME, count);
    for (size_t i = 0; i < count; i++)
        params_array_time(params, new[i].created);
    params_array_end(params);
    params_array(params, PARAMS_INT8, count);
    for (size_t i = 0; i < count; i++)
        params_array_int8(params, (int64_t)random_bits());
    params_array_end(params);
    if (twin < 0)
        params_span(params, SPAN_ABSENT);
    else
        params_int4(params, twin);
}

/* Fetches what is stored row by row and keeps the times of what equals the client's. DONE: all of it does. */
static enum outcome batch_compare(struct scope scope, struct span session_id, struct span agent_id,
                                  const struct message_new *new, size_t count, struct times *times) {
    struct params params = {0};
    store_key(&params, scope, session_id, agent_id);
    batch_ids(&params, new, count);
    bool fine = db_stream(scope.db, &BATCH_STORED, &params);
    params_free(&params);
    if (!fine)
        return OUTCOME_FAILED;
    size_t equal = 0;
    PGresult *row;
    while ((row = db_next(scope.db)) != NULL) {
        size_t i = (size_t)result_int8(row, 0, 0) - 1;
        fine = i == equal && i < count && store_equal(result_span(row, 0, 3), new[i].message) &&
               store_equal(result_span(row, 0, 4), new[i].redact_message) &&
               store_same_time(new[i].created, result_time(row, 0, 1));
        if (fine)
            times[equal++] = store_times(row, 0, 1);
        PQclear(row);
        if (!fine) {
            db_abandon(scope.db);
            return OUTCOME_EXISTS;
        }
    }
    if (db_cause(scope.db) != DB_CAUSE_NONE)
        return OUTCOME_FAILED;
    return equal == count ? OUTCOME_DONE : OUTCOME_EXISTS;
}

/* Writes the answer. What is stored is stored: if it fails now, the client sees a cut answer or 503, and may repeat. */
static enum outcome batch_answer(struct writer *writer, const struct message_new *new, size_t count,
                                 const struct times *times, enum outcome outcome) {
    if (batch_write(writer, new, count, times))
        return outcome;
    return writer->streaming ? OUTCOME_BROKEN : OUTCOME_FAILED;
}

static struct times *batch_times(const struct message_new *new, size_t count, int64_t now) {
    struct times *times = calloc(count + 1, sizeof(*times));
    for (size_t i = 0; times && i < count; i++)
        times[i] = (struct times){new[i].created.given ? new[i].created.micros : now, now};
    return times;
}

enum outcome store_message_create_batch(struct scope scope, struct span session_id, struct span agent_id,
                                        const struct message_new *new, size_t count, bool repeat, struct writer *writer,
                                        int32_t *conflict) {
    static const enum outcome missing[] = {OUTCOME_NO_SESSION, OUTCOME_NO_AGENT};
    struct params key = {0}, params = {0};
    enum outcome outcome = OUTCOME_FAILED;
    struct times *times = NULL;
    store_key(&key, scope, session_id, agent_id);
    store_key(&params, scope, session_id, agent_id);
    batch_params(&params, new, count, *conflict);
    PGresult *result = db_run_both(scope.db, &BATCH_LOCK, &key, &BATCH_CREATE, &params,
                                   repeat ? STATEMENT_REPEATABLE : STATEMENT_WRITES);
    params_free(&params);
    if (!result)
        return OUTCOME_FAILED;
    int found = result_int4(result, 0, 0);
    bool clash = !result_null(result, 0, 1), twins = *conflict >= 0;
    *conflict = result_int4(result, 0, 1);
    times = batch_times(new, count, result_time(result, 0, 2));
    PQclear(result);
    if (found < FOUND_CHILD)
        outcome = missing[found];
    else if (clash && (twins || !repeat))
        outcome = OUTCOME_EXISTS;
    else if (times && !clash)
        outcome = batch_answer(writer, new, count, times, OUTCOME_CREATED);
    else if (times) {
        outcome = batch_compare(scope, session_id, agent_id, new, count, times);
        writer->replayed = outcome == OUTCOME_DONE;
        if (outcome == OUTCOME_DONE)
            outcome = batch_answer(writer, new, count, times, OUTCOME_REPLAYED);
    }
    free(times);
    return outcome;
}
