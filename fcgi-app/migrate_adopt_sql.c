/*
 * migrate_adopt_sql.c: see migrate_adopt_sql.h. Each `copy` reads a batch, judges every row and writes, in one go:
 *   not copied before, not in the new table: copied, when its parent was
 *   not copied before, in the new table: the new service made it; kept
 *   copied before, no longer in the new table: the new service deleted it; kept
 *   copied before, still with the tag it got then: copied again when it differs
 *   copied before, with another tag: the new service changed it; kept
 */
#include "migrate_adopt_sql.h"

/* clang-format off */
#define BATCH "1000"
#define NEW_TAG "('x' || encode(substr(sha256(uuid_send(gen_random_uuid())), 1, 8), 'hex'))::bit(64)::bigint"

/* Contract 1.5: the rule that an id breaks, or NULL. */
#define BROKEN(id) \
    "CASE WHEN " id " = '' THEN 'empty' WHEN char_length(" id ") > 255 THEN 'longer than 255 characters'" \
    " WHEN " id " IN ('.', '..') THEN 'a dot segment'" \
    " WHEN " id " ~ '[/\\\\\\u0001-\\u001f\\u007f-\\u009f]' THEN 'a slash, backslash or control character' END"
#define BROKEN_SESSION BROKEN("session_id::text")
#define BROKEN_AGENT BROKEN("agent_id::text")
#define BROKEN_NUMBER "CASE WHEN message_id NOT BETWEEN 0 AND 2147483647 THEN 'not from 0 to 2147483647' END"

#define TEXT(column) column "::text COLLATE \"C\" AS " column
/* Empty objects for what the old service left NULL. */
#define OBJECT(column) "coalesce(" column "::text, '{}') AS " column
#define TIMES \
    "coalesce(created_at::timestamptz, now()) AS created_at," \
    " coalesce(updated_at::timestamptz, created_at::timestamptz, now()) AS updated_at"

#define VERDICT \
    "CASE WHEN copied IS NULL AND stored IS NULL AND parent THEN 'add'" \
    " WHEN copied IS NULL AND stored IS NULL THEN 'orphan'" \
    " WHEN copied IS DISTINCT FROM stored THEN 'keep' WHEN same THEN 'same' ELSE 'change' END AS verdict"

#define COUNTS \
    "SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM added), (SELECT count(*) FROM changed)," \
    " (SELECT count(*) FROM judged WHERE verdict = 'same'), (SELECT count(*) FROM judged WHERE verdict = 'keep')," \
    " (SELECT count(*) FROM judged WHERE verdict = 'orphan'), (SELECT count(*) FROM source WHERE refused), last.*" \
    " FROM (SELECT) AS one LEFT JOIN LATERAL "
/* Where the batch ends. */
#define LAST " LIMIT 1 OFFSET (SELECT greatest(count(*) - 1, 0) FROM source)) AS last ON true"

#define NOTED \
    ", noted AS (INSERT INTO session_backend.adopted (session_id, agent_id, message_id, tag)" \
    " SELECT * FROM added UNION ALL SELECT * FROM changed" \
    " ON CONFLICT (session_id, agent_id, message_id) DO UPDATE SET tag = excluded.tag) "

#define WAS_COPIED(agent, message) \
    "session_backend.adopted AS a ON a.session_id = f.session_id AND a.agent_id = " agent " AND a.message_id = " message
#define PARENT_COPIED(agent) \
    "p.tag IS NOT NULL AND EXISTS (SELECT FROM session_backend.adopted AS u WHERE u.session_id = f.session_id" \
    " AND u.agent_id = " agent " AND u.message_id = -1) AS parent"

/* ---- sessions: multi_agent_state is not in all of the old tables ---- */
#define SESSION_BEHIND \
    "public.sessions AS s WHERE $1::text IS NULL OR session_id > $1::text ORDER BY s.session_id"
#define SESSION_COPY \
    "WITH source AS MATERIALIZED (SELECT " TEXT("session_id") ", nullif(to_jsonb(s) -> 'multi_agent_state'," \
    "   'null'::jsonb)::text AS multi_agent_state, " TIMES ", (" BROKEN_SESSION ") IS NOT NULL AS refused" \
    "  FROM " SESSION_BEHIND " LIMIT " BATCH ")," \
    " judged AS MATERIALIZED (SELECT *, " VERDICT " FROM (SELECT f.*, a.tag AS copied, n.tag AS stored," \
    "   true AS parent, (n.created_at, n.updated_at, n.multi_agent_state::text)" \
    "    IS NOT DISTINCT FROM (f.created_at, f.updated_at, f.multi_agent_state) AS same FROM source AS f" \
    "  LEFT JOIN " WAS_COPIED("''", "-1") \
    "  LEFT JOIN session_backend.sessions AS n ON n.tenant = '' AND n.session_id = f.session_id" \
    "  WHERE NOT f.refused) AS rows)," \
    " added AS (INSERT INTO session_backend.sessions AS n (tenant, session_id, multi_agent_state, created_at," \
    "   updated_at, tag)" \
    "  SELECT '', session_id, multi_agent_state::json, created_at, updated_at, " NEW_TAG " FROM judged" \
    "   WHERE verdict = 'add' ON CONFLICT DO NOTHING RETURNING n.session_id, '', -1::bigint, n.tag)," \
    " changed AS (UPDATE session_backend.sessions AS n SET multi_agent_state = j.multi_agent_state::json," \
    "   created_at = j.created_at, updated_at = j.updated_at, tag = " NEW_TAG \
    "  FROM judged AS j WHERE j.verdict = 'change' AND n.tenant = '' AND n.session_id = j.session_id" \
    "   AND n.tag = j.copied RETURNING n.session_id, '', -1::bigint, n.tag)" NOTED COUNTS \
    "(SELECT session_id FROM " SESSION_BEHIND LAST

/* ---- agents ---- */
#define REMOVED_TEXT "conversation_manager_state::jsonb ->> 'removed_message_count'"
#define REMOVED \
    "CASE WHEN " REMOVED_TEXT " ~ '^[0-9]{1,10}$' AND (" REMOVED_TEXT ")::bigint <= 2147483647" \
    " AND jsonb_typeof(conversation_manager_state::jsonb -> 'removed_message_count') = 'number'" \
    " THEN (" REMOVED_TEXT ")::integer ELSE 0 END"
#define AGENT_BEHIND \
    "public.session_agents AS s WHERE $1::text IS NULL OR (session_id, agent_id) > ($1::text, $2::text)" \
    " ORDER BY s.session_id, s.agent_id"
#define AGENT_COPY \
    "WITH source AS MATERIALIZED (SELECT " TEXT("session_id") ", " TEXT("agent_id") ", " OBJECT("state") ", " \
    OBJECT("conversation_manager_state") ", " OBJECT("internal_state") ", " TIMES ", (" BROKEN_SESSION \
    ") IS NOT NULL OR (" BROKEN_AGENT ") IS NOT NULL AS refused FROM " AGENT_BEHIND " LIMIT " BATCH ")," \
    " judged AS MATERIALIZED (SELECT *, " VERDICT " FROM (SELECT f.*, a.tag AS copied, n.tag AS stored, " \
    PARENT_COPIED("''") "," \
    "   (n.created_at, n.updated_at, n.state::text, n.conversation_manager_state::text, n.internal_state::text)" \
    "    IS NOT DISTINCT FROM (f.created_at, f.updated_at, f.state, f.conversation_manager_state, f.internal_state)" \
    "    AS same FROM source AS f" \
    "  LEFT JOIN " WAS_COPIED("f.agent_id", "-1") \
    "  LEFT JOIN session_backend.agents AS n ON n.tenant = '' AND n.session_id = f.session_id" \
    "   AND n.agent_id = f.agent_id" \
    "  LEFT JOIN session_backend.sessions AS p ON p.tenant = '' AND p.session_id = f.session_id" \
    "  WHERE NOT f.refused) AS rows)," \
    " added AS (INSERT INTO session_backend.agents AS n (tenant, session_id, agent_id, state," \
    "   conversation_manager_state, internal_state, removed_count, created_at, updated_at, tag)" \
    "  SELECT '', session_id, agent_id, state::json, conversation_manager_state::json, internal_state::json, " REMOVED \
    ", created_at, updated_at, " NEW_TAG " FROM judged WHERE verdict = 'add' ORDER BY created_at, agent_id" \
    "  ON CONFLICT DO NOTHING RETURNING n.session_id, n.agent_id, -1::bigint, n.tag)," \
    " changed AS (UPDATE session_backend.agents AS n SET state = j.state::json," \
    "   conversation_manager_state = j.conversation_manager_state::json, internal_state = j.internal_state::json," \
    "   removed_count = j.removed, created_at = j.created_at, updated_at = j.updated_at, tag = " NEW_TAG \
    "  FROM (SELECT *, " REMOVED " AS removed FROM judged) AS j WHERE j.verdict = 'change' AND n.tenant = ''" \
    "   AND n.session_id = j.session_id AND n.agent_id = j.agent_id AND n.tag = j.copied" \
    "  RETURNING n.session_id, n.agent_id, -1::bigint, n.tag)" NOTED COUNTS \
    "(SELECT session_id, agent_id FROM " AGENT_BEHIND LAST

/* ---- messages ---- */
#define MESSAGE_BEHIND \
    "public.session_messages AS s WHERE $1::text IS NULL OR (session_id, agent_id, message_id)" \
    " > ($1::text, $2::text, $3::bigint) ORDER BY s.session_id, s.agent_id, s.message_id"
#define MESSAGE_COPY \
    "WITH source AS MATERIALIZED (SELECT " TEXT("session_id") ", " TEXT("agent_id") ", message_id::bigint AS" \
    "   message_id, " OBJECT("message") ", nullif(redact_message::text, 'null') AS redact_message, " TIMES \
    ", (" BROKEN_SESSION ") IS NOT NULL OR (" BROKEN_AGENT ") IS NOT NULL OR (" BROKEN_NUMBER ") IS NOT NULL" \
    "   AS refused FROM " MESSAGE_BEHIND " LIMIT " BATCH ")," \
    " judged AS MATERIALIZED (SELECT *, " VERDICT " FROM (SELECT f.*, a.tag AS copied, n.tag AS stored, " \
    PARENT_COPIED("f.agent_id") "," \
    "   (n.created_at, n.updated_at, n.message::text, n.redact_message::text)" \
    "    IS NOT DISTINCT FROM (f.created_at, f.updated_at, f.message, f.redact_message) AS same FROM source AS f" \
    "  LEFT JOIN " WAS_COPIED("f.agent_id", "f.message_id") \
    "  LEFT JOIN session_backend.messages AS n ON n.tenant = '' AND n.session_id = f.session_id" \
    "   AND n.agent_id = f.agent_id AND n.message_id = f.message_id" \
    "  LEFT JOIN session_backend.agents AS p ON p.tenant = '' AND p.session_id = f.session_id" \
    "   AND p.agent_id = f.agent_id WHERE NOT f.refused) AS rows)," \
    " added AS (INSERT INTO session_backend.messages AS n (tenant, session_id, agent_id, message_id, message," \
    "   redact_message, created_at, updated_at, tag)" \
    "  SELECT '', session_id, agent_id, message_id::integer, message::json, redact_message::json, created_at," \
    "   updated_at, " NEW_TAG " FROM judged WHERE verdict = 'add'" \
    "  ON CONFLICT DO NOTHING RETURNING n.session_id, n.agent_id, n.message_id::bigint, n.tag)," \
    " changed AS (UPDATE session_backend.messages AS n SET message = j.message::json," \
    "   redact_message = j.redact_message::json, created_at = j.created_at, updated_at = j.updated_at," \
    "   tag = " NEW_TAG " FROM judged AS j WHERE j.verdict = 'change' AND n.tenant = ''" \
    "   AND n.session_id = j.session_id AND n.agent_id = j.agent_id AND n.message_id = j.message_id" \
    "   AND n.tag = j.copied RETURNING n.session_id, n.agent_id, n.message_id::bigint, n.tag)" NOTED COUNTS \
    "(SELECT session_id, agent_id, message_id FROM " MESSAGE_BEHIND LAST

const struct adopt_table ADOPT[ADOPT_TABLES] = {
    {"session", "sessions", 1, SESSION_COPY,
     "SELECT session_id, rule FROM (SELECT session_id, " BROKEN_SESSION " AS rule FROM public.sessions"
     " WHERE ($1::text IS NULL OR session_id > $1::text) AND session_id <= $2::text) AS rows WHERE rule IS NOT NULL"
     " ORDER BY session_id",
     "SELECT count(*), count(n.tag) FROM public.sessions AS s LEFT JOIN session_backend.sessions AS n"
     " ON n.tenant = '' AND n.session_id = s.session_id::text COLLATE \"C\""},
    {"agent", "agents", 2, AGENT_COPY,
     "SELECT session_id, agent_id, rule FROM (SELECT session_id, agent_id, coalesce(" BROKEN_SESSION ", " BROKEN_AGENT
     ") AS rule FROM public.session_agents WHERE ($1::text IS NULL OR (session_id, agent_id) > ($1::text, $2::text))"
     "  AND (session_id, agent_id) <= ($3::text, $4::text)) AS rows WHERE rule IS NOT NULL"
     " ORDER BY session_id, agent_id",
     "SELECT count(*), count(n.tag) FROM public.session_agents AS s LEFT JOIN session_backend.agents AS n"
     " ON n.tenant = '' AND n.session_id = s.session_id::text COLLATE \"C\""
     " AND n.agent_id = s.agent_id::text COLLATE \"C\""},
    {"message", "messages", 3, MESSAGE_COPY,
     /* Those with a sound number of their own are counted below their agent. */
     "SELECT session_id, agent_id, shown, CASE WHEN shown IS NULL THEN count(*) || ' of them; ' || why ELSE why END"
     " FROM (SELECT session_id, agent_id, CASE WHEN rule IS NULL THEN message_id END AS shown,"
     "   coalesce(rule, own) AS why"
     "  FROM (SELECT session_id, agent_id, message_id, coalesce(" BROKEN_SESSION ", " BROKEN_AGENT ") AS rule, "
     BROKEN_NUMBER " AS own FROM public.session_messages"
     "   WHERE ($1::text IS NULL OR (session_id, agent_id, message_id) > ($1::text, $2::text, $3::bigint))"
     "   AND (session_id, agent_id, message_id) <= ($4::text, $5::text, $6::bigint)) AS rows) AS judged"
     " WHERE why IS NOT NULL GROUP BY session_id, agent_id, shown, why ORDER BY session_id, agent_id, shown",
     "SELECT count(*), count(n.tag) FROM public.session_messages AS s LEFT JOIN session_backend.messages AS n"
     " ON n.tenant = '' AND n.session_id = s.session_id::text COLLATE \"C\""
     " AND n.agent_id = s.agent_id::text COLLATE \"C\" AND n.message_id = s.message_id"},
};
/* clang-format on */
