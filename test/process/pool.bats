#!/usr/bin/env bats
# The pool of workers: restarts, rolling restart, draining, orphans; under a load whose every acknowledged write is
# looked for afterwards.

load ../lib/server
load ../lib/http

setup_file() {
    server_start DRAIN_SECONDS=1 || return 1
    expect_restarts
    expect_errors 'the supervisor is gone'
}
teardown_file() { server_stop; }

load_start() { # NAME [options]
    LOAD_REPORT=$BATS_TEST_TMPDIR/report.json
    python3 "$PROJECT/test/lib/load.py" run "$SERVER_URL" "$LOAD_REPORT" --prefix "$1" "${@:2}" 3>&- &
    LOAD_PID=$!
}
load_end() {
    kill -TERM "$LOAD_PID"
    wait "$LOAD_PID"
}
fact() { jq -c ".$1" "$LOAD_REPORT"; }
nothing_lost() { python3 "$PROJECT/test/lib/load.py" verify "$SERVER_URL" "$LOAD_REPORT"; }
answered_more_than() { [ "$(metric "$1")" -gt "$2" ]; }
total() { curl -s "$SERVER_URL/health/metrics" | jq .application.requests_total; }
above() { (($(total) > $1)); }
more_requests() { poll 30 above $(($(total) + $1)); } # the load is at work
metric() { curl -s "$SERVER_URL/metrics" | sed -n "s/^session_backend_$1 //p"; }
alive_is() { [[ $(metric workers_alive) == "$1" ]]; }
workers_of_pool() { pgrep -P "$(service_pid supervisor)"; }

@test "workers come one a core twice over, or as told, with one health worker and one prober" {
    [ "$(workers_of_pool | wc -l)" -eq 6 ]
    [ "$(metric workers)" = 4 ]
    alive_is 4
    [ "$(metric database_connections)" = 4 ]
}

@test "HUP under load: not one failure, and every process is new" {
    local before pid
    before=$(workers_of_pool)
    load_start "$S" --connections 8
    more_requests 100
    service_signal supervisor HUP
    for pid in $before; do poll 30 test ! -e "/proc/$pid"; done
    poll 30 alive_is 4
    more_requests 100
    load_end
    [ "$(fact failed)" = 0 ]
    [ "$(fact unexpected)" = '[]' ]
    [ "$(fact answered)" -gt 200 ]
    nothing_lost
    [ "$(workers_of_pool | wc -l)" -eq 6 ]
}

@test "counters survive the rolling restart" {
    get /health
    local before
    before=$(curl -s "$SERVER_URL/health/metrics" | jq .application.requests_total)
    service_signal supervisor HUP
    sleep 0.3
    poll 30 alive_is 4
    [ "$(curl -s "$SERVER_URL/health/metrics" | jq .application.requests_total)" -gt "$before" ]
}

@test "kill -9 of workers: only what was in their hands fails, the pool is back, nothing acknowledged is lost" {
    load_start "$S" --connections 8
    more_requests 50
    for _ in 1 2 3 4 5 6; do
        sleep 0.2
        kill -9 "$(workers_of_pool | shuf -n 1)"
    done
    poll 30 alive_is 4
    load_end
    [ "$(fact unexpected)" = '[]' ]
    [ "$(fact failed)" -le 12 ]
    [ "$(fact answered)" -gt 50 ]
    nothing_lost
}

@test "a worker that ends is replaced at once" {
    local victim restarts
    restarts=$(metric worker_restarts_total)
    victim=$(workers_of_pool | tail -n 1)
    kill -9 "$victim"
    poll 30 test ! -e "/proc/$victim"
    poll 30 answered_more_than worker_restarts_total "$restarts"
    poll 30 alive_is 4
}

newest_worker() { pgrep -n -x worker -P "$(service_pid supervisor)"; }
another_worker() { ! grep -qx "$(newest_worker)" <<<"$KNOWN"; }

@test "a worker that dies before it is ready is replaced after a while, and a longer one each time" {
    local postmaster wait
    expect_errors 'ended before it was ready'
    if grep 'ended before it was ready' "$SERVER_DIR/supervisor.log" >&2; then false; fi # those above were replaced at once
    postmaster=$(head -n 1 "$SERVER_DIR/data/postmaster.pid")
    kill -STOP "$postmaster" # who connects now waits, and is not ready
    KNOWN=$(workers_of_pool)
    kill -9 "$(newest_worker)"
    for wait in 100 200; do
        poll 20 another_worker || { kill -CONT "$postmaster"; false; }
        KNOWN+=$'\n'$(newest_worker)
        kill -9 "$(newest_worker)"
        poll 20 grep -q "ended before it was ready; the next one starts in $wait ms" "$SERVER_DIR/supervisor.log" || { kill -CONT "$postmaster"; false; }
    done
    kill -CONT "$postmaster"
    poll 30 alive_is 4
}

@test "drain: answers say Connection: close until it is over" {
    get /health
    header_absent Connection
    touch "$RUN_DIR/drain"
    closing() { curl -si "$SERVER_URL/health" | grep -qi '^connection: close'; }
    poll 30 closing
    get "$API/sessions"
    header_is Connection close
    rm "$RUN_DIR/drain"
    not_closing() { ! closing; }
    poll 30 not_closing
}

@test "session-backend drain waits DRAIN_SECONDS and leaves the service draining" {
    local began=$SECONDS
    env "RUN_DIR=$RUN_DIR" DRAIN_SECONDS=1 "$BUILD_DIR/session-backend" drain
    [ $((SECONDS - began)) -ge 1 ]
    [ -e "$RUN_DIR/drain" ]
    rm "$RUN_DIR/drain"
}

@test "TERM to all of it under load: what was begun is answered, then nobody is there" {
    load_start "$S" --connections 8 --pause 0.01
    more_requests 50
    service_signal lighttpd TERM
    service_signal supervisor TERM # workers go last by themselves
    poll 30 service_ended lighttpd
    poll 30 service_ended supervisor
    load_end
    # A connection that is refused has lost nothing; any other failure has.
    [ "$(jq -c '.failures | del(.["cut: ConnectionRefusedError"])' "$LOAD_REPORT")" = '{}' ]
    [ "$(fact answered)" -gt 20 ]
    [ "$(<"$SERVER_DIR/lighttpd.status")" = 0 ]
    [ "$(<"$SERVER_DIR/supervisor.status")" = 0 ]
    service_gone
    KEEP_PORT=$SERVER_PORT service_start DRAIN_SECONDS=1
    nothing_lost
}

@test "TERM to the pool alone: it waits for lighttpd no longer than SHUTDOWN_TIMEOUT, then ends and starts nobody" {
    service_end
    KEEP_PORT=$SERVER_PORT service_start SHUTDOWN_TIMEOUT=1
    service_signal supervisor TERM
    poll 30 service_ended supervisor
    if grep 'cannot start a process' "$SERVER_DIR/supervisor.log" >&2; then false; fi
    service_end
    KEEP_PORT=$SERVER_PORT service_start DRAIN_SECONDS=1
}

@test "kill -9 of serve: its pool sees that lighttpd is gone, and ends long before SHUTDOWN_TIMEOUT" {
    local directory=$SERVER_DIR/alone keeper pool
    mkdir "$directory"
    env "RUN_DIR=$directory" "PORT=$(server_free_port)" WORKERS=1 SHUTDOWN_TIMEOUT=600 "CONF_DIR=$PROJECT/conf" \
        "$BUILD_DIR/session-backend" serve >"$directory.log" 2>&1 3>&- &
    keeper=$!
    poll 30 test -S "$directory/health.sock"
    pool=$(pgrep -P "$keeper" -x session-backend)
    kill -9 "$keeper"
    poll 30 test ! -e "/proc/$pool" || { kill -9 "$pool"; false; }
    rm -r "$directory"
}

@test "the workers do not outlive the supervisor" {
    local pids pid
    pids=$(workers_of_pool)
    service_signal supervisor KILL
    for pid in $pids; do poll 30 test ! -e "/proc/$pid"; done
    get "$API/sessions"
    error_is 503 ServiceUnavailableError "No worker could answer; try again"
    header_is Retry-After 1
    get /health
    status_is 503
    service_kill
    poll 30 service_ended lighttpd
    KEEP_PORT=$SERVER_PORT service_start
}
