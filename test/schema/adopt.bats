#!/usr/bin/env bats
# session-backend-migrate --adopt: takes over the tables of the service before.

load schema

setup_file() { schema_start; }
teardown_file() { schema_stop; }
setup() { schema_database; }

# The old tables, as either kind of site has them.
old_tables() { # typed (with session_type) | stated (with multi_agent_state)
    local column="session_type varchar NOT NULL DEFAULT 'AGENT'"
    [[ $1 == typed ]] || column='multi_agent_state jsonb'
    sql "CREATE TABLE sessions (session_id varchar PRIMARY KEY, $column,
            created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
         CREATE TABLE session_agents (session_id varchar REFERENCES sessions, agent_id varchar, state jsonb NOT NULL,
            conversation_manager_state jsonb NOT NULL, internal_state jsonb, created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (session_id, agent_id));
         CREATE TABLE session_messages (session_id varchar, agent_id varchar, message_id integer, message jsonb NOT NULL,
            redact_message jsonb, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (session_id, agent_id, message_id),
            FOREIGN KEY (session_id, agent_id) REFERENCES session_agents)"
}

old_rows() { # SESSIONS MESSAGES: each session with an agent 'main'
    sql "INSERT INTO sessions (session_id, created_at, updated_at)
            SELECT 's' || i, timestamptz '2024-01-01 00:00:00.000001+02' + i * interval '1 hour', '2024-06-01' FROM generate_series(1, $1) AS i;
         INSERT INTO session_agents (session_id, agent_id, state, conversation_manager_state, internal_state)
            SELECT session_id, 'main', '{\"n\": 1.50, \"a\": {}}', '{\"removed_message_count\": 2}', NULL FROM sessions;
         INSERT INTO session_messages (session_id, agent_id, message_id, message, created_at)
            SELECT 's' || 1 + i % $1, 'main', i / $1, jsonb_build_object('role', 'user', 'content', jsonb_build_array(jsonb_build_object('text', 'message ' || i))),
            timestamptz '2024-01-01' + i * interval '1 second' FROM generate_series(0, $2 - 1) AS i"
}

new_count() { sql "SELECT count(*) FROM session_backend.$1"; }
old_sum() { sql "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM $1 AS t"; }

@test "without the old tables there is nothing to adopt" {
    run migrate --adopt
    status_is 1
    output_has 'no tables public.sessions'
}

@test "sessions with session_type: rows, times and JSON are taken over, and the old tables stay as they are" {
    old_tables typed
    old_rows 3 10
    local before after
    before=$(old_sum sessions)$(old_sum session_agents)$(old_sum session_messages)
    run migrate --adopt
    status_is 0
    output_has 'sessions: 3 in the old table, 3 of them in the new one; 3 copied'
    output_has 'messages: 10 in the old table, 10 of them in the new one; 10 copied'
    after=$(old_sum sessions)$(old_sum session_agents)$(old_sum session_messages)
    [[ $before == "$after" ]]
    [[ $(sql "SELECT count(*) FROM sessions AS o JOIN session_backend.sessions AS n USING (session_id, created_at, updated_at) WHERE n.tenant = '' AND n.multi_agent_state IS NULL") -eq 3 ]]
    [[ $(sql "SELECT count(*) FROM session_agents AS o JOIN session_backend.agents AS n USING (session_id, agent_id, created_at, updated_at)
              WHERE n.state::jsonb = o.state AND n.conversation_manager_state::jsonb = o.conversation_manager_state AND n.internal_state::text = '{}' AND n.removed_count = 2") -eq 3 ]]
    [[ $(sql "SELECT count(*) FROM session_messages AS o JOIN session_backend.messages AS n USING (session_id, agent_id, message_id, created_at, updated_at)
              WHERE n.message::jsonb = o.message AND n.redact_message IS NULL") -eq 10 ]]
    [[ $(sql 'SELECT count(DISTINCT tag) FROM session_backend.messages') -eq 10 ]]
}

@test "sessions with multi_agent_state and without session_type" {
    old_tables stated
    old_rows 3 0
    sql "UPDATE sessions SET multi_agent_state = '{\"k\": [1, 2.0]}' WHERE session_id = 's1';
         UPDATE sessions SET multi_agent_state = 'null' WHERE session_id = 's2'"
    run migrate --adopt
    status_is 0
    [[ $(sql "SELECT string_agg(session_id || coalesce(multi_agent_state::text, '-'), ' ' ORDER BY session_id) FROM session_backend.sessions") == 's1{"k": [1, 2.0]} s2- s3-' ]]
}

@test "ids that the contract refuses are listed and left out, and the exit status says so" {
    old_tables typed
    old_rows 1 2
    sql "INSERT INTO sessions (session_id) VALUES ('with/slash'), ('with\\backslash'), (E'tab\\t'), ('.'), ('..'), (''), (repeat('x', 256)), (repeat('ü', 255)), (E'c1\\u0085'), (' blank ');
         INSERT INTO session_agents SELECT session_id, 'main', '{}', '{}', '{}' FROM sessions ON CONFLICT DO NOTHING;
         INSERT INTO session_agents VALUES ('s1', 'a/b', '{}', '{}', '{}');
         INSERT INTO session_messages VALUES ('s1', 'main', -1, '{}'), ('s1', 'a/b', 0, '{}'), ('s1', 'a/b', 1, '{}'), ('with/slash', 'main', 0, '{}')"
    run migrate --adopt
    status_is 2
    output_has 'left out: session "with/slash" (a slash, backslash or control character)'
    output_has 'left out: session "tab\x09"'
    output_has 'left out: session ".." (a dot segment)'
    output_has 'left out: session "" (empty)'
    output_has '(longer than 255 characters)'
    output_has 'left out: agent "s1" "a/b"'
    output_has 'left out: message "s1" "main" "-1" (not from 0 to 2147483647)'
    output_has 'left out: message "s1" "a/b"  (2 of them;'
    output_has 'sessions: 11 in the old table, 3 of them in the new one; 3 copied'
    [[ $(grep -c '^left out: session' <<<"$output") -eq 8 ]]
    [[ $(sql "SELECT count(*) FROM session_backend.sessions WHERE session_id IN ('s1', ' blank ', repeat('ü', 255))") -eq 3 ]]
    [[ $(new_count messages) -eq 2 ]]
}

@test "a second run brings what changed since and never touches what the new service wrote or deleted" {
    old_tables typed
    old_rows 4 40
    migrate --adopt >/dev/null
    # the new service: changes message 0 of s1, deletes message 1 of s1 and all of s2, makes message 100 of s1 and a session
    sql "UPDATE session_backend.messages SET message = '{\"new\":1}', tag = 1 WHERE session_id = 's1' AND message_id = 0;
         DELETE FROM session_backend.messages WHERE session_id = 's1' AND message_id = 1;
         DELETE FROM session_backend.sessions WHERE session_id = 's2';
         UPDATE session_backend.agents SET state = '{\"new\":1}', tag = 1 WHERE session_id = 's3';
         INSERT INTO session_backend.messages VALUES (now(), now(), 1, 100, '', 's1', 'main', '{\"new\":1}');
         INSERT INTO session_backend.sessions VALUES (now(), now(), 1, '', 'own', '{\"new\":1}')"
    # the old one: changes all of these and more, and makes new things
    sql "UPDATE session_messages SET message = '{\"old\":2}', updated_at = now() WHERE message_id IN (0, 1);
         UPDATE session_agents SET state = '{\"old\":2}' WHERE session_id IN ('s3', 's4');
         INSERT INTO sessions (session_id) VALUES ('s5'), ('own');
         INSERT INTO session_agents VALUES ('s5', 'main', '{}', '{}', '{}'), ('own', 'main', '{}', '{}', '{}'), ('s4', 'second', '{}', '{}', '{}');
         INSERT INTO session_messages VALUES ('s1', 'main', 100, '{\"old\":2}'), ('s1', 'main', 101, '{\"old\":2}'), ('s2', 'main', 100, '{}'), ('s5', 'main', 0, '{\"old\":2}')"
    local tag
    tag=$(sql "SELECT tag FROM session_backend.messages WHERE session_id = 's3' AND message_id = 0")
    run migrate --adopt
    status_is 0
    [[ $(sql "SELECT string_agg(message_id || message::text, ' ' ORDER BY message_id) FROM session_backend.messages WHERE session_id = 's1' AND message::text LIKE '{\"_%\":_}'") == '0{"new":1} 100{"new":1}' ]]
    [[ $(sql "SELECT count(*) FROM session_backend.messages WHERE session_id = 's1' AND message_id = 1") -eq 0 ]]
    [[ $(sql "SELECT message::text FROM session_backend.messages WHERE session_id = 's1' AND message_id = 101") == '{"old": 2}' ]]
    [[ $(sql "SELECT count(*) FROM session_backend.sessions WHERE session_id = 's2'") -eq 0 ]]
    [[ $(sql "SELECT state::text FROM session_backend.agents WHERE session_id = 's3'") == '{"new":1}' ]]
    [[ $(sql "SELECT state::text FROM session_backend.agents WHERE session_id = 's4' AND agent_id = 'main'") == '{"old": 2}' ]]
    [[ $(sql "SELECT message::text FROM session_backend.messages WHERE session_id = 's3' AND message_id = 0") == '{"old": 2}' ]]
    [[ $(sql "SELECT tag FROM session_backend.messages WHERE session_id = 's3' AND message_id = 0") != "$tag" ]]
    [[ $(sql "SELECT multi_agent_state::text FROM session_backend.sessions WHERE session_id = 'own'") == '{"new":1}' ]]
    [[ $(sql "SELECT count(*) FROM session_backend.agents WHERE session_id = 'own'") -eq 0 ]]
    [[ $(sql "SELECT count(*) FROM session_backend.agents WHERE session_id IN ('s4', 's5')") -eq 3 ]]
    run migrate --adopt # a third finds nothing to do
    status_is 0
    output_lacks ' 1 copied'
    output_lacks ' 1 brought'
}

@test "100,000 messages, killed in the middle and run again: everything once" {
    old_tables typed
    old_rows 50 100000
    migrate
    "$BUILD_DIR/session-backend-migrate" --adopt >/dev/null 2>&1 3>&- & # no function: $! must be the program
    local pid=$!
    poll 120 some_copied
    kill -9 "$pid"
    wait "$pid" || [[ $? -eq 137 ]]
    poll 60 nobody_copies
    local there
    there=$(new_count messages)
    echo "killed after $there messages"
    ((there > 0 && there < 100000))
    run migrate --adopt
    status_is 0
    output_has "messages: 100000 in the old table, 100000 of them in the new one; $((100000 - there)) copied"
    [[ $(sql "SELECT count(*) FROM session_messages AS o JOIN session_backend.messages AS n USING (session_id, agent_id, message_id, created_at, updated_at) WHERE n.message::jsonb = o.message") -eq 100000 ]]
}
some_copied() { (($(new_count messages) >= 3000)); }
nobody_copies() { [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DB' AND backend_type = 'client backend' AND pid <> pg_backend_pid()") -eq 0 ]]; }

@test "the old tables can be read and written meanwhile" {
    old_tables typed
    old_rows 2 10
    migrate
    sql "BEGIN; UPDATE session_messages SET updated_at = now() WHERE message_id = 0; LOCK TABLE sessions IN ROW EXCLUSIVE MODE; SELECT pg_sleep(60)" 3>&- &
    poll 30 writer_waits
    run migrate --adopt
    status_is 0
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()" >/dev/null
}
writer_waits() { [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") -eq 1 ]]; }

@test "what goes wrong is told without the rows" {
    old_tables typed
    old_rows 1 1
    migrate
    sql "ALTER TABLE session_backend.messages ADD CONSTRAINT never CHECK (tenant <> '')"
    run migrate --adopt
    status_is 1
    output_has 'SQLSTATE 23514'
    output_has 'can be repeated'
    output_lacks 'message 0'
}
