# shellcheck shell=bash
# faults.bash: faults of PostgreSQL, and a load that goes on meanwhile. For test/process/faults.bats (short) and
# scripts/torture (long). Needs server.bash; FAULT_SECONDS says how long each fault lasts, LOAD_CONNECTIONS how many load.

FAULT_SECONDS=${FAULT_SECONDS:-2}
LOAD_CONNECTIONS=${LOAD_CONNECTIONS:-8}
LOAD_PAUSE=${LOAD_PAUSE:-0.02}

load_begin() { # NAME
    LOAD_REPORT=$SERVER_DIR/load-$1.json
    python3 "$PROJECT/test/lib/load.py" run "$SERVER_URL" "$LOAD_REPORT" --prefix "$1" --connections "$LOAD_CONNECTIONS" \
        --pause "$LOAD_PAUSE" --health 3>&- &
    LOAD_PID=$!
    poll 60 load_is_at_work $(($(requests_answered) + 10 * LOAD_CONNECTIONS))
}
load_is_at_work() { (($(requests_answered) > $1)); }
requests_answered() { curl -s "$SERVER_URL/health/metrics" | jq .application.requests_total; }
load_finish() {
    kill -TERM "$LOAD_PID"
    wait "$LOAD_PID"
}
load_fact() { jq -c ".$1" "$LOAD_REPORT"; }
load_lost_nothing() { python3 "$PROJECT/test/lib/load.py" verify "$SERVER_URL" "$LOAD_REPORT"; }

# What holds in every row of docs/faults.md. The bounds are generous: machines that test are busy.
load_is_as_promised() {
    local wrong=0
    [[ $(load_fact unexpected) == '[]' ]] || wrong=1                                # no 500, no 503 without Retry-After
    [[ $(load_fact health_failures) == 0 ]] || wrong=1                              # /health answers all along
    [[ $(jq '[.failures | keys[] | select(startswith("cut"))] | length' "$LOAD_REPORT") == 0 ]] || wrong=1
    (($(jq '.refused_worst_ms | floor' "$LOAD_REPORT") < ${REFUSED_MS:-8000})) || wrong=1
    (($(jq '.health_p99_ms | floor' "$LOAD_REPORT") < ${HEALTH_MS:-2000})) || wrong=1
    if ((wrong)); then jq -c 'del(.agents)' "$LOAD_REPORT" >&2; fi
    return "$wrong"
}

status_of() { curl -s -m 30 -o "$SERVER_DIR/answer" -D "$SERVER_DIR/answer.head" -w '%{http_code}' "${@:2}" "$SERVER_URL$1"; }
probe_is() { [[ $(status_of /health/db) == "$1" ]]; }
write_status() { # of a small write
    status_of /api/v1/sessions -H 'Content-Type: application/json' -d "{\"session_id\":\"w-$RANDOM$RANDOM\"}"
}

postmaster() { head -n 1 "$1/data/postmaster.pid"; }
database_is_back() { database_sql "$SERVER_DIR" -c 'SELECT 1' >/dev/null 2>&1; }

# After the fault: a second passes without a request, so that one may try whatever is believed; the database itself
# answers; then the first request must succeed.
recovered() { # COMMAND...: ends the fault
    sleep 1.1
    "$@"
    poll 60 database_is_back
    [[ $(status_of '/api/v1/sessions?page_size=1&total=false') == 200 ]] || { cat "$SERVER_DIR/answer" >&2; return 1; }
    poll 60 probe_is 200
    load_lost_nothing
}

fault_pause() { kill -STOP "$(postmaster "$SERVER_DIR")" $(pgrep -P "$(postmaster "$SERVER_DIR")"); }
fault_continue() { kill -CONT $(pgrep -P "$(postmaster "$SERVER_DIR")") "$(postmaster "$SERVER_DIR")"; }

fault_terminate_all() { # every half second, for the time of the fault
    local end=$((SECONDS + FAULT_SECONDS))
    while ((SECONDS <= end)); do
        database_sql "$SERVER_DIR" -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'session_backend'" >/dev/null
        sleep 0.5
    done
}

lock_begin() { # TABLE: in a session of its own
    mkfifo "$SERVER_DIR/lock.in"
    database_sql "$SERVER_DIR" <"$SERVER_DIR/lock.in" >"$SERVER_DIR/lock.out" 2>&1 3>&- &
    LOCK_PID=$!
    exec 9>"$SERVER_DIR/lock.in"
    echo "BEGIN; LOCK TABLE session_backend.$1 IN ACCESS EXCLUSIVE MODE; SELECT 'locked';" >&9
    poll 30 grep -q locked "$SERVER_DIR/lock.out"
}
lock_end() {
    echo 'ROLLBACK;' >&9
    exec 9>&-
    wait "$LOCK_PID"
    rm "$SERVER_DIR/lock.in"
}
