#!/usr/bin/env bats
# Health and metrics: contract 1.4. Faults of the database have tests of their own.

load ../lib/server
load ../lib/http

setup_file() { server_start; }
teardown_file() { server_stop; }

@test "/health and /health/live answer healthy and alive with the service's check" {
    local path
    for path in /health /health/live; do
        get "$path"
        status_is 200
        header_is Content-Type application/json
        json_is '[keys_unsorted[]] | sort' '["checks","status","timestamp","version"]'
        json_is .status "$([[ $path == /health ]] && echo '"healthy"' || echo '"alive"')"
        json_is '.checks|keys' '["service"]'
        json_is '.checks.service.status,(.checks.service.message|type)' $'"healthy"\n"string"'
        json_is '.timestamp|test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}\\+00:00$")' true
        json_is .version "\"$("$BUILD_DIR/session-backend" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+[^ ,)]*' | head -n 1)\""
    done
}

@test "/health/db tells status, time and connections of the database" {
    get /health/db
    status_is 200
    header_is Content-Type application/json
    json_is .checks.database.status '"healthy"'
    json_is '.checks.database|(.response_time_ms|type),(.connection_pool|type),(.message|type)' $'"number"\n"object"\n"string"'
}

@test "/health/ready is ready with both checks" {
    get /health/ready
    status_is 200
    json_is '.status,.checks.service.status,.checks.database.status' $'"ready"\n"healthy"\n"healthy"'
}

@test "a database that takes no writes is healthy with writable false, and writes are 503 then" {
    new_session "$S"
    expect_errors '25006|read-only|read_only'
    database_sql "$SERVER_DIR" -c 'ALTER SYSTEM SET default_transaction_read_only = on' -c 'SELECT pg_reload_conf()'
    refused() {
        get /health/db && [[ $STATUS == 200 && $(json .checks.database.writable) == false ]] \
            && post "$API/sessions" "{\"session_id\":\"$S-2\"}" && [[ $STATUS == 503 ]]
    }
    poll 30 refused || fail "still writable"
    header_matches Retry-After '^[0-9]+$'
    json_is .detail.error '"ServiceUnavailableError"'
    get "$API/sessions/$S"
    status_is 200
    get /health/ready
    status_is 200
    database_sql "$SERVER_DIR" -c 'SET default_transaction_read_only = off' -c 'ALTER SYSTEM RESET default_transaction_read_only' \
        -c 'SELECT pg_reload_conf()'
    taken() { put "$API/sessions/$S" '{}' && [[ $STATUS == 200 ]]; }
    poll 30 taken || fail "not writable again"
}

@test "/health/metrics has all its members, and requests_total counts requests" {
    local before
    get /health/metrics
    status_is 200
    header_is Content-Type application/json
    json_is '[.application|has("requests_total","requests_by_status","errors_total","average_response_time_ms")]|all' true
    json_is '.system.memory_usage_bytes > 100000' true
    json_is '(.database.status|type),(.database.connection_pool|type),(.timestamp|type)' $'"string"\n"object"\n"string"'
    before=$(json .application.requests_total)
    get "$API/sessions/none"
    get "$API/sessions/none"
    counted() { get /health/metrics && [[ $(json .application.requests_total) -ge $((before + 2)) ]]; }
    poll 10 counted || fail "not counted"
    json_is '.application.requests_by_status["404"] >= 2' true
    json_is '.application.errors_total >= 2' true
}

@test "/metrics is in the Prometheus text format, with the same facts" {
    get "$API/sessions/none"
    get /metrics
    status_is 200
    header_matches Content-Type '^text/plain; version=0\.0\.4'
    python3 "$PROJECT/test/lib/prometheus.py" "$BODY"
    body_has '# TYPE '
}

@test "labels of the metrics are bounded whatever clients send" {
    local i before
    get /metrics
    before=$(grep -vc '^#' "$BODY")
    for i in {1..30}; do
        get "/$S-$i/x"
        get "$API/sessions/$S-$i"
    done
    send BREW /health
    get /metrics
    body_lacks "$S"
    (($(grep -vc '^#' "$BODY") < before + 60)) || fail "$before lines became $(grep -vc '^#' "$BODY")"
}

@test "no host name, connection string or role in any of them" {
    local path word
    for path in /health /health/live /health/db /health/ready /health/metrics /metrics; do
        get "$path"
        for word in "$SERVER_DIR" postgresql:// "$(hostname)x" 'user='; do body_lacks "$word"; done
    done
}
