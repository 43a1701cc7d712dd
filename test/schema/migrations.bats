#!/usr/bin/env bats
# session-backend-migrate: applies each migration once, refuses what does not fit.

load schema

setup_file() { schema_start; }
teardown_file() { schema_stop; }
setup() { schema_database; }

applied() { sql 'SELECT count(*) FROM session_backend.migrations'; }
files() { find "$PROJECT/schema" -name '[0-9]*.sql' | wc -l; }
relations() { sql "SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text NOT LIKE 'pg_%' AND relnamespace::regnamespace::text <> 'information_schema'"; }

@test "the number that the program needs is the newest file's" {
    run grep -c "define SCHEMA_NUMBER $(files) " "$PROJECT/fcgi-app/schema.h"
    status_is 0
}

@test "an empty database: --status and --dry-run say what is missing and change nothing" {
    run migrate --status
    status_is 1
    output_has '001_initial.sql pending'
    run migrate --dry-run
    status_is 0
    output_has 'would apply 001_initial.sql'
    [[ $(relations) -eq 0 ]]
}

@test "all migrations are applied, then there is nothing to do" {
    run migrate
    status_is 0
    output_has 'applied 001_initial.sql'
    [[ $(applied) -eq $(files) ]]
    run migrate
    status_is 0
    output_has 'up to date'
    output_lacks 'applied'
    run migrate --status
    status_is 0
    output_lacks pending
    run migrate --dry-run
    status_is 0
    output_has 'nothing to apply'
}

@test "everything lies in the schema session_backend" {
    migrate
    [[ $(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") -eq 0 ]]
}

@test "ten at once: each migration is applied once, and all ten succeed" {
    local pids=() pid failed=0
    for _ in {1..10}; do
        migrate --wait 30 2>/dev/null 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
    [[ $failed -eq 0 ]]
    [[ $(applied) -eq $(files) ]]
}

@test "a migration that was changed after it had been applied is refused by name" {
    migrate
    schema_copy
    echo '-- a small change' >>"$SCHEMA_DIR/001_initial.sql"
    for option in '' --dry-run --status; do
        run migrate $option
        status_is 1
        output_has '001_initial.sql was changed'
    done
}

@test "a new migration is applied on top, in a transaction: when it fails nothing of it stays" {
    migrate
    schema_copy
    printf -- '-- oldest-release: 1.0.0\nCREATE TABLE session_backend.later (a integer);\nSELECT 1/0;\n' >"$SCHEMA_DIR/${NEXT}_later.sql"
    run migrate
    status_is 1
    output_has "${NEXT}_later.sql failed"
    [[ $(sql "SELECT to_regclass('session_backend.later') IS NULL") == t ]]
    printf -- '-- oldest-release: 1.0.0\nCREATE TABLE session_backend.later (a integer);\n' >"$SCHEMA_DIR/${NEXT}_later.sql"
    run migrate
    status_is 0
    output_has "applied ${NEXT}_later.sql"
    [[ $(sql "SELECT to_regclass('session_backend.later') IS NULL") == f ]]
}

@test "a migration needs the line with the oldest release, and numbers have no gap" {
    schema_copy
    echo 'SELECT 1;' >"$SCHEMA_DIR/${NEXT}_bare.sql"
    run migrate
    status_is 1
    output_has 'oldest-release'
    rm "$SCHEMA_DIR/${NEXT}_bare.sql"
    printf -- '-- oldest-release: 1.0.0\nSELECT 1;\n' >"$SCHEMA_DIR/900_far.sql"
    run migrate
    status_is 1
    output_has "number $NEXT was expected"
    [[ $(relations) -eq 0 ]]
}

@test "a newer database is accepted down to its floor and refused beyond" {
    migrate
    sql "INSERT INTO session_backend.migrations VALUES ($(files) + 1, '999_newer.sql', 'x', '$(cat "$PROJECT/VERSION")')"
    run migrate
    status_is 0
    run migrate --status
    status_is 0
    sql "INSERT INTO session_backend.migrations VALUES ($(files) + 2, '999_newest.sql', 'x', '9.10.0')"
    for option in '' --dry-run --status; do
        run migrate $option
        status_is 1
        output_has 'too new: 999_newest.sql needs release 9.10.0'
    done
}

@test "a migration waits for a table that is locked, without holding up others for long" {
    migrate
    schema_copy
    printf -- '-- oldest-release: 1.0.0\nALTER TABLE session_backend.sessions ADD COLUMN later integer;\n' >"$SCHEMA_DIR/${NEXT}_alter.sql"
    sql 'BEGIN; LOCK TABLE session_backend.sessions IN ACCESS SHARE MODE; SELECT pg_sleep(60)' 3>&- &
    poll 30 holds_lock
    migrate 2>"$BATS_TEST_TMPDIR/out" 3>&- &
    local pid=$!
    poll 30 gave_up_once
    sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'session_backend.sessions'::regclass AND mode = 'AccessShareLock'" >/dev/null
    wait "$pid"
    grep -q "applied ${NEXT}_alter.sql" "$BATS_TEST_TMPDIR/out"
}
holds_lock() {
    [[ $(sql "SELECT count(*) FROM pg_locks WHERE relation = 'session_backend.sessions'::regclass AND mode = 'AccessShareLock' AND granted") -eq 1 ]]
}
gave_up_once() { grep -q 'lock timeout' "$CLUSTER/data/server.log"; }

@test "through a pooler: no lock, setting or statement outlives its transaction" {
    migrate
    [[ $(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") -eq 0 ]]
    run grep -nE 'pg_advisory_lock|PQexec.*"SET [^L]' "$PROJECT"/fcgi-app/migrate*.c
    status_is 1
}

@test "a database of another encoding is refused" {
    database_sql "$CLUSTER" -c "CREATE DATABASE ascii TEMPLATE template0 ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C'"
    DATABASE_URL="postgresql:///ascii?host=$CLUSTER&user=postgres" run migrate
    status_is 1
    output_has 'encoding must be UTF8'
}

@test "--wait: no database at all ends with one line that holds no secret" {
    mkdir "$BATS_TEST_TMPDIR/nobody"
    DATABASE_URL="postgresql://u:topsecret@/d?host=$BATS_TEST_TMPDIR/nobody" run migrate --wait 0
    status_is 1
    output_has 'cannot connect'
    output_lacks topsecret
    [[ ${#lines[@]} -eq 1 ]]
}

@test "--wait: a database that comes later is found" {
    database_stop "$CLUSTER"
    migrate --wait 60 2>"$BATS_TEST_TMPDIR/out" 3>&- &
    local pid=$!
    database_run "$CLUSTER"
    wait "$pid"
    grep -q 'applied 001_initial.sql' "$BATS_TEST_TMPDIR/out"
}

@test "wrong options are refused with a sentence" {
    run migrate --status --adopt
    status_is 1
    output_has 'at most one of'
    run migrate --wait soon
    status_is 1
    output_has '--wait takes a number'
    run migrate sideways
    status_is 1
    run migrate --help
    status_is 0
    output_has 'Usage:'
    run migrate --version
    status_is 0
    output_has "$(cat "$PROJECT/VERSION")"
}
