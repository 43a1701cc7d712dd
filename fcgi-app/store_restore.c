/* store_restore.c: one-call restore (contract 2.3). */
#include "store_common.h"

#define SESSION_KEY "tenant = $1::text AND session_id = $2::text"
#define AGENT_KEY SESSION_KEY " AND agent_id = $3::text"

enum kind { KIND_SESSION, KIND_AGENT, KIND_MESSAGE, KIND_END };

/* One snapshot: a row for the session, one for the agent, one a message, and one with the total (NULL: as many as
 * came). $4 offset, -1: behind the agent's removed messages. */
#define FROM_PLACE                                                                                                     \
    "CASE WHEN $4::bigint >= 0 THEN $4::bigint ELSE (SELECT removed_count FROM session_backend.agents "                \
    "WHERE " AGENT_KEY ") END"
static const struct statement RESTORE = {
    "restore",
    "SELECT 0 AS kind, created_at, updated_at, NULL::bigint AS number, multi_agent_state AS one, NULL::json AS two,"
    "  NULL::json AS three FROM session_backend.sessions WHERE " SESSION_KEY
    " UNION ALL SELECT 1, created_at, updated_at, removed_count::bigint, state, conversation_manager_state,"
    "  internal_state FROM session_backend.agents WHERE " AGENT_KEY
    " UNION ALL SELECT page.* FROM (SELECT 2, created_at, updated_at, message_id::bigint, message, redact_message,"
    "  NULL::json FROM session_backend.messages WHERE " AGENT_KEY " AND message_id >= CASE WHEN " FROM_PLACE " = 0"
    "   THEN 0 ELSE (SELECT message_id FROM session_backend.messages WHERE " AGENT_KEY
    "   ORDER BY message_id LIMIT 1 OFFSET " FROM_PLACE ") END ORDER BY messages.message_id) AS page"
    " UNION ALL SELECT 3, NULL, NULL, CASE WHEN " FROM_PLACE " > 0 THEN (SELECT count(*) FROM session_backend.messages"
    "  WHERE " AGENT_KEY ") END, NULL, NULL, NULL"};

const struct statement *const STORE_RESTORE_STATEMENTS[] = {&RESTORE, NULL};

struct restore {
    struct span session_id, agent_id;
    int64_t offset;
    enum kind last;
    int64_t messages;
    enum outcome outcome; /* DONE so far, or what is missing */
};

static void restore_row(struct restore *restore, struct buf *out, const PGresult *row) {
    enum kind kind = (enum kind)result_int4(row, 0, 0);
    struct times times = store_times(row, 0, 1);
    int64_t number = result_int8(row, 0, 3);
    struct span one = result_span(row, 0, 4), two = result_span(row, 0, 5), three = result_span(row, 0, 6);
    switch (kind) {
    case KIND_SESSION:
        buf_text(out, "{\"session\":");
        render_session(out, restore->session_id, one, times);
        break;
    case KIND_AGENT:
        buf_text(out, ",\"agent\":");
        render_agent(out, restore->agent_id, one, two, three, times);
        buf_text(out, ",\"messages\":[");
        if (restore->offset < 0)
            restore->offset = number;
        break;
    case KIND_MESSAGE:
        buf_text(out, restore->messages++ > 0 ? "," : "");
        render_message(out, (int32_t)number, one, two, times);
        break;
    case KIND_END:
        buf_text(out, "],\"total\":");
        buf_integer(out, result_null(row, 0, 3) ? restore->messages : number);
        buf_text(out, ",\"offset\":");
        buf_integer(out, restore->offset);
        buf_byte(out, '}');
        break;
    }
}

/* Session and agent come first; a row that comes instead of one of them says that it is not there. */
static enum outcome restore_missing(const struct restore *restore, bool first, const PGresult *row) {
    int kind = result_int4(row, 0, 0);
    if (first && kind != KIND_SESSION)
        return OUTCOME_NO_SESSION;
    if (!first && restore->last == KIND_SESSION && kind != KIND_AGENT)
        return OUTCOME_NO_AGENT;
    return OUTCOME_DONE;
}

enum outcome store_restore(struct scope scope, struct span session_id, struct span agent_id, int64_t offset,
                           struct writer *writer) {
    struct restore restore = {session_id, agent_id, offset, KIND_SESSION, 0, OUTCOME_DONE};
    struct params params = {0};
    size_t began = writer->buf->len;
    bool first = true;
    PGresult *row;
    store_key(&params, scope, session_id, agent_id);
    params_int8(&params, offset);
    if (!db_stream(scope.db, &RESTORE, &params))
        return OUTCOME_FAILED;
    while ((row = db_next(scope.db)) != NULL) {
        restore.outcome = restore_missing(&restore, first, row);
        if (restore.outcome == OUTCOME_DONE)
            restore_row(&restore, writer->buf, row);
        restore.last = (enum kind)result_int4(row, 0, 0);
        first = false;
        PQclear(row);
        if (restore.outcome != OUTCOME_DONE) {
            db_abandon(scope.db);
            writer->buf->len = writer->buf->failed ? writer->buf->len : began;
            return restore.outcome;
        }
        if (!writer_row(writer))
            return store_cut(scope.db, writer, began);
    }
    bool fine = restore.last == KIND_END && db_cause(scope.db) == DB_CAUSE_NONE;
    return fine ? OUTCOME_DONE : store_cut(scope.db, writer, began);
}
