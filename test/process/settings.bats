#!/usr/bin/env bats
# Settings: one table, one clear line for each that is wrong, no secret anywhere. No server is started.

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    export PROGRAM=${BUILD_DIR:-$PWD/build}/session-backend
}

check() { run env -i "PATH=$PATH" LOG_FORMAT=text "$@" "$PROGRAM" -n; }

refused() { # NAME VALUE: exit status 1 and one line that names it
    check "$1=$2"
    [ "$status" -eq 1 ]
    [ "$(grep -c CRITICAL <<<"$output")" -eq 1 ]
    [[ $output == *" $1: "* ]]
}

@test "without any setting -n is content" {
    check A=B
    [ "$status" -eq 0 ]
    [[ $output == *"taken from libpq's own PG* variables"* ]]
}

@test "an empty variable is an unset one" {
    local name settings=()
    for name in $("$PROGRAM" --help | sed -nE 's/^  ([A-Z_]+) .*/\1/p'); do
        [[ $name == LOG_FORMAT ]] || settings+=("$name=")
    done
    [ "${#settings[@]}" -gt 20 ]
    check "${settings[@]}"
    [ "$status" -eq 0 ]
}

@test "a wrong value is one clear line that names the variable" {
    refused PORT 0
    refused PORT 65536
    refused PORT 80x
    refused PORT ' 80'
    refused PORT -1
    refused BIND localhost
    refused TLS_CERTIFICATE /nowhere/there.pem
    refused WORKERS 0
    refused WORKERS 513
    refused WORKERS 99999999999999999999
    refused MAX_BODY_BYTES 1e6
    refused MAX_BODY_BYTES 1
    refused REQUEST_TIMEOUT 0
    refused CONNECT_TIMEOUT 61
    refused DRAIN_SECONDS -1
    refused SHUTDOWN_TIMEOUT 0
    refused AUTH_TOKENS_FILE /nowhere/tokens
    refused METRICS_TOKEN_REQUIRED maybe
    refused METRICS_TOKEN_REQUIRED true # without AUTH_TOKENS_FILE
    refused LOG_LEVEL LOUD
    refused SLOW_MS soon
    refused RUN_DIR relative/path
    refused RUN_DIR "/$(printf 'x%.0s' {1..120})"
    refused POSTGRES_PORT many
    check LOG_FORMAT=xml
    [ "$status" -eq 1 ]
    [[ $output == *"LOG_FORMAT: must be one of json or text"* ]]
}

@test "levels are taken in any case" {
    local level
    for level in debug Info WARNING eRRor CRITICAL; do
        check "LOG_LEVEL=$level"
        [ "$status" -eq 0 ]
    done
}

@test "a line says where the database is taken from, without secrets" {
    check DATABASE_URL='postgresql://user:verysecret@host/db'
    [ "$status" -eq 0 ]
    [[ $output == *"the database is taken from DATABASE_URL"* ]]
    [[ $output != *verysecret* ]]
    check POSTGRES_HOST=h POSTGRES_PASSWORD=verysecret
    [[ $output == *"the database is taken from POSTGRES_*"* ]]
    [[ $output != *verysecret* ]]
    check DATABASE_URL='postgresql://user@host/db' POSTGRES_HOST=h
    [[ $output == *"the database is taken from DATABASE_URL"* ]]
}

@test "postgresql+asyncpg:// means the same; driver options are ignored with a line each" {
    check DATABASE_URL='postgresql+asyncpg://u:verysecret@h/db?ssl=require&prepared_statement_cache_size=0&connect_timeout=3'
    [ "$status" -eq 0 ]
    [[ $output == *"the driver option 'prepared_statement_cache_size' means nothing here and is ignored"* ]]
    [ "$(grep -c ignored <<<"$output")" -eq 1 ]
    [[ $output != *verysecret* ]]
}

@test "postgresql+asyncpg:// with a ? in its password: it is not cut there, and no log shows a piece of it" {
    check DATABASE_URL='postgresql+asyncpg://u:very?secret@h/db?statement_cache_size=0'
    [ "$status" -eq 0 ]
    [[ $output == *"the driver option 'statement_cache_size' means nothing here and is ignored"* ]]
    [[ $output != *very* && $output != *secret* ]]
    check DATABASE_URL='postgresql+asyncpg://u:1/very?secret&secret=1@h/db' # only percent-encoded could it be understood
    [[ $output == *"means nothing here"* && $output != *very* && $output != *secret* ]]
}

@test "several hosts and target_session_attrs are taken" {
    check DATABASE_URL='postgresql://u@one:5432,two:5433/db?target_session_attrs=read-write'
    [ "$status" -eq 0 ]
}

@test "a wrong DATABASE_URL is one line without its parts" {
    local url
    for url in 'mysql://u:verysecret@h/db' 'postgresql://u:very%zzsecret@h/db' 'postgresql://u:verysecret@h/db?nonsense=1' \
        'postgresql://u:verysecret@h:99999/db'; do
        check "DATABASE_URL=$url"
        [ "$status" -eq 1 ]
        [ "$(grep -c CRITICAL <<<"$output")" -eq 1 ]
        [[ $output != *verysecret* && $output != *secret@h* ]]
    done
}

@test "--help lists every setting once, with its default; --version and --routes print" {
    run "$PROGRAM" --help
    [ "$status" -eq 0 ]
    [[ $output == *"MAX_BODY_BYTES"*"default: 33554432 bytes"* ]]
    [ -z "$(sed -nE 's/^  ([A-Z_]+) .*/\1/p' <<<"$output" | sort | uniq -d)" ]
    [ "$(grep -cE '^  [A-Z_]+ ' <<<"$output")" -eq "$(grep -c 'default: ' <<<"$output")" ]
    run "$PROGRAM" --version
    [ "$status" -eq 0 ]
    [[ $output =~ ^session-backend\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    run "$PROGRAM" --routes
    [[ $output == *"GET /api/v1/sessions/{session_id}"* ]]
}

@test "an unknown argument is refused" {
    run "$PROGRAM" --nonsense
    [ "$status" -eq 2 ]
    run "$PROGRAM" -n extra
    [ "$status" -eq 2 ]
}

@test "without a listening socket the pool says how it wants to be started" {
    run env LOG_FORMAT=text RUN_DIR="$BATS_TEST_TMPDIR" "$PROGRAM" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"start me as 'spawn-fcgi -n"* ]]
}
