#!/usr/bin/env bats
# What needs no database is answered without one: contract 1.3 (judging), 1.4. The faults themselves have tests elsewhere.

load ../lib/server
load ../lib/http

away() { [[ $(curl -s -o /dev/null -w '%{http_code}' "$SERVER_URL/health/db") == 503 ]]; }

setup_file() {
    TOKENS=$(mktemp "${TMPDIR:-/tmp}/session-backend-tokens.XXXXXX")
    export TOKENS
    printf 'reader:%s:read:\nwriter:%s:write:\n' "$(printf reads | sha256sum | cut -d ' ' -f 1)" \
        "$(printf writes | sha256sum | cut -d ' ' -f 1)" >"$TOKENS"
    server_start || return 1
    new_conversation known a 1
    database_stop "$SERVER_DIR"
    poll 30 away || { echo "the database was not missed" >&3; return 1; }
}
teardown_file() {
    local status=0
    database_run "$SERVER_DIR"
    poll 30 service_answers || status=1
    server_stop || status=1
    rm -f "$TOKENS"
    return "$status"
}

unavailable() {
    error_is 503 ServiceUnavailableError "$(jq -r .detail.message "$BODY")"
    header_matches Retry-After '^[0-9]+$'
}

@test "reads and writes are 503 with Retry-After" {
    get "$API/sessions"
    unavailable
    get "$API/sessions/known/agents/a"
    unavailable
    post "$API/sessions" '{"session_id":"x"}'
    unavailable
    put "$API/sessions/known" '{}'
    unavailable
    delete "$API/sessions/known"
    unavailable
    get "$API/storage/x"
    unavailable
    send PUT "$API/storage/x" x
    unavailable
    get "$API/storage"
    unavailable
}

@test "404 of the path, 405, 413, 415 and 422 are as ever" {
    get /api/v1/nothing
    status_is 404
    post "$API/sessions/known" '{}'
    status_is 405
    post "$API/sessions" '{}' -H 'Content-Encoding: gzip'
    status_is 415
    post "$API/sessions" '{"session_id":"a/b"}'
    faults_are 'value_error body.session_id'
    post "$API/sessions" '{'
    status_is 422
    get "$API/sessions?page=0"
    faults_are 'greater_than_equal query.page'
    get "$API/sessions/known/agents/a/messages/x"
    faults_are 'int_parsing path.message_id'
    get "$API/storage/a//b"
    faults_are 'value_error path.key'
    get "$API/sessions?cursor=nonsense"
    status_is 422
    post "$API/sessions/known/agents/a/messages" '[{}]'
    faults_are 'missing body.0.message_id' 'missing body.0.message'
    head -c 33554433 /dev/zero >"$BATS_TEST_TMPDIR/large"
    post "$API/sessions" "@$BATS_TEST_TMPDIR/large"
    status_is 413
}

@test "health, metrics and documentation are answered, and readiness says why not" {
    local path
    for path in /health /health/live /health/metrics /metrics /docs /redoc /openapi.json; do
        get "$path"
        status_is 200
    done
    get /health/db
    status_is 503
    json_is '.detail.status,.detail.checks.database.status' $'"unhealthy"\n"unhealthy"'
    get /health/ready
    status_is 503
    json_is '.detail.status,.detail.checks.service.status,.detail.checks.database.status' $'"not ready"\n"healthy"\n"unhealthy"'
    get /health/metrics
    json_is '.database.status != "healthy"' true
}

@test "what is said of the database names no host, user, socket or inner text" {
    local path word
    for path in /health/db /health/ready /health/metrics /metrics "$API/sessions"; do
        get "$path"
        for word in "$SERVER_DIR" 'postgresql://' 'user=' 'No such file' 'Connection refused' libpq 'FATAL' 'role '; do body_lacks "$word"; done
    done
}

@test "tokens are judged without the database" {
    service_end
    service_launch "AUTH_TOKENS_FILE=$TOKENS"
    asked() { [[ $(curl -s -o /dev/null -w '%{http_code}' "$SERVER_URL$API/sessions") == 401 ]]; }
    poll 30 asked || fail "tokens are not asked for"
    server_remember_workers
    get "$API/sessions"
    status_is 401
    post "$API/sessions" '{"session_id":"x"}' -H 'Authorization: Bearer reads'
    status_is 403
    post "$API/sessions" '{"session_id":"a/b"}' -H 'Authorization: Bearer writes'
    status_is 422
    get "$API/sessions" - -H 'Authorization: Bearer reads'
    unavailable
}
