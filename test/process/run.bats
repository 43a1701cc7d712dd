#!/usr/bin/env bats
# make run (scripts/run): a private cluster, one clear line for each failure, nothing left behind.

load ../lib/server

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    DIR=$(mktemp -d "${TMPDIR:-/tmp}/session-backend-run.XXXXXX")
    chmod 0755 "$DIR"
    export DIR DATA_DIR=$DIR/data
    unset DATABASE_URL POSTGRES_HOST RUN_DIR
    PORT=$(server_free_port)
    export PORT
}

teardown_file() {
    local left
    left=$(our_processes)
    for pid in $left; do kill -9 "$pid"; done
    rm -rf "$DIR"
    [ -z "$left" ]
}

teardown() { # whatever a failed test left running
    if [[ -n ${RUN:-} && -d /proc/$RUN ]]; then
        kill -TERM "$RUN"
        poll 30 gone "$RUN" || kill -9 "$RUN"
    fi
}

our_processes() { # by the directory in their environment or arguments; not the tests' own
    local pid
    for pid in $(pgrep -f "$DATA_DIR|$PWD/build/session-backend" || :); do
        if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "DATA_DIR=$DATA_DIR" \
            && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qE 'session-backend|postgres|lighttpd'; then echo "$pid"; fi
    done
}
# shellcheck disable=SC2143 # grep -q would end early, and the pipe break under what it reads from
nothing_runs() { [ -z "$(our_processes | grep -vx "${BATS_ROOT_PID:-0}")" ]; }
gone() { [ ! -d "/proc/$1" ] || grep -qs '^State:[[:space:]]Z' "/proc/$1/status"; }
says() { grep -q "$1" "$DIR/out"; }
started_or_ended() { says 'Ctrl-C stops everything' || gone "$RUN"; }

start() { # settings: in the background, as `make run` calls it
    : >"$DIR/out" # what an earlier run said must not be taken for this one's
    env --default-signal=INT "$@" scripts/run >"$DIR/out" 2>&1 3>&- & # a shell lets its background ignore INT
    RUN=$!
    poll 400 started_or_ended # it may have to build first
    says 'Ctrl-C stops everything' || { cat "$DIR/out" >&2; return 1; }
    SERVICE=$(pgrep -P "$RUN" -f 'session-backend serve')
}

stopped_clean() { # nothing of it is left: process, socket, temporary file
    local pid
    for pid in $SERVICE $CHILDREN; do poll 30 gone "$pid"; done
    [ ! -e "$DATA_DIR/run" ]
    [ -z "$(find "$DATA_DIR" -type s)" ]
    run curl -s "http://127.0.0.1:$PORT/health"
    [ "$status" -eq 7 ]
}
remember_children() { CHILDREN=$(pgrep -P "$SERVICE"; pgrep -P "$RUN" postgres; pgrep -P "$(pgrep -P "$SERVICE" -x session-backend | head -n 1)" || :); }

fails_with() { # REGEX settings: one line, exit status not 0
    local regex=$1
    shift
    run env "$@" scripts/run
    [ "$status" -ne 0 ]
    [[ ${lines[-1]} =~ $regex ]] || { echo "$output"; return 1; }
    [ "$(grep -cE "$regex" <<<"$output")" -eq 1 ]
    [ ! -e "$DATA_DIR/run" ]
}

@test "it starts from nothing, prints addresses and a curl that works when pasted; Ctrl-C leaves nothing" {
    start A=B
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$PORT/health/db")" = 200 ]
    local pasted answer
    pasted=$(grep -E '^ *curl ' "$DIR/out")
    answer=$(bash -c "$pasted")
    [[ $answer == '{"session_id":"first-'* ]]
    curl -sf -o /dev/null "http://localhost:$PORT/docs"
    [ "$(ps -o user= -p "$(pgrep -P "$RUN" postgres)")" != root ]
    [ "$(ps -o user= -p "$SERVICE")" != root ] || [ "$EUID" -ne 0 ]
    remember_children
    kill -INT "$RUN"
    wait "$RUN"
    stopped_clean
    says 'stopped'
}

@test "the second start finds the data of the first, and is quick" {
    local began=${EPOCHREALTIME/./}
    start A=B
    [ $((${EPOCHREALTIME/./} - began)) -lt 40000000 ] # under two seconds on a machine at rest
    [ "$(curl -s "http://localhost:$PORT/api/v1/sessions" | jq .total)" -ge 1 ]
    local sockets
    sockets=$(find "$DATA_DIR/run" -name '.s.PGSQL*' -type s -printf '%h')
    [ "$(psql -X -A -t -h "$sockets" -U postgres -d session_backend -c 'SHOW fsync' -c 'SHOW synchronous_commit' -c 'SHOW listen_addresses')" = $'on\non\n' ] \
        || [ "$(psql -X -A -t -h "$sockets" -U postgres -d session_backend -c "SELECT current_setting('fsync') || current_setting('synchronous_commit') || current_setting('listen_addresses')")" = onon ]
    # a second one beside it
    fails_while_running 'in use' A=B
    fails_while_running "another 'make run' uses" "PORT=$(server_free_port)"
    kill -TERM "$RUN"
    wait "$RUN"
}

fails_while_running() {
    local regex=$1
    shift
    run env "$@" scripts/run
    [ "$status" -ne 0 ]
    [[ ${lines[-1]} =~ $regex ]]
}

@test "kill -9 of the supervisor: one line, and everything stops" {
    start A=B
    remember_children
    kill -9 "$(pgrep -P "$SERVICE" -x session-backend)"
    run wait "$RUN"
    poll 60 gone "$RUN"
    says 'run: the pool of workers was ended by signal 9; stopping everything'
    stopped_clean
}

@test "kill -9 of lighttpd: one line, and everything stops" {
    start A=B
    remember_children
    kill -9 "$(pgrep -P "$SERVICE" -x lighttpd)"
    poll 60 gone "$RUN"
    says 'run: lighttpd was ended by signal 9; stopping everything'
    stopped_clean
}

@test "kill -9 of PostgreSQL or of make run itself: everything stops" {
    start A=B
    remember_children
    kill -9 "$(pgrep -P "$RUN" postgres)"
    poll 60 gone "$RUN"
    says 'run: PostgreSQL ended by itself; stopping everything'
    stopped_clean
    start A=B
    remember_children
    kill -9 "$RUN"
    for pid in $SERVICE $CHILDREN; do poll 60 gone "$pid"; done
    rm -rf "$DATA_DIR/run" # nobody was left to remove it
}

@test "one clear line for a wrong setting, a port in use, an unreachable database, an unwritable folder" {
    fails_with 'WORKERS: must be a whole number' WORKERS=many
    fails_with 'LOG_LEVEL: must be one of' LOG_LEVEL=loud
    fails_with 'AUTH_TOKENS_FILE: cannot read' AUTH_TOKENS_FILE=/nowhere
    fails_with 'DATABASE_URL: must begin with' DATABASE_URL=mysql://x
    fails_with 'DATA_DIR: cannot create' DATA_DIR=/proc/nowhere
    fails_with '(not|cannot|refused|could|no )' DATABASE_URL=postgresql://127.0.0.1:1/x
    python3 -c 'import socket, time, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); time.sleep(60)' "$PORT" 3>&- &
    local listener=$! status
    poll 30 taken
    fails_with "PORT: port $PORT is in use" A=B
    kill "$listener"
}
taken() { (exec 4<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

@test "with DATABASE_URL no private cluster is made" {
    local database=$DIR/other
    mkdir "$database"
    # shellcheck disable=SC2034 # database_start reads it
    (TEST_TEMPLATE='' && database_start "$database" && echo "$DATABASE_URL" >"$DIR/url")
    start "DATABASE_URL=$(<"$DIR/url")" "DATA_DIR=$DIR/without"
    [ ! -e "$DIR/without/postgresql" ]
    [ "$(curl -s "http://localhost:$PORT/api/v1/sessions" | jq .total)" = 0 ]
    kill -TERM "$RUN"
    wait "$RUN"
    database_stop "$database"
}
