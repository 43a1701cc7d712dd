/* migrate_adopt_sql.h: the SQL of migrate_adopt.c, a set a table. */
#ifndef MIGRATE_ADOPT_SQL_H
#define MIGRATE_ADOPT_SQL_H

#define ADOPT_TABLES 3

struct adopt_table {
    const char *singular, *plural;
    int keys; /* 1 to 3: session_id, agent_id, message_id */
    /* Copies the rows behind the key in $1…; gives the counts of struct count, then the last key (NULL: no more rows).
     */
    const char *copy;
    /* The rows from one key to another (both in $1…) whose ids the contract refuses: key, rule. */
    const char *refused;
    const char *verify; /* rows in the old table, rows of them in the new one */
};
extern const struct adopt_table ADOPT[ADOPT_TABLES];

/* Rows are looked up one by one in the new tables, whatever the planner believes of tables just filled. Two runs at
 * once take turns. Times without a zone count as UTC. */
#define ADOPT_BEGIN                                                                                                    \
    "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL timezone = 'UTC';"                  \
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;"               \
    "SET LOCAL jit = off; SELECT pg_advisory_xact_lock(8315178084259062637)"

#define ADOPT_LOOK                                                                                                     \
    "SELECT to_regclass('public.sessions') IS NOT NULL AND to_regclass('public.session_agents') IS NOT NULL"           \
    " AND to_regclass('public.session_messages') IS NOT NULL"

/* What was copied, and the tag it got. agent_id '' and message_id -1 stand for none. */
#define ADOPT_NOTEBOOK                                                                                                 \
    "BEGIN; SELECT pg_advisory_xact_lock(8315178084259062637);"                                                        \
    "CREATE TABLE IF NOT EXISTS session_backend.adopted (tag bigint NOT NULL, message_id bigint NOT NULL,"             \
    " session_id text COLLATE \"C\" NOT NULL, agent_id text COLLATE \"C\" NOT NULL,"                                   \
    " PRIMARY KEY (session_id, agent_id, message_id)); COMMIT"

#endif
