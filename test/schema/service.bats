#!/usr/bin/env bats
# The service against databases whose schema does not fit: it refuses to start, and says which command to run.

load schema

setup_file() { schema_start; }
teardown_file() { schema_stop; }
setup() {
    schema_database
    export RUN_DIR=$BATS_TEST_TMPDIR WORKERS=1 LOG_FORMAT=text CONF_DIR=$PROJECT/conf
    serve=(timeout -k 10 120 spawn-fcgi -n -s "$RUN_DIR/fastcgi.sock" -- "$BUILD_DIR/session-backend") # until it ends by itself
}

@test "no schema: refused" {
    run "${serve[@]}"
    [[ $status -ne 0 && $status -ne 124 ]]
    output_has 'run session-backend-migrate'
}

@test "a role that may not use it: refused" {
    migrate
    sql "CREATE ROLE stranger LOGIN"
    DATABASE_URL=$(schema_url stranger) run "${serve[@]}"
    [[ $status -ne 0 && $status -ne 124 ]]
    output_has 'this role may not use it'
}

@test "an older schema: refused" {
    migrate
    sql 'UPDATE session_backend.migrations SET number = number - 1 WHERE number = (SELECT max(number) FROM session_backend.migrations)'
    run "${serve[@]}"
    [[ $status -ne 0 && $status -ne 124 ]]
    output_has 'run session-backend-migrate'
}

@test "a schema beyond what this release can live with: refused" {
    migrate
    sql "INSERT INTO session_backend.migrations SELECT max(number) + 1, '999_newest.sql', 'x', '9.10.0' FROM session_backend.migrations"
    run "${serve[@]}"
    [[ $status -ne 0 && $status -ne 124 ]]
    output_has 'too new for this release'
}

@test "a newer schema within the floor: served" {
    migrate
    sql "INSERT INTO session_backend.migrations SELECT max(number) + 1, '999_newer.sql', 'x', '$(cat "$PROJECT/VERSION")' FROM session_backend.migrations"
    "${serve[@]}" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    local pid=$!
    poll 60 workers_prepared
    kill "$pid"
    wait "$pid" || echo "ended with $?"
    run cat "$BATS_TEST_TMPDIR/log"
    output_has 'started with 1 workers'
    output_lacks CRITICAL
}
workers_prepared() { # a worker's connection has run its look at the schema and stands idle
    [[ $(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DB' AND pid <> pg_backend_pid() AND state = 'idle'") -ge 2 ]]
}
