#!/usr/bin/env bats
# Access: contract 2.10.

load ../lib/server
load ../lib/http

token_line() { # NAME TOKEN SCOPE TENANT
    printf '%s:%s:%s:%s\n' "$1" "$(printf %s "$2" | sha256sum | cut -d ' ' -f 1)" "$3" "$4"
}

setup_file() {
    TOKENS=$(mktemp "${TMPDIR:-/tmp}/session-backend-tokens.XXXXXX")
    export TOKENS
    {
        token_line main main-writes write ''
        token_line reader main-reads read ''
        token_line one one-writes write one
        token_line one-r one-reads read one
        token_line two two-writes write two
    } >"$TOKENS"
    chmod 0644 "$TOKENS"
    server_start "AUTH_TOKENS_FILE=$TOKENS"
}
teardown_file() {
    local status=0
    server_stop || status=1
    rm -f "$TOKENS"
    return "$status"
}

with() { # TOKEN METHOD TARGET [BODY] [curl options]
    local token=$1 method=$2 target=$3 body=${4:--}
    shift $(($# < 4 ? $# : 4))
    send "$method" "$target" "$body" -H "Authorization: Bearer $token" "$@"
}

unauthorized() {
    error_is 401 UnauthorizedError "$(jq -r .detail.message "$BODY")"
    header_matches WWW-Authenticate '^Bearer'
}
forbidden() { error_is 403 ForbiddenError "$(jq -r .detail.message "$BODY")"; }

@test "without a valid token every route under /api is 401" {
    local method pattern
    while read -r method pattern; do
        [[ $pattern == /api/* ]] || continue
        send "$method" "$(sed -E 's/\{[a-z_]+\}/1/g' <<<"$pattern")" "$([[ $method == P* ]] && echo '{}' || echo -)"
        unauthorized
    done < <("$BUILD_DIR/session-backend" --routes)
}

@test "wrong forms of the header are 401" {
    local value
    for value in 'Bearer' 'Bearer ' 'Bearer wrong' 'Basic bWFpbjptYWluLXdyaXRlcw==' main-writes 'Bearer main-writes x' 'Bearer main-write' 'Bearer main-writesx' \
        "Bearer $(printf %s main-writes | sha256sum | cut -d ' ' -f 1)" 'Token main-writes' "Bearer $(printf 'x%.0s' {1..5000})"; do
        get "$API/sessions" - -H "Authorization: $value"
        unauthorized
        body_lacks main-writes
    done
}

@test "the scheme's name may be in any case" {
    get "$API/sessions" - -H 'Authorization: bearer main-reads'
    status_is 200
    get "$API/sessions" - -H 'Authorization: BEARER main-reads'
    status_is 200
}

@test "a write token may do all" {
    with main-writes POST "$API/sessions" "{\"session_id\":\"$S\"}"
    status_is 201
    with main-writes GET "$API/sessions/$S"
    status_is 200
    with main-writes DELETE "$API/sessions/$S"
    status_is 204
}

@test "a read token may GET and HEAD; every other route is 403" {
    local method pattern target
    while read -r method pattern; do
        [[ $pattern == /api/* ]] || continue
        target=$(sed -E 's/\{[a-z_]+\}/1/g' <<<"$pattern")
        with main-reads "$method" "$target" "$([[ $method == P* ]] && echo '{}' || echo -)"
        if [[ $method == GET || $method == HEAD ]]; then
            [[ $STATUS != 401 && $STATUS != 403 ]] || fail "$method $target is $STATUS"
        else
            forbidden
        fi
    done < <("$BUILD_DIR/session-backend" --routes)
}

@test "404 of the path and 405 come before the token, 422 behind it" {
    get /api/v1/nothing
    status_is 404
    json_is . '{"detail":"Not Found"}'
    send PATCH "$API/sessions"
    status_is 405
    get "$API/sessions/%00"
    status_is 401
    post "$API/sessions" '{'
    status_is 401
    with main-reads POST "$API/sessions" '{'
    status_is 403
}

@test "health and documentation stay open, metrics too" {
    local path
    for path in /health /health/live /health/db /health/ready /health/metrics /metrics /docs /redoc /openapi.json; do
        get "$path"
        status_is 200
    done
}

@test "metrics name no tenant and no token" {
    local path word
    with one-writes POST "$API/sessions" "{\"session_id\":\"$S\"}"
    for path in /health/metrics /metrics; do
        get "$path"
        for word in '"one"' tenant one-writes "$S"; do body_lacks "$word"; done
    done
}

@test "two tenants with the same ids see nothing of each other, on any route" {
    python3 "$PROJECT/test/lib/tenants.py" "$S"
}

@test "the empty tenant is a tenant like any other" {
    with one-writes POST "$API/sessions" "{\"session_id\":\"$S\"}"
    with main-writes GET "$API/sessions/$S"
    not_found "Session '$S' not found"
    with main-writes POST "$API/sessions" "{\"session_id\":\"$S\"}"
    status_is 201
    with main-writes DELETE "$API/sessions/$S"
    with one-reads GET "$API/sessions/$S"
    status_is 200
}

@test "a token and its tenant are in no answer, and the token in no log" {
    local id=late-$S
    with two-writes GET "$API/sessions/none" - -H "X-Request-ID: $id"
    ! grep -q two "$EXCHANGE.head" "$BODY" || fail "the answer tells"
    poll 10 grep -q "$id" "$SERVER_DIR/supervisor.log"
    ! grep -qE 'two-writes|main-writes' "$SERVER_DIR/supervisor.log" "$SERVER_DIR/lighttpd.log" || fail "a token is in the log"
}

@test "the token file is read again on HUP, without a restart of the service" {
    local token=fresh-$S
    with "$token" GET "$API/sessions"
    status_is 401
    token_line fresh "$token" write '' >>"$TOKENS"
    expect_restarts
    service_signal supervisor HUP
    known() { with "$token" GET "$API/sessions" && [[ $STATUS == 200 ]]; }
    poll 30 known || fail "the new token is not known"
    with main-writes GET "$API/sessions"
    status_is 200
}

@test "with METRICS_TOKEN_REQUIRED metrics need a token of the empty tenant" {
    local path
    server_restart "AUTH_TOKENS_FILE=$TOKENS" METRICS_TOKEN_REQUIRED=true
    for path in /metrics /health/metrics; do
        get "$path"
        unauthorized
        with one-writes GET "$path"
        forbidden
        with main-reads GET "$path"
        status_is 200
        with main-writes GET "$path"
        status_is 200
    done
    get /health
    status_is 200
    get /health/ready
    status_is 200
}

@test "with tokens off nobody is asked, and a header does no harm" {
    server_restart
    get "$API/sessions"
    status_is 200
    with nonsense GET "$API/sessions"
    status_is 200
}
