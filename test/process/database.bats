#!/usr/bin/env bats
# What passes between a worker and PostgreSQL: trace context, repeats after a deadlock, and what no log may hold.

load ../lib/server
load ../lib/http

setup_file() {
    server_start REQUEST_TIMEOUT=20 || return 1
    database_sql "$SERVER_DIR" -c "ALTER SYSTEM SET log_line_prefix = '%m [%a] '" -c 'ALTER SYSTEM SET log_min_duration_statement = 0' \
        -c 'ALTER SYSTEM SET log_parameter_max_length = 0' -c 'ALTER ROLE session_backend SET deadlock_timeout = 5000' \
        -c 'SELECT pg_reload_conf()' >/dev/null
    poll 30 logs_statements
    # New connections take the role's setting.
    database_sql "$SERVER_DIR" -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'session_backend'" >/dev/null
    poll "$SERVER_DEADLINE" service_answers
}
teardown_file() { server_stop; }

sql() { database_sql "$SERVER_DIR" -c "$1"; }
logs_statements() { [[ $(sql 'SHOW log_min_duration_statement') == 0 ]]; }
metric() { curl -sS "$SERVER_URL/metrics" | awk -v name="session_backend_$1" '$1 == name { print $2 }'; }

agent() { # session $S with agent a and messages 0 to 4
    post "$API/sessions" "{\"session_id\":\"$S\"}"
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{}}'
    local i
    for i in {0..4}; do
        post "$API/sessions/$S/agents/a/messages" "{\"message_id\":$i,\"message\":{\"role\":\"user\",\"content\":$i}}"
        status_is 201
    done
}

logged_as() { # NAME STATEMENT: lines of PostgreSQL's log that ran STATEMENT under that application_name
    grep -cE "\[$1\].*execute $2:" "$SERVER_DIR/data/server.log" || :
}

@test "a sampled traceparent is PostgreSQL's application_name, for that request alone" {
    local trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7
    post "$API/sessions" "{\"session_id\":\"$S\"}" -H "traceparent: $trace-01"
    status_is 201
    get "$API/sessions/$S" - -H "traceparent: $trace-01"
    status_is 200
    get "$API/sessions?page_size=1" - -H "traceparent: $trace-01"
    status_is 200
    post "$API/sessions/$S/agents" '{"agent_id":"a","state":{},"conversation_manager_state":{}}'
    post "$API/sessions/$S/agents/a/messages" '[]' -H "traceparent: $trace-01"
    status_is 201
    [[ $(logged_as "$trace-01" session_create) -eq 1 ]]
    [[ $(logged_as "$trace-01" session_get) -eq 1 ]]
    [[ $(logged_as "$trace-01" session_list) -eq 1 ]]
    [[ $(logged_as "$trace-01" batch_create) -eq 1 ]]
    get "$API/sessions/$S" - -H "traceparent: $trace-00"
    get "$API/sessions/$S"
    status_is 200
    [[ $(logged_as "$trace-00" session_get) -eq 0 ]]
    [[ $(logged_as "$trace-01" session_get) -eq 1 ]]
    [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '00-%'") -eq 0 ]]
}

waits_for_row() { [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'session_backend' AND wait_event_type = 'Lock'") -ge 1 ]]; }

@test "the loser of a deadlock is sent again, and its client sees nothing of it" {
    agent
    local before
    before=$(metric database_retries_total)
    coproc psql -X -q -A -t -d "$(database_url "$SERVER_DIR" postgres)" 2>&1
    local out=${COPROC[0]} in=${COPROC[1]} line
    # Ours holds a message; the rewind locks the agent and waits for the message; then ours wants the agent, and waits
    # for ever, so that the rewind is the one who finds the deadlock.
    echo "SET deadlock_timeout = '600s'; BEGIN; SELECT 'held' FROM session_backend.messages WHERE session_id = '$S' AND message_id = 3 FOR UPDATE;" >&"$in"
    read -r -t 60 line <&"$out"
    [[ $line == held ]]
    curl -sS -m 60 -X DELETE "$SERVER_URL$API/sessions/$S/agents/a/messages?from=2" >"$BATS_TEST_TMPDIR/answer" 3>&- &
    local pid=$!
    poll 60 waits_for_row
    echo "UPDATE session_backend.agents SET removed_count = removed_count WHERE session_id = '$S'; COMMIT; SELECT 'done';" >&"$in"
    read -r -t 60 line <&"$out"
    [[ $line == "done" ]] || { echo "psql said: $line" >&2; false; }
    wait "$pid"
    [[ $(<"$BATS_TEST_TMPDIR/answer") == '{"deleted":3}' ]] || { cat "$BATS_TEST_TMPDIR/answer" >&2; false; }
    grep -q 'deadlock detected' "$SERVER_DIR/data/server.log"
    (($(metric database_retries_total) > before))
    eval "exec $in>&-"
}

@test "an unforeseen failure: 500 and one line with its SQLSTATE; no log holds what the client sent" {
    agent
    expect_errors 'SQLSTATE 23514|status":500'
    sql "ALTER TABLE session_backend.messages ADD CONSTRAINT never CHECK (message_id <> 77)"
    local code
    code=$(curl -sS -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
        --data-raw '{"message_id":77,"message":{"role":"user","content":"averysecretword"}}' "$SERVER_URL$API/sessions/$S/agents/a/messages")
    sql 'ALTER TABLE session_backend.messages DROP CONSTRAINT never'
    [[ $code == 500 ]]
    grep -q '"InternalServerError"' "$BATS_TEST_TMPDIR/answer"
    poll 30 grep -q 'SQLSTATE 23514' "$SERVER_DIR/supervisor.log"
    run grep -c averysecretword "$SERVER_DIR/supervisor.log" "$BATS_TEST_TMPDIR/answer"
    [[ $output == *supervisor.log:0*answer:0 ]]
}

@test "what is acknowledged is on disk, also where the role has synchronous_commit off" {
    sql "ALTER ROLE session_backend SET synchronous_commit = off"
    sql "ALTER TABLE session_backend.sessions ADD CONSTRAINT durable CHECK (current_setting('synchronous_commit') = 'on') NOT VALID"
    server_restart REQUEST_TIMEOUT=20
    post "$API/sessions" "{\"session_id\":\"$S\"}"
    status_is 201
    sql 'ALTER TABLE session_backend.sessions DROP CONSTRAINT durable'
    sql 'ALTER ROLE session_backend RESET synchronous_commit'
    server_restart REQUEST_TIMEOUT=20
}

@test "nobody else's messages are in PostgreSQL's log when ids collide" {
    agent
    post "$API/sessions/$S/agents/a/messages" '{"message_id":3,"message":{"role":"user","content":"x"}}'
    status_is 409
    post "$API/sessions/$S/agents/none/messages" '{"message_id":3,"message":{"role":"user","content":"x"}}'
    status_is 404
    run grep -cE 'duplicate key|violates foreign key' "$SERVER_DIR/data/server.log"
    [[ $output -eq 0 ]]
}

@test "a connection that was terminated while idle is not noticed by clients" {
    agent
    local i
    for i in {1..8}; do
        sql "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = 'session_backend'" >/dev/null
        post "$API/sessions/$S/agents/a/messages" "{\"message_id\":$((100 + i)),\"message\":{\"role\":\"user\",\"content\":0}}"
        status_is 201
    done
}

connections() { [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'session_backend'") -le $1 ]]; }

@test "a connection that was reset while idle is not noticed by clients" {
    local proxy i port=$BATS_TEST_TMPDIR/port
    python3 "$PROJECT/test/lib/reset.py" "$port" "$SERVER_DIR/.s.PGSQL.5432" 3>&- &
    proxy=$!
    poll 30 test -s "$port"
    server_restart REQUEST_TIMEOUT=20 "DATABASE_URL=postgresql://session_backend@127.0.0.1:$(<"$port")/session_backend"
    agent
    for i in {1..8}; do
        kill -USR1 "$proxy"
        poll 30 connections 1 # the prober is back already, perhaps
        post "$API/sessions/$S/agents/a/messages" "{\"message_id\":$((100 + i)),\"message\":{\"role\":\"user\",\"content\":0}}"
        status_is 201
    done
    server_restart REQUEST_TIMEOUT=20
    kill -TERM "$proxy"
    wait "$proxy" || :
}
