#!/usr/bin/env bats
# The program's role: plain, owns nothing, may do what the program does and no more.

load schema

setup_file() { schema_start; }
teardown_file() { schema_stop; }
setup() {
    schema_database
    export MIGRATE_ROLE=worker$BATS_TEST_NUMBER
}

rights() { # TABLE: of the role
    sql "SELECT string_agg(p, ' ' ORDER BY p) FROM unnest(ARRAY['DELETE','INSERT','SELECT','TRUNCATE','UPDATE']) AS p
         WHERE has_table_privilege('$MIGRATE_ROLE', 'session_backend.$1', p)"
}

@test "--create-role makes a plain role, as often as it is asked" {
    MIGRATE_PASSWORD=one run migrate --create-role
    status_is 0
    [[ $(sql "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = '$MIGRATE_ROLE'") == 't|f|f|f|f|f' ]]
    local first second
    first=$(sql "SELECT rolpassword FROM pg_authid WHERE rolname = '$MIGRATE_ROLE'")
    [[ $first == SCRAM-SHA-256* ]]
    MIGRATE_PASSWORD=two run migrate --create-role
    status_is 0
    second=$(sql "SELECT rolpassword FROM pg_authid WHERE rolname = '$MIGRATE_ROLE'")
    [[ $second == SCRAM-SHA-256* && $second != "$first" ]]
}

@test "ten at once make the role" {
    local pids=() pid failed=0
    for _ in {1..10}; do
        MIGRATE_PASSWORD=x migrate --wait 30 --create-role 2>/dev/null 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
    [[ $failed -eq 0 ]]
}

@test "the password never reaches PostgreSQL in plain" {
    sql "ALTER SYSTEM SET log_statement = 'all'" && sql 'SELECT pg_reload_conf()' >/dev/null
    poll 30 logs_all
    MIGRATE_PASSWORD=verysecretword migrate --create-role
    sql 'ALTER SYSTEM RESET log_statement' && sql 'SELECT pg_reload_conf()' >/dev/null
    run grep -c 'ALTER ROLE' "$CLUSTER/data/server.log"
    status_is 0
    run grep -c verysecretword "$CLUSTER/data/server.log"
    status_is 1
}
logs_all() { [[ $(sql 'SHOW log_statement') == all ]]; }

@test "it reads and writes every table, and only reads the migrations" {
    migrate --create-role
    local table
    for table in $(sql "SELECT relname FROM pg_class WHERE relnamespace = 'session_backend'::regnamespace AND relkind = 'r'"); do
        echo "$table: $(rights "$table")"
        if [[ $table == migrations ]]; then
            [[ $(rights "$table") == SELECT ]]
        else
            [[ $(rights "$table") == 'DELETE INSERT SELECT UPDATE' ]]
        fi
    done
}

@test "it owns nothing, changes no table and makes none" {
    migrate --create-role
    [[ $(sql "SELECT count(*) FROM pg_shdepend AS d JOIN pg_roles AS r ON r.oid = d.refobjid WHERE r.rolname = '$MIGRATE_ROLE' AND d.deptype = 'o'") -eq 0 ]]
    for command in 'ALTER TABLE session_backend.sessions ADD COLUMN x integer' 'CREATE TABLE session_backend.x (a integer)' \
        'DROP TABLE session_backend.messages' 'TRUNCATE session_backend.messages' 'DELETE FROM session_backend.migrations'; do
        run sql_as "$MIGRATE_ROLE" "$command"
        [[ $status -ne 0 ]]
    done
}

@test "it may run the migration program when there is nothing to apply" {
    migrate --create-role
    unset MIGRATE_ROLE
    DATABASE_URL=$(schema_url "worker$BATS_TEST_NUMBER") run migrate
    status_is 0
    output_has 'up to date'
}

@test "tables of later migrations are granted without a word" {
    migrate --create-role
    schema_copy
    printf -- '-- oldest-release: 1.0.0\nCREATE TABLE session_backend.later (a integer);\n' >"$SCHEMA_DIR/${NEXT}_later.sql"
    env -u MIGRATE_ROLE "$BUILD_DIR/session-backend-migrate"
    [[ $(rights later) == 'DELETE INSERT SELECT UPDATE' ]]
}

@test "MIGRATE_ROLE grants to a role that is there, and refuses one that is not" {
    run migrate
    status_is 1
    output_has "there is no role \"$MIGRATE_ROLE\""
    sql "CREATE ROLE $MIGRATE_ROLE LOGIN"
    run migrate
    status_is 0
    [[ $(rights messages) == 'DELETE INSERT SELECT UPDATE' ]]
}

@test "ten at once grant to a role that is there" {
    local pids=() pid failed=0
    sql "CREATE ROLE $MIGRATE_ROLE LOGIN"
    env -u MIGRATE_ROLE "$BUILD_DIR/session-backend-migrate" # else the first migration has them come one behind the other
    for _ in {1..10}; do
        migrate --wait 30 2>>"$BATS_TEST_TMPDIR/out" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
    grep -v 'up to date' "$BATS_TEST_TMPDIR/out" || :
    [[ $failed -eq 0 ]]
    [[ $(rights messages) == 'DELETE INSERT SELECT UPDATE' ]]
}

@test "a role with an odd name is quoted" {
    MIGRATE_ROLE='Odd "role"; DROP' run migrate --create-role
    status_is 0
    [[ $(sql "SELECT count(*) FROM pg_roles WHERE rolname = 'Odd \"role\"; DROP'") -eq 1 ]]
}

@test "a role that owns a schema made for it migrates by itself" {
    local role=worker$BATS_TEST_NUMBER
    unset MIGRATE_ROLE
    sql "CREATE ROLE $role LOGIN"
    sql "CREATE SCHEMA session_backend AUTHORIZATION $role"
    DATABASE_URL=$(schema_url "$role") run migrate
    status_is 0
    MIGRATE_ROLE=$role DATABASE_URL=$(schema_url "$role") run migrate
    status_is 0
}
