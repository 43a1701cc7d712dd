#!/usr/bin/env bats
# Every statement finds its rows by their keys, whatever the statistics say: plans are made once a connection.

load schema

setup_file() { schema_start; }
teardown_file() { schema_stop; }
setup() {
    schema_database
    migrate
}

explain() { "$BUILD_DIR/session-backend" --sql | python3 "$PROJECT/test/schema/plans.py" "$PROJECT/fcgi-app/prepare.c" "$DATABASE_URL"; }

rows() { # N of each
    sql "INSERT INTO session_backend.sessions SELECT now(), now(), 1, '', 's' || i, NULL FROM generate_series(1, $1) AS i;
         INSERT INTO session_backend.agents (created_at, updated_at, tag, removed_count, tenant, session_id, agent_id, state, conversation_manager_state, internal_state)
            SELECT now(), now(), 1, 0, '', session_id, 'a', '{}', '{}', '{}' FROM session_backend.sessions;
         INSERT INTO session_backend.multi_agents (created_at, updated_at, tag, tenant, session_id, multi_agent_id, state)
            SELECT now(), now(), 1, '', session_id, 'm', '{}' FROM session_backend.sessions;
         INSERT INTO session_backend.messages SELECT now(), now(), 1, 1, '', session_id, 'a', '{}' FROM session_backend.sessions;
         INSERT INTO session_backend.objects SELECT now(), now(), 1, '', session_id, '', '' FROM session_backend.sessions"
}

@test "planned on empty tables" {
    run explain
    status_is 0
}

@test "planned on tables of one row each, analyzed" {
    rows 1
    sql ANALYZE
    run explain
    status_is 0
}

@test "planned on tables of 10,000 rows, analyzed" {
    rows 10000
    sql ANALYZE
    run explain
    status_is 0
}

@test "planned on tables of 10,000 rows that were never analyzed" {
    sql "ALTER SYSTEM SET autovacuum = off"
    sql "SELECT pg_reload_conf()" >/dev/null
    rows 10000
    run explain
    status_is 0
}
